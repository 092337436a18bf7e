/// Count, means and centred sums of squares and products of a vector; pools with `+` in any order.
///
/// The means and covariances of outcome, denominator and covariates hang on these alone. Centred
/// throughout: Σxy − ΣxΣy/n would lose all digits of a small spread round a large mean. Methods: as
/// `Moments`, by products (Chan, Golub & LeVeque 1983; Pébay 2008, *Sandia* 2008-6212).
public struct CoMoments: Hashable, Sendable {
  public let dimension: Int
  public private(set) var count = 0
  /// One per variable, 0 with no values.
  public private(set) var means: [Double]
  /// Σ (x_i − mean_i)(x_j − mean_j) for i ≤ j, row by row; see `centredProduct`.
  public private(set) var products: [Double]

  /// The co-moments of no values, the zero of `+`.
  public init(dimension: Int) {
    precondition(dimension > 0, "co-moments of \(dimension) variables")
    self.dimension = dimension
    means = [Double](repeating: 0, count: dimension)
    products = [Double](repeating: 0, count: dimension * (dimension + 1) / 2)
  }

  /// The co-moments of summary statistics that others computed.
  ///
  /// - Parameter products: Σ (x_i − mean_i)(x_j − mean_j) for i ≤ j, row by row.
  public init(count: Int, means: [Double], products: [Double]) {
    precondition(
      products.count == means.count * (means.count + 1) / 2,
      "\(products.count) products for \(means.count) variables")
    dimension = means.count
    self.count = count
    self.means = means
    self.products = products
  }

  /// Σ (x_i − mean_i)(x_j − mean_j).
  public func centredProduct(_ i: Int, _ j: Int) -> Double { products[place(i, j)] }

  /// The sample covariance, with n − 1; `nil` below two values.
  public func covariance(_ i: Int, _ j: Int) -> Double? {
    count > 1 ? centredProduct(i, j) / Double(count - 1) : nil
  }

  public func variance(_ i: Int) -> Double? { covariance(i, i) }

  public mutating func add(_ values: some Collection<Double>) {
    precondition(values.count == dimension, "\(values.count) values of \(dimension) variables")
    count += 1
    let share = 1 / Double(count)
    let kept = 1 - share
    var place = 0
    // Row i of the products needs the old means of i and all after it, so means move afterwards.
    for (i, x) in values.enumerated() {
      let deviation = (x - means[i]) * kept
      for (j, y) in values.enumerated().dropFirst(i) {
        products[place] += deviation * (y - means[j])
        place += 1
      }
    }
    for (i, x) in values.enumerated() { means[i] += (x - means[i]) * share }
  }

  /// Adds a value of one variable, for co-moments of dimension 1.
  public mutating func add(_ value: Double) {
    precondition(dimension == 1, "1 value of \(dimension) variables")
    count += 1
    let deviation = value - means[0]
    means[0] += deviation / Double(count)
    products[0] += deviation * (value - means[0])
  }

  /// Adds `values` as if `repetitions` times.
  public mutating func add(_ values: [Double], repetitions: Int) {
    guard repetitions > 0 else { return }
    var repeated = CoMoments(dimension: dimension)
    precondition(values.count == dimension, "\(values.count) values of \(dimension) variables")
    repeated.count = repetitions
    repeated.means = values
    self += repeated
  }

  public static func + (left: CoMoments, right: CoMoments) -> CoMoments {
    var pooled = left
    pooled += right
    return pooled
  }

  public static func += (left: inout CoMoments, right: CoMoments) {
    precondition(
      left.dimension == right.dimension, "\(left.dimension) and \(right.dimension) variables")
    if right.count == 0 { return }
    if left.count == 0 {
      left = right
      return
    }
    let total = Double(left.count + right.count)
    let rightShare = Double(right.count) / total
    let weight = Double(left.count) * rightShare
    var place = 0
    for i in 0..<left.dimension {
      let difference = (right.means[i] - left.means[i]) * weight
      for j in i..<left.dimension {
        left.products[place] +=
          right.products[place] + difference * (right.means[j] - left.means[j])
        place += 1
      }
    }
    for i in 0..<left.dimension { left.means[i] += (right.means[i] - left.means[i]) * rightShare }
    left.count += right.count
  }

  /// What was added since `earlier`, which is a part of this: the inverse of `+`, but for rounding.
  ///
  /// - Returns: `nil` where `earlier` counts more.
  public func subtracting(_ earlier: CoMoments) -> CoMoments? {
    precondition(
      dimension == earlier.dimension, "\(dimension) and \(earlier.dimension) variables")
    guard count >= earlier.count else { return nil }
    var rest = CoMoments(dimension: dimension)
    rest.count = count - earlier.count
    guard rest.count > 0 else { return rest }
    let restCount = Double(rest.count)
    for i in 0..<dimension {
      rest.means[i] += means[i] + (means[i] - earlier.means[i]) * Double(earlier.count) / restCount
    }
    let weight = Double(earlier.count) * restCount / Double(count)
    for i in 0..<dimension {
      let difference = (rest.means[i] - earlier.means[i]) * weight
      for j in i..<dimension {
        let product =
          centredProduct(i, j) - earlier.centredProduct(i, j)
          - difference * (rest.means[j] - earlier.means[j])
        // A sum of squares cannot be negative; rounding alone makes it so.
        rest.products[rest.place(i, j)] = i == j ? max(0, product) : product
      }
    }
    return rest
  }

  private func place(_ i: Int, _ j: Int) -> Int {
    let (row, column) = i <= j ? (i, j) : (j, i)
    precondition(row >= 0 && column < dimension, "variables \(i) and \(j) of \(dimension)")
    return row * dimension - row * (row - 1) / 2 + column - row
  }
}
