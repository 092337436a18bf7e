import ExperimentFiles
import Experiments
import Testing

private let whole = """
  experiment: cart-reminder
  unit: customer_id
  variants: {control: 0.5, red: 0.3, blue: 0.2}
  salt: cart-2026
  coverage: 80%
  namespace: {id: checkout, from: 0, to: 0.5}
  holdout: {salt: global, share: 5%}
  primary:
    name: purchase
    kind: conversion
    direction: increase
    minimumEffect: 5%
    baseline: 4%
    correlation: 0.4
  guardrails:
    - name: unsubscribe
      direction: decrease
      margin: {absolute: 0.001}
      baseline: 0.002
  secondary:
    - {name: revenue, kind: mean, event: purchase, direction: increase, winsorise: 99%, window: 30d}
    - name: order value
      kind: ratio
      direction: increase
      numerator: {event: purchase, quantity: sum}
      denominator: purchase
    - {name: answer, kind: quantile, quantile: 0.9, direction: decrease}
    - {name: back, kind: retention, event: visit, day: 7, direction: increase}
  alpha: 0.1
  design: {kind: soonest, power: 90%, cap: 40000}
  window: 7d
  horizon: 60d
  eligibility: {column: consent, values: ["yes"]}
  covariates: [orders]
  score: probability
  dimensions: [channel, device]
  phases:
    - {start: 2026-03-01}
    - {start: 2026-03-15, weights: {control: 0.2, red: 0.4, blue: 0.4}}
  columns: {unit: client, time: at}
  """

@Test func everySettingOfTheFileIsRead() throws {
  let file = try ExperimentFile(yaml: whole, path: "a.yaml")
  let definition = file.definition
  #expect(definition.variants == ["control", "red", "blue"])
  #expect(definition.goal.minimumEffect == .relative(0.05))
  #expect(definition.goal.baseline == 0.04 && definition.goal.correlation == 0.4)
  #expect(definition.guardrails[0].margin == .absolute(0.001))
  #expect(
    definition.metrics.map(\.name)
      == ["purchase", "unsubscribe", "revenue", "order value", "answer", "back"])
  #expect(
    definition.secondary[0].kind == .mean(event: "purchase", cap: .winsorised(quantile: 0.99)))
  #expect(definition.windowSeconds(of: definition.secondary[0]) == 30 * 86_400)
  #expect(definition.windowSeconds(of: definition.secondary[3]) == 8 * 86_400)
  #expect(definition.design == .soonestExact(try SoonestDesign(power: 0.9, capUnits: 40_000)))
  #expect(definition.alpha == 0.1 && definition.horizonDays == 60)
  #expect(definition.phases.map(\.startSeconds) == [1_772_323_200, 1_773_532_800])
  #expect(definition.phases[1].assignment.weights == [0.2, 0.4, 0.4])
  #expect(definition.phases[1].assignment.namespace?.id == "checkout")
  #expect(definition.eligibility?.levels == ["yes"])
  #expect(file.columns[.unit] == "client" && file.columns[.time] == "at")
}

@Test func whatIsLeftOutHasItsDocumentedDefault() throws {
  let definition = try ExperimentFile(
    yaml: """
      experiment: a
      variants: [control, treatment]
      primary: {name: purchase, direction: increase, minimumEffect: {absolute: 0.01}}
      """, path: "a.yaml"
  ).definition
  #expect(definition.unit == "customer_id" && definition.alpha == 0.05)
  #expect(definition.design == .unlimitedExact && definition.windowSeconds == 14 * 86_400)
  #expect(
    definition.phases == [
      Phase(assignment: try AssignmentDesign(salt: "a", variants: ["control", "treatment"]))
    ])
  #expect(definition.goal.metric.kind == .conversion(event: "purchase"))
}

/// The lines of a good definition, one of which is replaced.
private func fault(_ line: String, by replacement: String) -> String {
  let good = """
    experiment: a
    variants: {control: 0.5, treatment: 0.5}
    primary:
      name: purchase
      kind: conversion
      direction: increase
      minimumEffect: 5%
    alpha: 0.05
    design: unlimited
    window: 7d
    """
  let yaml = good.replacing(line, with: replacement)
  do {
    _ = try ExperimentFile(yaml: yaml, path: "a.yaml")
    return "no error"
  } catch { return "\(error)" }
}

