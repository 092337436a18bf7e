import LinearAlgebra

/// A penalty for each of some parameters: Σ l1ⱼ |βⱼ| + ½ l2ⱼ βⱼ². An infinite l1 holds its parameter at 0.
struct PenaltyTerms: Sendable {
  let l1: [Double]
  let l2: [Double]

  func value(_ parameters: [Double]) -> Double {
    var sum = 0.0
    for (j, parameter) in parameters.enumerated() where parameter != 0 {
      sum += (l1[j] + l2[j] * abs(parameter) / 2) * abs(parameter)
    }
    return sum
  }

  /// How far `gradient`, of the loss, is from one that makes each parameter the best: 0 at the minimum.
  func violation(_ parameters: [Double], gradient: [Double], spreads: [Double]) -> Double {
    var largest = 0.0
    for j in parameters.indices where spreads[j] > 0 {
      largest = max(largest, violation(parameters[j], gradient[j], at: j) / spreads[j])
    }
    return largest
  }

  func violation(_ parameter: Double, _ gradient: Double, at j: Int) -> Double {
    guard parameter == 0 else {
      return abs(gradient + l2[j] * parameter + (parameter < 0 ? -l1[j] : l1[j]))
    }
    return max(0, abs(gradient) - l1[j])
  }

  /// The parameter that minimises ½ `curvature` b² − `slope` b and the penalty.
  @inline(__always)
  static func shrunken(_ slope: Double, _ curvature: Double, l1: Double, l2: Double) -> Double {
    if slope > l1 { return (slope - l1) / (curvature + l2) }
    if slope < -l1 { return (slope + l1) / (curvature + l2) }
    return 0
  }
}

/// The log loss by its first and second derivatives at `origin`, with the penalty:
/// gᵀd + ½ dᵀHd + penalty(origin + d).
struct QuadraticModel: Sendable {
  let origin: [Double]
  let gradient: [Double]
  let curvature: Matrix
  let penalty: PenaltyTerms

  struct Minimum: Sendable {
    let point: [Double]
    /// What the model promises: its value at the origin less that at the point.
    let decrease: Double
  }

  /// Returns the minimum, from `start` on.
  ///
  /// Without an l1 penalty the minimum is one solution of a linear system. Otherwise coordinate descent
  /// on the second derivatives (the covariance updates of Friedman, Hastie and Tibshirani 2010, *J.
  /// Stat. Softw.* 33(1), section 2.2), over all parameters and then over those that are not 0. Where
  /// that crawls, a step to the solution of the linear system of those parameters, cut at the first
  /// change of sign.
  func minimum(startingAt start: [Double]? = nil) -> Minimum {
    if penalty.l1.allSatisfy({ $0 == 0 }), let point = solution() {
      return Minimum(point: point, decrease: decrease(to: point))
    }
    var descent = CoordinateDescent(self, start: start ?? origin)
    descent.run()
    return Minimum(point: descent.parameters, decrease: decrease(to: descent.parameters))
  }

  /// The minimum of a smooth model; nothing when its matrix has no factor.
  private func solution() -> [Double]? {
    var matrix = curvature
    var slope = gradient
    for j in origin.indices {
      matrix[j, j] += penalty.l2[j]
      slope[j] += penalty.l2[j] * origin[j]
    }
    do throws(FactorizationError) {
      let step = try Cholesky(matrix).solve(slope)
      return zip(origin, step).map(-)
    } catch {
      return nil  // coordinate descent needs no factor
    }
  }

  private func decrease(to point: [Double]) -> Double {
    let step = zip(point, origin).map(-)
    let product = curvature.times(step)
    var sum = 0.0
    for j in step.indices where step[j] != 0 {
      sum -= step[j] * (gradient[j] + product[j] / 2)
      sum -= penalty.l1[j] * (abs(point[j]) - abs(origin[j]))
      sum -= penalty.l2[j] / 2 * step[j] * (point[j] + origin[j])
    }
    return max(0, sum)
  }
}

/// The state of one descent on a model.
private struct CoordinateDescent {
  private let model: QuadraticModel
  private let count: Int
  private(set) var parameters: [Double]
  /// The model's gradient without the penalty: g + H (β − origin).
  private var slope: [Double]
  private var isActive: [Bool]
  private var active: [Int]
  private var total = 0.0

