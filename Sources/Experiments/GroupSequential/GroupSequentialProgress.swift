/// How far a group-sequential test has come and, at its stop, what holds there.
public struct GroupSequentialProgress: Hashable, Sendable {
  public let outcome: GroupSequentialReading.Outcome
  /// The looks read so far; those too close to the one before, too early or after the end are none.
  public let lookCount: Int
  /// Of control and treatment, at the last look that was read.
  public let units: Int
  /// Whether that look was at the planned end.
  public let isAtEnd: Bool
  /// The boundary of that look, and the share of the planned information that it had.
  public let boundary: LookBoundary
  /// The estimate there in standard errors, positive where treatment is better.
  public let z: Double
  /// At the stop, in the metric's own unit and sign; `nil` while the experiment runs.
  public let final: GroupSequentialReading.Final?
}

extension GroupSequentialReading.Final {
  /// The same of the difference with its sign turned.
  var negated: Self {
    Self(
      look: look, pValue: pValue, medianUnbiasedEstimate: -medianUnbiasedEstimate, lower: -upper,
      upper: -lower)
  }
}