@Test(arguments: [
  ("experiment: a\n", "", "a.yaml, line 1: the experiment has no 'experiment'"),
  ("  minimumEffect: 5%\n", "", "a.yaml, line 4: the primary metric has no 'minimumEffect'"),
  ("  direction: increase\n", "", "a.yaml, line 4: the primary metric has no 'direction'"),
  ("minimumEffect: 5%", "minimumEffect: 0.05", "a.yaml, line 7: 'minimumEffect' of the primary"),
  (
    "minimumEffect: 5%", "minimumEffect: -5%", "a.yaml, line 7: the minimum effect of 'purchase' is"
  ),
  (
    "direction: increase", "direction: up",
    "a.yaml, line 6: 'direction' of the primary metric is 'up'"
  ),
  ("treatment: 0.5", "treatment: 0.4", "a.yaml, line 2: the weights sum to 0.9"),
  (", treatment: 0.5", "", "a.yaml, line 2: the number of variants is 1"),
  ("alpha: 0.05", "alpha: 0", "a.yaml, line 8: alpha is 0.0; give a number in (0, 1)"),
  ("alpha: 0.05", "alpha: 1", "a.yaml, line 8: alpha is 1.0; give a number in (0, 1)"),
  ("alpha: 0.05", "alpha: .nan", "a.yaml, line 8: 'alpha' of the experiment is not a number"),
  (
    "alpha: 0.05", "alpa: 0.05",
    "a.yaml, line 8: the experiment has no key 'alpa'; is 'alpha' meant?"
  ),
  ("alpha: 0.05", "window: 3d", "a.yaml, line 8: given more than once: 'window'"),
  ("window: 7d", "window: 7", "a.yaml, line 10: 'window' of the experiment is '7'; write it as 7d"),
  ("window: 7d", "window: -7d", "the window is -604800.0"),
  (
    "design: unlimited", "design: fast",
    "a.yaml, line 9: 'design' of the experiment is 'fast'; it can be"
  ),
  (
    "design: unlimited", "design: {kind: multinomial, looks: 3}",
    "a.yaml, line 9: design multinomial has no use for 'looks'"
  ),
  ("kind: conversion", "kind: mean", "a.yaml, line 1: metric 'purchase' has no largest outcome"),
  (
    "kind: conversion", "kind: mean\n  cap: -1",
    "a.yaml, line 4: the cap of metric 'purchase' is -1.0"
  ),
  ("kind: conversion", "cap: 5", "a.yaml, line 5: the primary metric has a 'cap', which its kind"),
  (
    "variants: {control: 0.5, treatment: 0.5}", "variants: [a, a]",
    "a.yaml, line 2: two variants are named 'a'"
  ),
  ("window: 7d", "horizon: 0d", "a.yaml, line 10: the horizon in days is 0.0"),
  ("window: 7d", "allocation: thompson", "a.yaml, line 10: 'allocation' is neither fixed nor"),
  ("experiment: a", "experiment: [", "not YAML"),
])
func faultsAreNamedWithTheirLine(line: String, replacement: String, text: String) {
  let found = fault(line, by: replacement)
  #expect(found.contains(text), "\(found)")
}

@Test(arguments: [
  ("window: 0d", "line 4: the window is 0.0"),
  (
    "secondary:\n  - {name: b, direction: increase}\n  - {name: b, direction: decrease}",
    "line 6: two metrics are named 'b'"
  ),
  (
    "phases:\n  - {start: 2026-03-02}\n  - {start: 2026-03-01}",
    "line 6: phase 2 does not start after the one before it"
  ),
  ("design: groupSequential", "line 4: the groupSequential design has no planned end"),
  ("design: {kind: soonest, cap: 2000}", "line 4: the cap of units cannot be told"),
])
func faultsOfTheWholeHaveTheLineOfTheirSetting(setting: String, text: String) {
  #expect {
    try ExperimentFile(
      yaml: """
        experiment: a
        variants: [a, b]
        primary: {name: a, direction: increase, minimumEffect: 5%}
        \(setting)
        """, path: "a.yaml")
  } throws: {
    "\($0)".contains("a.yaml, \(text)")
  }
}

@Test func aDefinitionWithoutAPrimaryMetricCannotStart() {
  #expect(throws: ExperimentFileError.self) {
    try ExperimentFile(yaml: "experiment: a\nvariants: [a, b]\n", path: "a.yaml")
  }
}

@Test func fingerprintsChangeWithAnySettingAndTheChangeIsNamed() throws {
  let started = try ExperimentFile(yaml: whole, path: "a.yaml").definition
  for (old, new, setting) in [
    ("alpha: 0.1", "alpha: 0.05", "alpha"), ("minimumEffect: 5%", "minimumEffect: 6%", "primary"),
    ("margin: {absolute: 0.001}", "margin: {absolute: 0.002}", "guardrail unsubscribe"),
    ("red: 0.3, blue: 0.2", "red: 0.2, blue: 0.3", "phase 1"),
    ("window: 7d", "window: 8d", "window"),
    ("salt: cart-2026", "salt: cart-2027", "phase 1"),
    ("winsorise: 99%", "winsorise: 98%", "secondary revenue"),
  ] {
    let changed = try ExperimentFile(
      yaml: whole.replacing(old, with: new), path: "a.yaml"
    ).definition
    #expect(changed.fingerprint != started.fingerprint)
    #expect(changed.changes(since: started.settings).contains(setting))
    #expect(throws: ExperimentError.self) { try changed.check(against: started.settings) }
  }
  try started.check(against: started.settings)
}

@Test func aNewPhaseIsNoChange() throws {
  let started = try ExperimentFile(yaml: whole, path: "a.yaml").definition
  let line = "  - {start: 2026-03-15, weights: {control: 0.2, red: 0.4, blue: 0.4}}\n"
  let more = try ExperimentFile(
    yaml: whole.replacing(
      line, with: line + "  - {start: 2026-04-01, weights: [0.1, 0.45, 0.45]}\n"), path: "a.yaml"
  ).definition
  #expect(more.phases.count == 3)
  try more.check(against: started.settings)
}
