import Glibc
import SpecialFunctions

/// The density of the statistic Z at a look, on the paths that no earlier look has stopped.
///
/// Z at information I is normal with mean effect × √I and variance 1; its increments on the scale of the
/// score Z√I are independent. The density at one look is carried to the next by quadrature: Armitage,
/// McPherson and Rowe (1969), *JRSS A* 132(2), 235–244; Jennison and Turnbull (2000), *Group Sequential
/// Methods*, chapter 19. Their grid is replaced by panels of 16 Gauss–Legendre nodes that end at the
/// boundaries and are no wider than 4 standard deviations of the kernels before and behind, for which
/// the error of a panel is near 1e−13.
struct ContinuationDensity {
  let effect: Double
  let information: Double
  /// Values of Z, ascending; a density times a quadrature weight for each.
  private var nodes: [Double]
  private var masses: [Double]

  /// Before the first look: all paths start at a score of 0.
  init(effect: Double) {
    self.effect = effect
    information = 0
    nodes = [0]
    masses = [1]
  }

  private init(effect: Double, information: Double, nodes: [Double], masses: [Double]) {
    self.effect = effect
    self.information = information
    self.nodes = nodes
    self.masses = masses
  }

  /// The chance that no look so far has stopped.
  var mass: Double { masses.reduce(0, +) }

  /// Returns the density at the look with information `next`, where Z is inside `region`.
  ///
  /// - Parameter after: the information of the look behind that, for which the nodes must be close enough.
  func advanced(to next: Double, inside region: ClosedRange<Double>, after: Double) -> Self {
    let step = Step(from: self, to: next)
    let width = 4 * min(step.spread, ((after - next) / next).squareRoot())
    let (nodes, weights) = panels(region, width: width)
    var scratch = [Double](repeating: 0, count: 2 * self.nodes.count)
    let masses = zip(nodes, weights).map { z, weight in
      weight * step.density(at: z, self.nodes, self.masses, &scratch)
    }
    return Self(effect: effect, information: next, nodes: nodes, masses: masses)
  }

  /// Returns the chance to be here and then above `bound` at information `next`.
  func upperTail(beyond bound: Double, at next: Double) -> Double {
    let step = Step(from: self, to: next)
    var sum = 0.0
    for (node, mass) in zip(nodes, masses) {
      sum += mass * normalCDF(-step.distance(of: bound, from: node))
    }
    return sum
  }

  /// Returns the chance to be here and then below `bound` at information `next`.
  func lowerTail(beyond bound: Double, at next: Double) -> Double {
    mirrored.upperTail(beyond: -bound, at: next)
  }

  /// Returns the bound that is passed from below with chance `tail`; −∞ where even that leaves too little.
  ///
  /// Newton's iteration on the logarithm of the tail, from the bound that would hold without earlier looks.
  /// A tail of a log-concave density is log-concave (Prékopa 1973), so the iteration comes down to the
  /// root from above and needs no bracket.
  func upperBound(tail: Double, at next: Double) -> Double {
    guard tail > 0 else { return .infinity }
    guard tail < mass else { return -.infinity }
    let step = Step(from: self, to: next)
    var scratch = [Double](repeating: 0, count: 2 * nodes.count)
    let mean = effect * next.squareRoot()
    // Beyond 35 spreads from the last path nothing is left that a logarithm could be taken of.
    var bound = min(mean - normalQuantile(min(tail, 1 - 0x1p-53)), step.reach(of: nodes.last, 35))
    for _ in 0..<100 {
      let excess = upperTail(beyond: bound, at: next)
      let density = step.density(at: bound, nodes, masses, &scratch)
      guard excess > 0, density > 0 else { break }
      let change = log(excess / tail) * excess / density
      bound += change
      if abs(change) <= 1e-13 * max(1, abs(bound)) { break }
    }
    return bound
  }

  /// Returns the bound that is passed from above with chance `tail`; +∞ where even that leaves too little.
  func lowerBound(tail: Double, at next: Double) -> Double {
    -mirrored.upperBound(tail: tail, at: next)
  }

  private var mirrored: Self {
    Self(
      effect: -effect, information: information, nodes: nodes.reversed().map { -$0 },
      masses: masses.reversed())
  }

  private func panels(
    _ region: ClosedRange<Double>, width: Double
  ) -> (nodes: [Double], weights: [Double]) {
    let length = region.upperBound - region.lowerBound
    let count = max(1, Int((length / width).rounded(.up)))
    let half = length / Double(count) / 2
    let rule = GaussLegendre.rule
    var nodes: [Double] = []
    nodes.reserveCapacity(count * rule.nodes.count)
    for panel in 0..<count {
      let centre = region.lowerBound + half * Double(2 * panel + 1)
      for node in rule.nodes { nodes.append(centre + half * node) }
    }
    let weights = rule.weights.map { $0 * half }
    return (nodes, (0..<nodes.count).map { weights[$0 % weights.count] })
  }
}

/// The way from one look to the next.
private struct Step {
  /// √ of the information here and there, of the increment, and their ratio.
  private let here: Double
  private let there: Double
  private let increment: Double
  private let shift: Double
  /// The standard deviation of Z there around its mean given Z here; 1 at the first look.
  var spread: Double { increment / there }

  init(from density: ContinuationDensity, to next: Double) {
    here = density.information.squareRoot()
    there = next.squareRoot()
    let difference = next - density.information
    increment = difference.squareRoot()
    shift = density.effect * difference
  }

  /// How many standard deviations `z` there is above what is expected from `node` here.
  func distance(of z: Double, from node: Double) -> Double {
    (z * there - node * here - shift) / increment
  }

  /// The value of Z there that is `distance` standard deviations above what is expected from `node` here.
  func reach(of node: Double?, _ distance: Double) -> Double {
    node.map { ($0 * here + shift + distance * increment) / there } ?? .infinity
  }

  /// The density of Z there at `z`: Σ mass × √I'/√Δ φ(distance).
  ///
  /// Given Z = z there, Z here is normal around z √(I/I') with the same spread. Nodes further than 9.5
  /// spreads from that, or from the region's edge where that is outside, add less than 1e−19 of the sum.
  func density(
    at z: Double, _ nodes: [Double], _ masses: [Double], _ scratch: inout [Double]
  ) -> Double {
    guard let first = nodes.first, let last = nodes.last else { return 0 }
    let centre = min(max(z * here / there, first), last)
    let low = index(nodes, notBelow: centre - 9.5 * spread)
    let high = index(nodes, notBelow: centre + 9.5 * spread)
    let count = high - low
    for offset in 0..<count {
      let distance = distance(of: z, from: nodes[low + offset])
      scratch[offset] = -0.5 * distance * distance
    }
    scratch.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      VectorMath.exp(start, into: start + count, count: count)
    }
    var sum = 0.0
    for offset in 0..<count { sum += masses[low + offset] * scratch[count + offset] }
    return sum * there / increment * 0.3989422804014327  // 1 / √(2π)
  }

  private func index(_ nodes: [Double], notBelow value: Double) -> Int {
    var low = 0
    var high = nodes.count
    while low < high {
      let middle = (low + high) / 2
      if nodes[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