  /// A cycle that lowers the model by less than this part of all before it ends the descent.
  private static let tolerance = 1e-4
  /// Below the rounding of what is summed.
  private static let negligible = 1e-22
  private static let maximumCycles = 20_000

  init(_ model: QuadraticModel, start: [Double]) {
    self.model = model
    count = start.count
    parameters = start
    slope = zip(model.gradient, model.curvature.times(zip(start, model.origin).map(-))).map(+)
    isActive = start.indices.map { start[$0] != 0 || model.penalty.l1[$0] == 0 }
    active = start.indices.filter { [isActive] in isActive[$0] }
  }

  mutating func run() {
    let everything = Array(0..<count)
    var nextPolish = 20
    var cycles = 0
    while cycles < Self.maximumCycles {
      var lowered = cycle(everything)
      total += lowered
      cycles += 1
      if lowered <= max(Self.tolerance * total, Self.negligible) { return }
      let first = lowered
      repeat {
        lowered = cycle(active)
        total += lowered
        cycles += 1
        if cycles >= nextPolish {
          polish()
          nextPolish = 2 * cycles
        }
      } while lowered > max(1e-2 * first, Self.tolerance * total, Self.negligible)
        && cycles < Self.maximumCycles
    }
  }

  /// Minimises over each of `indices` in turn; returns how much the model fell.
  private mutating func cycle(_ indices: [Int]) -> Double {
    var lowered = 0.0
    let count = count
    model.curvature.values.withUnsafeBufferPointer { curvature in
      slope.withUnsafeMutableBufferPointer { slope in
        guard let curvature = curvature.baseAddress, let slopes = slope.baseAddress else { return }
        for j in indices {
          let diagonal = curvature[j * count + j]
          let (l1, l2) = (model.penalty.l1[j], model.penalty.l2[j])
          // A column without weight says nothing of its coefficient.
          guard diagonal + l2 > 0 else { continue }
          let old = parameters[j]
          let new = PenaltyTerms.shrunken(diagonal * old - slopes[j], diagonal, l1: l1, l2: l2)
          let change = new - old
          guard change != 0 else { continue }
          parameters[j] = new
          lowered += change * change * (diagonal + l2) / 2
          if !isActive[j] {
            isActive[j] = true
            active.append(j)
          }
          let column = curvature + j * count
          for i in 0..<count { slopes[i] += change * column[i] }
        }
      }
    }
    return lowered
  }

  /// Goes toward the minimum over the parameters that are not 0, as if no sign could change, as far as
  /// none does.
  private mutating func polish() {
    let free = active.filter { parameters[$0] != 0 || model.penalty.l1[$0] == 0 }
    var matrix = Matrix(rowCount: free.count, columnCount: free.count, repeating: 0)
    for (a, j) in free.enumerated() {
      for (b, i) in free[...a].enumerated() { matrix[b, a] = model.curvature[i, j] }
      matrix[a, a] += model.penalty.l2[j]
    }
    let residual = free.map { j in
      slope[j] + model.penalty.l2[j] * parameters[j]
        + (parameters[j] < 0 ? -1 : 1) * model.penalty.l1[j]
    }
    guard let step = Self.solve(matrix, residual) else { return }
    var length = 1.0
    var stopped: Int?
    for (a, j) in free.enumerated() where model.penalty.l1[j] > 0 && step[a] * parameters[j] > 0 {
      let crossing = parameters[j] / step[a]
      if crossing < length { (length, stopped) = (crossing, j) }
    }
    for (a, j) in free.enumerated() { parameters[j] -= length * step[a] }
    if let stopped { parameters[stopped] = 0 }
    slope = zip(
      model.gradient, model.curvature.times(zip(parameters, model.origin).map(-))
    ).map(+)
  }

  private static func solve(_ matrix: Matrix, _ rightHandSide: [Double]) -> [Double]? {
    do throws(FactorizationError) {
      return try Cholesky(matrix).solve(rightHandSide)
    } catch {
      return nil  // columns that repeat each other: coordinate descent goes on
    }
  }
}
