/// The rows that train a model and the rows that test it.
public struct Split: Hashable, Sendable {
  /// Row indices from 0, ascending; no row is on both sides.
  public let train: [Int]
  /// Row indices from 0, ascending.
  public let test: [Int]
}
