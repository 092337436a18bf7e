import LinearAlgebra

/// How far one problem has come. Vectors are parameters of the batch's columns.
struct ProblemState: Sendable {
  private(set) var point: [Double]
  private(set) var answer: PanelSweep.Answer
  let penalty: PenaltyTerms
  private(set) var objective: Double
  /// What the model promises at `point`; `nil` until it has been asked.
  private(set) var decrease: Double?
  private(set) var sweeps = 1
  /// Where second derivatives at this very point are wanted: the least p (1 − p).
  private(set) var ownFloor: Double?
  private var target: [Double] = []
  private var length = 1.0
  private var halvings = 0
  private var lastDecrease = Double.infinity

  /// Rows that are told for certain keep this curvature, so that a step stays finite.
  static let leastFloor = 1e-9

  init(point: [Double], answer: PanelSweep.Answer, penalty: PenaltyTerms) {
    self.point = point
    self.answer = answer
    self.penalty = penalty
    objective = answer.logLoss + penalty.value(point)
  }

  func isSolved(_ tolerance: Double) -> Bool {
    guard let decrease else { return false }
    return decrease <= tolerance * min(1, max(objective, 1e-280))
  }

  /// Not even a step by the bound lowers the objective.
  var isLost: Bool { halvings > 60 }

  func model(curvature: Matrix) -> QuadraticModel {
    QuadraticModel(
      origin: point, gradient: answer.gradient, curvature: curvature, penalty: penalty)
  }

  mutating func aim(at minimum: QuadraticModel.Minimum) {
    target = minimum.point
    decrease = minimum.decrease
    length = 1
    // A step that falls short of halving the distance asks for second derivatives of its own.
    if ownFloor == nil, minimum.decrease > 0.25 * lastDecrease { ownFloor = Self.leastFloor }
    lastDecrease = minimum.decrease
  }

  var trial: [Double] {
    length == 1 ? target : zip(point, target).map { $0 + length * ($1 - $0) }
  }

  /// Takes the trial where it lowers the objective, else makes the next one shorter.
  mutating func judge(_ trial: [Double], _ answer: PanelSweep.Answer) {
    sweeps += 1
    let promised = decrease ?? 0
    let value = answer.logLoss + penalty.value(trial)
    let change = value - objective
    // A ten thousandth of the promise; below the rounding of the objective, any step that is promised.
    let isRounding = promised <= 1e-9 * objective && abs(change) <= 1e-13 * objective
    if change <= -1e-4 * length * promised || isRounding {
      (point, self.answer, objective) = (trial, answer, value)
      decrease = nil
      if halvings == 0 { relaxFloor() }
      halvings = 0
      return
    }
    halvings += 1
    length /= 2
    guard halvings.isMultiple(of: 3) else { return }
    // Shorter steps have not helped: other second derivatives, by and by their bound.
    ownFloor = ownFloor.map { min(0.25, 1e3 * $0) } ?? Self.leastFloor
    decrease = nil
    lastDecrease = .infinity
  }

  private mutating func relaxFloor() {
    guard let floor = ownFloor else { return }
    ownFloor = floor > Self.leastFloor ? max(Self.leastFloor, 1e-3 * floor) : nil
  }
}
