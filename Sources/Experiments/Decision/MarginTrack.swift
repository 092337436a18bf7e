import Glibc

/// Non-inferiority of a guardrail: evidence against being worse by the margin.
struct MarginTrack {
  private let guardrail: Guardrail
  private let setting: TrackSetting
  private let alpha: Double
  /// For metrics with a bound; others are judged by their interval.
  private var betting: BettingSequence?
  private var highest = 0.0
  private(set) var isPassed = false

  init(_ guardrail: Guardrail, _ setting: TrackSetting, _ factory: TrackFactory) {
    self.guardrail = guardrail
    self.setting = setting
    alpha = factory.definition.alpha
    guard let bound = setting.metric.outcomeBound else { return }
    betting = factory.betting(setting, bound: bound, controlFactor: Self.factor(guardrail))
  }

  /// `nil` without exact evidence.
  var pValue: Double? { betting.map { _ in min(1, exp(-highest)) } }

  mutating func add(_ look: Look, _ track: TreatmentTrack) {
    if betting != nil {
      betting?.add(
        look.increments.flatMap {
          setting.pairOutcomes($0.metrics[setting.metricIndex].strata)
        })
      highest = max(highest, logEvidence)
      isPassed = isPassed || highest >= -log(alpha)
    } else if let interval = interval(track) {
      let least = guardrail.metric.direction.sign > 0 ? interval.lower : -interval.upper
      isPassed = isPassed || least > -guardrail.margin.magnitude
    }
  }

  /// In the margin's own unit: a relative one is held against the relative effect, whose interval has the
  /// chance in the control's figure too.
  private func interval(_ track: TreatmentTrack) -> Estimate? {
    switch guardrail.margin {
    case .relative: track.relative
    case .absolute: track.effect
    }
  }

  /// A relative margin m is treatment = (1 ∓ m) × control: exact whatever the control's rate is.
  private static func factor(_ guardrail: Guardrail) -> Double {
    guard case .relative(let share) = guardrail.margin else { return 1 }
    return 1 - guardrail.metric.direction.sign * share
  }

  private var logEvidence: Double {
    guard let betting, let bound = setting.metric.outcomeBound else { return 0 }
    let sign = guardrail.metric.direction.sign
    var margin = 0.0
    if case .absolute(let value) = guardrail.margin { margin = value / bound }
    return sign > 0 ? betting.logWealthAbove(-margin) : betting.logWealthBelow(margin)
  }
}
