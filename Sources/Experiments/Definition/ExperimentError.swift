/// Why evidence cannot be gathered or judged. Settings that are impossible are a `DesignError`.
public enum ExperimentError: Error, Hashable, Sendable {
  case noExposures
  /// A variant with no unit at all.
  case emptyVariant(String)
  /// No unit whose window has closed yet, of so many exposed.
  case noMatureUnits(exposed: Int)
  /// No variant has a conversion of the metric.
  case noConversions(metric: String)
  case unknownVariant(String, known: [String])
  /// The definition that the experiment began with has another fingerprint.
  case changedDefinition(key: String, started: String, now: String, changes: [String])
  case alreadyStarted(key: String)
  case unknownExperiment(String)
  /// A store that cannot be read or written.
  case store(location: String, problem: String)
  /// Looks whose shape is not that of the definition.
  case shapeMismatch(String)
}

extension ExperimentError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noExposures:
      "no unit was exposed; give the exposures of this experiment, or wait for the first"
    case .emptyVariant(let variant):
      "variant '\(variant)' has no unit; check that its exposures are logged and in the file"
    case .noMatureUnits(let exposed):
      "of \(exposed) units none has a closed window yet; wait, or judge early by --immature"
    case .noConversions(let metric):
      "no unit has an event of metric '\(metric)'; check the event's name and the conversions"
    case .unknownVariant(let variant, let known):
      "unknown variant '\(variant)'; the definition has \(known.joined(separator: ", "))"
    case .changedDefinition(let key, let started, let now, let changes):
      "experiment '\(key)' was started as \(started) and is now \(now): changed are"
        + " \(changes.joined(separator: ", ")); restore them, begin a new phase for new weights,"
        + " or give the changed experiment a key and salt of its own"
    case .alreadyStarted(let key):
      "experiment '\(key)' has started already; give the new one a key of its own"
    case .unknownExperiment(let key):
      "no experiment '\(key)' in the store; start it first"
    case .store(let location, let problem): "\(location): \(problem)"
    case .shapeMismatch(let text): text
    }
  }
}
