/// An estimated difference between treatment and control, with what its uncertainty needs.
struct DifferenceEstimate: Hashable, Sendable {
  /// The variants' own figures, unadjusted.
  var control: Double
  var treatment: Double
  /// Treatment − control, adjusted where there are covariates.
  var difference: Double
  /// Of `difference`; not 0.
  var standardError: Double
  /// Of log(treatment / control); `nil` where either is not clearly above 0.
  var logRatioStandardError: Double?
  /// Units of both variants.
  var units: Int

  var z: Double { difference / standardError }

  /// The relative effect: the adjusted difference over the control's unadjusted figure.
  var relative: Double? { control > 0 ? difference / control : nil }
}

extension DifferenceEstimate {
  /// The difference of two means or, with a denominator, of two ratios, by the delta method; adjusted
  /// on the variables after them.
  ///
  /// A ratio R = M/D is linearised, (M − R D)/mean(D): its variance is that of a mean, with no
  /// subtraction of large terms (Deng, Knoblich & Lu 2018, *KDD*, § 3).
  ///
  /// - Returns: `nil` below two units in a variant, without spread, or with a mean denominator of 0.
  init?(
    control: MetricTally, treatment: MetricTally, isRatio: Bool,
    slopes: RegressionAdjustment.Slopes = .separate
  ) {
    guard let first = ArmMoments(control, isRatio: isRatio),
      let second = ArmMoments(treatment, isRatio: isRatio)
    else { return nil }
    let adjustment = RegressionAdjustment(control: first, treatment: second, slopes: slopes)
    guard adjustment.variance > 0, adjustment.variance.isFinite else { return nil }
    self.control = first.figure
    self.treatment = second.figure
    difference = adjustment.difference
    standardError = adjustment.variance.squareRoot()
    units = first.count + second.count
    logRatioStandardError = Self.logRatioStandardError(first, second, adjustment)
  }

  /// By the delta method, where both figures are at least 1.5 of their standard errors above 0: nearer
  /// to 0 a ratio has no interval.
  private static func logRatioStandardError(
    _ first: ArmMoments, _ second: ArmMoments, _ adjustment: RegressionAdjustment
  ) -> Double? {
    let own = [first, second].map { $0.outcomeVariance / Double($0.count) }
    guard first.figure > 1.5 * own[0].squareRoot(), second.figure > 1.5 * own[1].squareRoot()
    else { return nil }
    // What adjustment explains of the difference it explains of each figure.
    let explained = min(1, adjustment.variance / (own[0] + own[1]))
    let relative =
      own[0] / (first.figure * first.figure) + own[1] / (second.figure * second.figure)
    return (explained * relative).squareRoot()
  }
}

/// One variant's figure and the centred products of its outcome, linearised, and covariates.
struct ArmMoments {
  let count: Int
  /// The mean, or the ratio.
  let figure: Double
  /// Covariates' means.
  let means: [Double]
  /// Of the linearised outcome.
  let outcomeVariance: Double
  /// Covariance of outcome with each covariate.
  let crossProducts: [Double]
  /// Covariances among covariates, row by row, whole.
  let products: [[Double]]

  init?(_ tally: MetricTally, isRatio: Bool) {
    let moments = tally.moments
    guard moments.count > 1 else { return nil }
    let first = isRatio ? 2 : 1
    let degrees = Double(moments.count - 1)
    var weights = [1.0]
    var figure = moments.means[0]
    if isRatio {
      guard moments.means[1] != 0 else { return nil }
      figure /= moments.means[1]
      weights = [1 / moments.means[1], -figure / moments.means[1]]
    }
    func product(with variable: Int) -> Double {
      weights.indices.reduce(0) {
        $0 + weights[$1] * moments.centredProduct($1, variable) / degrees
      }
    }
    let covariates = Array(first..<max(first, moments.dimension))
    count = moments.count
    self.figure = figure
    means = covariates.map { moments.means[$0] }
    outcomeVariance = weights.indices.reduce(0) { $0 + weights[$1] * product(with: $1) }
    crossProducts = covariates.map(product)
    products = covariates.map { row in
      covariates.map { moments.centredProduct(row, $0) / degrees }
    }
  }
}

extension ArmMoments {
  /// Covariances of both variants' units together, the gap between their means included.
  fileprivate func between(_ other: ArmMoments, _ first: Double, _ second: Double, _ gap: Double)
    -> Double
  {
    let (own, others) = (Double(count), Double(other.count))
    return (first * (own - 1) + second * (others - 1) + gap * own * others / (own + others))
      / (own + others - 1)
  }

  func pooled(with other: ArmMoments) -> (products: [[Double]], crossProducts: [Double]) {
    let gaps = zip(other.means, means).map { $0 - $1 }
    let rise = other.figure - figure
    let crossProducts = gaps.indices.map {
      between(other, self.crossProducts[$0], other.crossProducts[$0], gaps[$0] * rise)
    }
    let products = gaps.indices.map { row in
      gaps.indices.map {
        between(
          other, self.products[row][$0], other.products[row][$0], gaps[row] * gaps[$0])
      }
    }
    return (products, crossProducts)
  }
}
