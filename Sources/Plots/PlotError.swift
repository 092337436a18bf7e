/// What keeps numbers from being drawn.
public enum PlotError: Error, Hashable, Sendable {
  /// A value of a layer, counted from 1, that is NaN or infinite.
  case notFinite(layer: String, index: Int)
  /// A value that a logarithmic axis has no place for.
  case notPositive(layer: String, index: Int)
  /// A band or interval whose lower end is above the upper one.
  case turnedOver(layer: String, index: Int)
  /// An axis whose given range has no length.
  case emptyRange(axis: String, lower: Double, upper: Double)
  case nothingToDraw(chart: String)
}

extension PlotError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notFinite(let layer, let index):
      "value \(index) of '\(layer)' is not a finite number; leave it out, or end the layer before it"
    case .notPositive(let layer, let index):
      "value \(index) of '\(layer)' is not above 0, where a logarithmic axis begins; use a linear one"
    case .turnedOver(let layer, let index):
      "interval \(index) of '\(layer)' has its lower end above its upper one; swap them"
    case .emptyRange(let axis, let lower, let upper):
      "the axis '\(axis)' is to run from \(lower) to \(upper); give finite ends that rise"
    case .nothingToDraw(let chart):
      "the chart '\(chart)' has no value; give a layer with at least one"
    }
  }
}
