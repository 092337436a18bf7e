/// Holds logged exposures against what the definition computes: who was shown another variant than the
/// salt deals, and who is in the holdout.
///
/// Neither is left out, for the log says what was seen; both are told, since a variant that someone
/// chose is not a random one.
public struct AssignmentCheck: Sendable {
  private let phases: [Phase]
  private let comparesVariants: Bool

  /// - Parameter comparesVariants: whether the definition's salt dealt the units. Where something else did,
  ///   its hashes tell nothing.
  /// - Returns: `nil` where there is nothing to check.
  public init?(_ definition: ExperimentDefinition, comparesVariants: Bool) {
    self.comparesVariants = comparesVariants && definition.allocation == .fixed
    phases = definition.phases
    let hasHoldout = phases.contains { $0.assignment.holdout != nil }
    if !self.comparesVariants, !hasHoldout { return nil }
  }

  /// What is amiss with one exposure; `nil` where it is as assigned.
  ///
  /// A unit keeps the variant of the phase it was first exposed in, so any phase that has begun may have
  /// dealt it.
  ///
  /// - Parameter seconds: since 1970; `nil` where time is unknown.
  public func fault(unit: String, variant: String, seconds: Double?) -> Exclusions.Reason? {
    var isInHoldout = false
    for phase in phases {
      if let start = phase.startSeconds, let seconds, start > seconds { break }
      if let holdout = phase.assignment.holdout, holdout.contains(unit) {
        isInHoldout = true
        continue
      }
      guard comparesVariants else { return nil }
      if phase.assignment.assignment(of: unit).variant == variant { return nil }
    }
    return isInHoldout ? .inHoldout : comparesVariants ? .otherThanAssigned : nil
  }
}
