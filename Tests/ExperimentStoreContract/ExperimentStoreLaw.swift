package import Experiments
import SpecialFunctions
import Testing

/// What every store of experiments must do: one list of laws, run on each conformance.
package struct ExperimentStoreLaw: Sendable, CustomTestStringConvertible {
  /// The claim, as a test's name has it.
  package let claim: String
  /// Checks a store that is empty.
  package let check: @Sendable (any ExperimentStore) throws -> Void

  package var testDescription: String { claim }

  package static let all = [
    ExperimentStoreLaw(claim: "a new store knows no experiment") { store throws in
      #expect(try store.experiments().isEmpty)
      #expect(try store.experiment("cart") == nil)
      #expect(throws: ExperimentError.unknownExperiment("cart")) {
        try store.evidence(Attribution(definition: try definition()), nowSeconds: .infinity)
      }
    },
    ExperimentStoreLaw(claim: "starting keeps text and first instant") { store throws in
      let definition = try definition()
      try store.start(definition, source: "experiment: cart", atSeconds: 1_772_323_200.5)
      try store.start(definition, source: "experiment: cart # again", atSeconds: 1_772_400_000)
      let started = try #require(try store.experiment("cart"))
      #expect(started.settings == definition.settings)
      #expect(started.fingerprint == definition.fingerprint)
      #expect(started.startedSeconds == 1_772_323_200.5)
      #expect(started.source == "experiment: cart # again")
      #expect(try store.experiments() == [started])
    },
    ExperimentStoreLaw(claim: "a changed definition is refused and the change is named") {
      store throws in
      try store.start(try definition(), source: "", atSeconds: 0)
      let changed = try definition(alpha: 0.1)
      let error = #expect(throws: ExperimentError.self) {
        try store.start(changed, source: "", atSeconds: 1)
      }
      #expect(error?.description.contains("changed are alpha") == true)
      #expect(throws: ExperimentError.self) {
        try store.evidence(Attribution(definition: changed), nowSeconds: .infinity)
      }
    },
    ExperimentStoreLaw(claim: "what was recorded is handed out again") { store throws in
      let exposures = [
        StoredExposure(experiment: "cart", unit: "клиент-1", variant: "control", seconds: 1e9),
        StoredExposure(experiment: "other", unit: "2", variant: "x", seconds: 1e9),
      ]
      let conversions = [
        StoredConversion(unit: "1", event: "purchase", seconds: 1.5e9, value: 12.5, id: "a"),
        StoredConversion(unit: "1", event: "purchase", seconds: 1.5e9),
        StoredConversion(unit: "1", event: "visit", seconds: 1.5e9),
      ]
      try store.record(exposures: exposures, conversions: conversions)
      var found: [StoredExposure] = []
      try store.forEachExposure(of: "cart") { found.append($0) }
      #expect(found == [exposures[0]])
      var converted: Set<StoredConversion> = []
      try store.forEachConversion(of: ["purchase"]) { converted.insert($0) }
      #expect(converted == Set(conversions[..<2]))
    },
    ExperimentStoreLaw(claim: "a conversion delivered again is kept once") { store throws in
      let conversion = StoredConversion(unit: "1", event: "purchase", seconds: 1e9, id: "a")
      var other = conversion
      other.unit = "2"
      try store.record(exposures: [], conversions: [conversion, conversion])
      try store.record(exposures: [], conversions: [conversion, other])
      var count = 0
      try store.forEachConversion(of: ["purchase"]) { _ in count += 1 }
      #expect(count == 2)
    },
    ExperimentStoreLaw(claim: "evidence is that of the same rows joined directly") { store throws in
      let definition = try definition()
      try store.start(definition, source: "", atSeconds: 0)
      var rng = SplitMix64(seed: 7)
      var exposures: [StoredExposure] = []
      var conversions: [StoredConversion] = []
      for unit in 0..<500 {
        let start = 1_772_323_200 + Double(rng.nextIndex(below: 20 * 86_400))
        let variant = definition.variants[rng.nextIndex(below: 2)]
        exposures.append(
          StoredExposure(experiment: "cart", unit: "u\(unit)", variant: variant, seconds: start))
        guard rng.nextUniform() < 0.3 else { continue }
        conversions.append(
          StoredConversion(
            unit: "u\(unit)", event: "purchase",
            seconds: start + Double(rng.nextIndex(below: 9 * 86_400)), value: 10, id: "m\(unit)"))
      }
      try store.record(exposures: exposures.reversed(), conversions: conversions.reversed())
      let attribution = Attribution(definition: definition)
      let memory = MemoryExperimentStore()
      try memory.start(definition, source: "", atSeconds: 0)
      try memory.record(exposures: exposures, conversions: conversions)
      #expect(
        try store.evidence(attribution, nowSeconds: .infinity)
          == memory.evidence(attribution, nowSeconds: .infinity))
    },
    ExperimentStoreLaw(claim: "an unknown variant is an error, not a row less") { store throws in
      try store.start(try definition(), source: "", atSeconds: 0)
      try store.record(
        exposures: [
          StoredExposure(experiment: "cart", unit: "1", variant: "blue", seconds: 1.7e9)
        ], conversions: [])
      #expect(throws: ExperimentError.unknownVariant("blue", known: ["control", "reminder"])) {
        try store.evidence(Attribution(definition: try definition()), nowSeconds: .infinity)
      }
    },
  ]
}

private func definition(alpha: Double = 0.05) throws -> ExperimentDefinition {
  let purchase = try MetricDefinition(
    name: "purchase", kind: .conversion(event: "purchase"), direction: .increase)
  let revenue = try MetricDefinition(
    name: "revenue", kind: .mean(event: "purchase", cap: .none), direction: .increase)
  let assignment = try AssignmentDesign(salt: "cart", variants: ["control", "reminder"])
  return try ExperimentDefinition(
    key: "cart", unit: "customer_id",
    goal: Goal(metric: purchase, minimumEffect: .relative(0.05)), secondary: [revenue],
    alpha: alpha, phases: [Phase(assignment: assignment)], windowSeconds: 7 * 86_400)
}
