/// How far a penalised log loss is above its minimum, at most.
///
/// With u the derivatives of the rows' losses, any c u with c in (0, 1] is a point of the dual problem;
/// with c = 1 the loss and its conjugate leave Σⱼ (penaltyⱼ + conjugateⱼ + βⱼ gⱼ), which needs only the
/// gradient g. A parameter with l1 penalty alone asks for |c gⱼ| ≤ l1ⱼ. The conjugate of a row's loss
/// curves by no more than exp(−margin) / c between c u and u, so that scaling costs at most
/// (1 − c)² / 2c times the mean of exp(−margin).
struct DualityGap {
  /// One of each for every parameter of the design.
  let parameters: [Double]
  let gradient: [Double]
  let penalty: PenaltyTerms
  let spreads: [Double]
  /// The mean of exp(−margin) over rows.
  let meanOdds: Double

  var value: Double {
    let unscaled = gap(scale: 1, isFeasible: false)
    let scale = feasibleScale
    return scale < 1 ? min(unscaled, gap(scale: scale, isFeasible: true)) : unscaled
  }

  /// The largest c for which no |c gⱼ| is above l1ⱼ; of parameters without l1 penalty it asks nothing.
  private var feasibleScale: Double {
    var scale = 1.0
    for j in gradient.indices where penalty.l1[j] > 0 && abs(gradient[j]) > penalty.l1[j] {
      scale = min(scale, penalty.l1[j] / abs(gradient[j]))
    }
    return scale
  }

  private func gap(scale: Double, isFeasible: Bool) -> Double {
    var sum = scale < 1 ? (1 - scale) * (1 - scale) / (2 * scale) * meanOdds : 0
    for j in parameters.indices where spreads[j] > 0 {
      sum += part(parameters[j], scale * gradient[j], at: j, isFeasible: isFeasible)
    }
    return sum
  }

  /// penalty(b) + conjugate(−g) + b g of one parameter, without cancellation.
  private func part(_ b: Double, _ g: Double, at j: Int, isFeasible: Bool) -> Double {
    let (l1, l2) = (penalty.l1[j], penalty.l2[j])
    if l1 == 0, l2 == 0 { return abs(g) * (abs(b) + 1 / spreads[j]) }
    if b == 0, l1 == .infinity { return 0 }
    let excess = abs(g) - l1
    guard excess > 0, !isFeasible || l1 == 0 else {
      return l1 * abs(b) + l2 * b * b / 2 + b * g
    }
    guard l2 > 0 else { return .infinity }
    let best = g > 0 ? -excess / l2 : excess / l2
    return l1 * (abs(b) + (g > 0 ? b : -b)) + l2 * (b - best) * (b - best) / 2
  }
}
