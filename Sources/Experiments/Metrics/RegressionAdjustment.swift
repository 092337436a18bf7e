import Glibc

/// A difference adjusted on pre-exposure covariates: CUPED with one, full regression with several,
/// post-stratification with indicators.
///
/// Each variant has slopes of its own (Lin 2013, *Annals of Applied Statistics* 7(1), eq. 2): never less
/// precise than the plain difference in the limit, whatever the truth. With one covariate and equal
/// slopes it is CUPED (Deng, Xu, Kohavi & Walker 2013, *WSDM*). Covariates that are sums of others
/// count for nothing.
struct RegressionAdjustment {
  let difference: Double
  /// Of `difference`.
  let variance: Double

  enum Slopes {
    /// Each variant its own.
    case separate
    /// One for both, from all units pooled: CUPED as its authors and most platforms have it.
    case pooled
  }

  init(control: ArmMoments, treatment: ArmMoments, slopes kind: Slopes = .separate) {
    let plain = treatment.figure - control.figure
    let own =
      control.outcomeVariance / Double(control.count)
      + treatment.outcomeVariance / Double(treatment.count)
    guard !control.means.isEmpty, control.means.count == treatment.means.count,
      min(control.count, treatment.count) > 2 * control.means.count + 2
    else {
      difference = plain
      variance = own
      return
    }
    let slopes = Self.slopes(kind, control, treatment)
    let total = Double(control.count + treatment.count)
    let shares = [Double(control.count) / total, Double(treatment.count) / total]
    // The covariates' means differ by chance alone; each variant is moved to the mean of both.
    var shift = 0.0
    for place in control.means.indices {
      let gap = treatment.means[place] - control.means[place]
      shift += gap * (shares[0] * slopes[1][place] + shares[1] * slopes[0][place])
    }
    difference = plain - shift
    let residual =
      Self.residualVariance(control, slopes[0], kind) / Double(control.count)
      + Self.residualVariance(treatment, slopes[1], kind) / Double(treatment.count)
    variance = residual + Self.interaction(control, treatment, slopes, shares) / total
  }

  private static func slopes(
    _ kind: Slopes, _ control: ArmMoments, _ treatment: ArmMoments
  ) -> [[Double]] {
    switch kind {
    case .separate:
      return [control, treatment].map { solvedSymmetric($0.products, $0.crossProducts) }
    case .pooled:
      let pooled = control.pooled(with: treatment)
      let slopes = solvedSymmetric(pooled.products, pooled.crossProducts)
      return [slopes, slopes]
    }
  }

  /// The variance about the regression; of slopes of the variant's own with their degrees of freedom.
  private static func residualVariance(
    _ arm: ArmMoments, _ slopes: [Double], _ kind: Slopes
  ) -> Double {
    // s_yy − 2 b s_xy + b s_xx b, for any slopes b.
    var explained = 0.0
    for row in slopes.indices {
      explained += 2 * slopes[row] * arm.crossProducts[row]
      for column in slopes.indices {
        explained -= slopes[row] * slopes[column] * arm.products[row][column]
      }
    }
    let fitted = kind == .separate ? slopes.count : 0
    let degrees = Double(arm.count - 1) / Double(arm.count - 1 - fitted)
    // Rounding alone brings it below a billionth of what it was.
    return max(arm.outcomeVariance - explained, 1e-9 * arm.outcomeVariance) * degrees
  }

  /// The mean covariates are drawn too: with slopes that differ, their chance moves the difference.
  private static func interaction(
    _ control: ArmMoments, _ treatment: ArmMoments, _ slopes: [[Double]], _ shares: [Double]
  ) -> Double {
    let gaps = zip(slopes[1], slopes[0]).map { $0 - $1 }
    var sum = 0.0
    for row in gaps.indices {
      for column in gaps.indices {
        let pooled =
          shares[0] * control.products[row][column] + shares[1] * treatment.products[row][column]
        sum += gaps[row] * gaps[column] * pooled
      }
    }
    return sum
  }
}

/// Solves A x = b for a covariance matrix by Cholesky's method; variables that those before them
/// determine get 0.
func solvedSymmetric(_ matrix: [[Double]], _ right: [Double]) -> [Double] {
  let count = right.count
  var lower = matrix
  var isKept = [Bool](repeating: true, count: count)
  for column in 0..<count {
    var pivot = matrix[column][column]
    for before in 0..<column where isKept[before] {
      pivot -= lower[column][before] * lower[column][before]
    }
    // 1e-10: what is left of a variance when its sums are exact to 16 digits and aliased to 6.
    guard pivot > 1e-10 * matrix[column][column] else {
      isKept[column] = false
      continue
    }
    lower[column][column] = pivot.squareRoot()
    for row in (column + 1)..<max(count, column + 1) {
      var sum = matrix[row][column]
      for before in 0..<column where isKept[before] {
        sum -= lower[row][before] * lower[column][before]
      }
      lower[row][column] = sum / lower[column][column]
    }
  }
  return substituted(lower, right, isKept)
}

private func substituted(_ lower: [[Double]], _ right: [Double], _ isKept: [Bool]) -> [Double] {
  let kept = right.indices.filter { isKept[$0] }
  var solution = [Double](repeating: 0, count: right.count)
  for row in kept {
    var sum = right[row]
    for column in kept where column < row { sum -= lower[row][column] * solution[column] }
    solution[row] = sum / lower[row][row]
  }
  for row in kept.reversed() {
    var sum = solution[row]
    for below in kept where below > row { sum -= lower[below][row] * solution[below] }
    solution[row] = sum / lower[row][row]
  }
  return solution
}
