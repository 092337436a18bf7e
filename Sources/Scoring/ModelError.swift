import Tables

/// What can be wrong with a model's file or place.
public enum ModelError: Error, Equatable, Sendable {
  case invalidName(String)
  case unknownModel(name: String, directory: String, nearest: String?)
  case unknownVersion(name: String, version: String, versions: [String])
  case nothingToRollBack(name: String, version: String)
  case noChampion(name: String)
  case notAModel(path: String, reason: String)
  case unknownFormat(path: String, version: Int, readable: Int)
  case changed(path: String)
  /// Rows have dates later than the day the model counts back from.
  case datesAfterSnapshot(path: String, count: Int, rowCount: Int, snapshot: Double)
  case answersDifferently(path: String, row: Int, expected: Double, found: Double)
  case file(path: String, reason: String)
}

extension ModelError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .invalidName(let name):
      "'\(name)' cannot name a model; use letters, digits, '-' and '_'"
    case .unknownModel(let name, let directory, let nearest):
      "no model '\(name)' in \(directory)"
        + (nearest.map { "; is '\($0)' meant?" } ?? "; train one, or name its folder by --models")
    case .unknownVersion(let name, let version, let versions):
      "model '\(name)' has no version \(version); it has \(versions.joined(separator: ", "))"
    case .nothingToRollBack(let name, let version):
      "model '\(name)': no version was in service before \(version)"
    case .noChampion(let name):
      "model '\(name)' has no version in service; promote one"
    case .notAModel(let path, let reason):
      "\(path): not a complete model file: \(reason); restore it or train again"
    case .unknownFormat(let path, let version, let readable):
      "\(path): format version \(version); this program reads \(readable): use the program it was made with"
    case .changed(let path):
      "\(path): the file was changed after it was written (its checksum differs); restore it or train again"
    case .datesAfterSnapshot(let path, let count, let rowCount, let snapshot):
      "\(path): \(count) of \(rowCount) rows have a date after \(dayText(snapshot)), the day the model counts "
        + "back from; give the day of these rows by --as-of"
    case .answersDifferently(let path, let row, let expected, let found):
      "\(path): check row \(row) scores \(found), the file says \(expected); "
        + "this program and the file do not belong together: train again"
    case .file(let path, let reason): "\(path): \(reason)"
    }
  }
}
