/// The variant a unit is to see, or why it sees none.
///
/// Decided, not yet seen: an exposure is another thing.
public enum Assignment: Hashable, Sendable {
  case assigned(variant: String)
  case excluded(Exclusion)

  /// Why a unit gets no variant. Where several apply, it is the first in this order.
  public enum Exclusion: String, Hashable, Sendable, CaseIterable {
    /// The id is empty: all units without an id would get one variant.
    case emptyUnit
    /// The unit is in the permanent holdout.
    case holdout
    /// The unit's place in the namespace belongs to another experiment, or to none.
    case otherNamespace
    /// The unit is beyond the share of units that takes part.
    case notInCoverage
  }

  /// The variant assigned, `nil` for a unit without one.
  public var variant: String? {
    switch self {
    case .assigned(let variant): variant
    case .excluded: nil
    }
  }
}
