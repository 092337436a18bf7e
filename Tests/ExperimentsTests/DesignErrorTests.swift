import Experiments
import Testing

private func message(_ make: () throws(DesignError) -> Any) -> String? {
  do {
    _ = try make()
    return nil
  } catch {
    return error.description
  }
}

@Test func faultyVariantsAreRefused() {
  #expect(
    message { () throws(DesignError) in try AssignmentDesign(salt: "s", variants: []) }
      == "the number of variants is 0; give at least two, one of them the control")
  #expect(
    message { () throws(DesignError) in try AssignmentDesign(salt: "s", variants: ["control"]) }
      == "the number of variants is 1; give at least two, one of them the control")
  #expect(
    message { () throws(DesignError) in try AssignmentDesign(salt: "s", variants: ["a", "b", "a"]) }
      == "two variants are named 'a'; give each a name of its own")
  #expect(
    message { () throws(DesignError) in try AssignmentDesign(salt: "s", variants: ["a", ""]) }
      == "the name of variant 2 is empty; give it at least one character")
}

@Test(
  arguments: [
    ([0.4, 0.1], "the weights sum to 0.5; make them sum to 1, or give none for equal weights"),
    ([50, 50], "the weights sum to 100.0; make them sum to 1, or give none for equal weights"),
    (
      [0.4, 0.5999],
      "the weights sum to 0.9999; make them sum to 1, or give none for equal weights"
    ),
    ([1, 0], "the weight of variant 'b' is 0.0; give a number in (0, 1)"),
    ([1.2, -0.2], "the weight of variant 'b' is -0.2; give a number in (0, 1)"),
    ([.nan, 0.5], "the weight of variant 'a' is nan; give a number in (0, 1)"),
    ([0.5, .infinity], "the weight of variant 'b' is inf; give a number in (0, 1)"),
    (
      [0.4, 0.4, 0.2],
      "counts differ: variants 2, weights 3; give one weight for each variant, or none for equal"
        + " weights"
    ),
    (
      [0.99995, 0.00005],
      "variant 'b' gets no unit: its weight times the coverage is too small for 10000 buckets;"
        + " raise either"
    ),
  ] as [([Double], String)])
func faultyWeightsAreRefused(weights: [Double], text: String) {
  #expect(
    message { () throws(DesignError) in
      try AssignmentDesign(salt: "s", variants: ["a", "b"], weights: weights)
    } == text)
}

@Test(arguments: [(-0.2, "-0.2"), (1.5, "1.5"), (.nan, "nan")] as [(Double, String)])
func coverageOutsideTheUnitIntervalIsRefused(coverage: Double, text: String) {
  #expect(
    message { () throws(DesignError) in
      try AssignmentDesign(salt: "s", variants: ["a", "b"], coverage: coverage)
    } == "coverage is \(text); give a number in [0, 1]")
}

@Test func faultySaltsAreRefused() throws {
  #expect(
    message { () throws(DesignError) in try AssignmentDesign(salt: "", variants: ["a", "b"]) }
      == "the salt of the experiment is empty; give it at least one character")
  let holdout = try Holdout(salt: "s", share: 0.1)
  #expect(
    message { () throws(DesignError) in
      try AssignmentDesign(salt: "s", variants: ["a", "b"], holdout: holdout)
    }
      == "the salt 's' is that of the holdout too, which would decide the variant;"
      + " give the experiment a salt of its own")
  let namespace = try Namespace(id: "n", from: 0, to: 0.5)
  #expect(
    message { () throws(DesignError) in
      try AssignmentDesign(
        salt: "__n", variants: ["a", "b"], hashVersion: .one, namespace: namespace)
    }
      == "the salt '__n' is that of the namespace too, which would decide the variant;"
      + " give the experiment a salt of its own")
}

@Test func faultyHoldoutsAreRefused() {
  #expect(
    message { () throws(DesignError) in try Holdout(salt: "", share: 0.1) }
      == "the salt of the holdout is empty; give it at least one character")
  #expect(
    message { () throws(DesignError) in try Holdout(salt: "global", share: 1) }
      == "the share of the holdout is 1.0; give a number in (0, 0.9999]")
}

@Test func faultyNamespacesAreRefused() {
  #expect(
    message { () throws(DesignError) in try Namespace(id: "", from: 0, to: 1) }
      == "the id of the namespace is empty; give it at least one character")
  #expect(
    message { () throws(DesignError) in try Namespace(id: "n", from: 0.2, to: 1.1) }
      == "a bound of namespace 'n' is 1.1; give a number in [0, 1]")
  #expect(
    message { () throws(DesignError) in try Namespace(id: "n", from: 0.6, to: 0.6) }
      == "the part of namespace 'n' from 0.6 to 0.6 holds no unit; make it wider, in steps of 0.001"
  )
  #expect(
    message { () throws(DesignError) in try Namespace(id: "n", from: 0.0001, to: 0.0009) }
      == "the part of namespace 'n' from 0.0001 to 0.0009 holds no unit;"
      + " make it wider, in steps of 0.001")
}

/// Effects and margins that no figure of the metric can move by.
struct EffectSizeTests {
  private func share(_ direction: MetricDefinition.Direction) throws -> MetricDefinition {
    try MetricDefinition(name: "a", kind: .conversion(event: "a"), direction: direction)
  }

  @Test(
    arguments: [
      (.decrease, .relative(1.5), nil), (.increase, .absolute(5), nil),
      (.increase, .relative(1e298), nil), (.increase, .relative(20), 0.1),
      (.decrease, .absolute(0.2), 0.1),
    ] as [(MetricDefinition.Direction, EffectSize, Double?)])
  func impossibleMinimumEffectsAreRefused(
    direction: MetricDefinition.Direction, size: EffectSize, baseline: Double?
  ) throws {
    let metric = try share(direction)
    let text = message { () throws(DesignError) in
      try Goal(metric: metric, minimumEffect: size, baseline: baseline)
    }
    #expect(text?.contains("the minimum effect of 'a'") == true, "\(text ?? "accepted")")
  }

  @Test(
    arguments: [
      (.decrease, .absolute(5), nil), (.increase, .relative(1.2), nil),
      (.decrease, .relative(99), 0.1), (.increase, .absolute(0.5), 0.1),
    ] as [(MetricDefinition.Direction, EffectSize, Double?)])
  func marginsThatSwitchAGuardrailOffAreRefused(
    direction: MetricDefinition.Direction, size: EffectSize, baseline: Double?
  ) throws {
    let metric = try share(direction)
    let text = message { () throws(DesignError) in
      try Guardrail(metric: metric, margin: size, baseline: baseline)
    }
    #expect(text?.contains("the margin of 'a'") == true, "\(text ?? "accepted")")
  }

  @Test func aHarmThatDoublesAFigureIsAMargin() throws {
    _ = try Guardrail(metric: share(.decrease), margin: .relative(1.5), baseline: 0.01)
  }

  @Test func effectsThatOneUnitTellsAreRefused() throws {
    #expect(
      message { () throws(DesignError) in
        try MetricPast(mean: 10, standardDeviation: 1e-300)
      }?.contains("the standard deviation is 1e-300") == true)
    let test = try FixedTest(past: MetricPast(mean: 10, standardDeviation: 1e-9))
    #expect(
      message { () throws(DesignError) in try test.units(effect: 1, power: 0.8) }?
        .contains("one unit tells it") == true)
  }
}
