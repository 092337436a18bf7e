/// An experiment's part of a group of experiments that share no unit.
///
/// The namespace gives every unit one place in [0, 1), by hash version 1. Experiments in parts that
/// do not overlap exclude each other. The same as GrowthBook's `[id, lower, upper]`.
public struct Namespace: Hashable, Sendable {
  public let id: String
  /// The places whose units may take part.
  public let range: Range<Double>

  /// - Throws: `DesignError` for an empty id, a bound outside [0, 1], or bounds with no unit
  ///   between them.
  public init(id: String, from lower: Double, to upper: Double) throws(DesignError) {
    guard !id.isEmpty else { throw .empty("the id of the namespace") }
    for bound in [lower, upper] {
      guard bound >= 0, bound <= 1 else {
        throw .outOfRange("a bound of namespace '\(id)'", bound, allowed: "[0, 1]")
      }
    }
    guard lower < upper, HashVersion.one.share(of: lower..<upper) > 0 else {
      throw .emptyNamespace(id, from: lower, to: upper)
    }
    self.id = id
    range = lower..<upper
  }

  /// Returns whether `unit` has its place in `range`.
  public func contains(_ unit: String) -> Bool {
    range.contains(HashVersion.one.bucket(of: unit, salt: salt))
  }

  var salt: String { "__" + id }
}
