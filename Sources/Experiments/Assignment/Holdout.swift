/// Units kept out of every experiment for good, to measure what all experiments together bring.
///
/// Membership hangs on `salt` and `share` alone: give every experiment the same holdout, and the
/// same units are kept out of each. A larger share keeps the units of a smaller one. The same as a
/// GrowthBook filter of hash version 2 with `salt` as its seed and the ranges `[[share, 1]]`.
public struct Holdout: Hashable, Sendable {
  /// Not the salt of an experiment, whose first variant would lose all the units held out.
  public let salt: String
  /// The share of units held out; it counts in ten-thousandths, rounded up.
  public let share: Double

  /// - Throws: `DesignError` for an empty salt or a share that is not above 0, or so large that no
  ///   unit is left.
  public init(salt: String, share: Double) throws(DesignError) {
    guard !salt.isEmpty else { throw .empty("the salt of the holdout") }
    guard share > 0, share <= 0.9999 else {
      throw .outOfRange("the share of the holdout", share, allowed: "(0, 0.9999]")
    }
    self.salt = salt
    self.share = share
  }

  /// Returns whether `unit` is held out.
  public func contains(_ unit: String) -> Bool {
    HashVersion.two.bucket(of: unit, salt: salt) < share
  }
}
