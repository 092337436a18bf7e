import LinearAlgebra

/// Second derivatives and the point they were taken at.
struct CurvatureAnchor: Sendable {
  /// Parameters of the design.
  let point: [Double]
  /// Whether it has seven digits only.
  let isRough: Bool
  let curvature: GroupedCurvature
  /// The problem it was made for alone; `nil` where all may use it.
  let owner: Int?

  /// The same with every second derivative multiplied.
  func scaled(by factor: Double) -> CurvatureAnchor {
    CurvatureAnchor(
      point: point, isRough: isRough,
      curvature: GroupedCurvature(groups: curvature.groups.map { $0.scaled(by: factor) }),
      owner: owner)
  }
}

/// Second derivatives of one anchor, or on the line between two.
struct CurvatureChoice: Sendable {
  let first: Int
  var second: Int?
  /// How far from the first to the second.
  var part = 0.0
  /// About the relative error.
  var error = 0.0

  /// Returns the second derivatives of the mean log loss of the rows that train in `fold`.
  func matrix(_ anchors: [CurvatureAnchor], fold: Int?, of sweep: PanelSweep) -> Matrix {
    var matrix = anchors[first].curvature.matrix(fold, of: sweep, times: 1 - part)
    if let second {
      let other = anchors[second].curvature.matrix(fold, of: sweep, times: part)
      matrix.withUnsafeMutableValues { values in
        guard let target = values.baseAddress else { return }
        Products.add(other.values, times: 1, count: values.count, to: target)
      }
    }
    return matrix
  }
}
