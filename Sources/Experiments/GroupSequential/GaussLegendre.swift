import Glibc

/// The nodes and weights that integrate polynomials of degree 31 over [−1, 1] without error.
///
/// Method: Newton's iteration on the Legendre polynomial from Chebyshev's roots; Davis and Rabinowitz
/// (1984), *Methods of Numerical Integration*, 2.7.
enum GaussLegendre {
  static let count = 16
  static let rule: (nodes: [Double], weights: [Double]) = {
    var nodes = [Double](repeating: 0, count: count)
    var weights = nodes
    for index in 0..<(count / 2) {
      let (node, slope) = root(index)
      let weight = 2 / ((1 - node * node) * slope * slope)
      (nodes[index], nodes[count - 1 - index]) = (-node, node)
      (weights[index], weights[count - 1 - index]) = (weight, weight)
    }
    return (nodes, weights)
  }()

  /// The root of that index from the right, and the polynomial's slope there.
  private static func root(_ index: Int) -> (node: Double, slope: Double) {
    var x = cos(Double.pi * (Double(index) + 0.75) / (Double(count) + 0.5))
    var slope = 0.0
    // Five steps settle the last digit from these starts; more change nothing.
    for _ in 0..<8 {
      var previous = 1.0
      var value = x
      for degree in 2...count {
        let n = Double(degree)
        (previous, value) = (value, ((2 * n - 1) * x * value - (n - 1) * previous) / n)
      }
      slope = Double(count) * (x * value - previous) / (x * x - 1)
      x -= value / slope
    }
    return (x, slope)
  }
}
