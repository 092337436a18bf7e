/// What can be wrong with what is imported or how. The description names the file and line and what to do;
/// it never repeats a value, which may be personal data.
public enum ImportError: Error, Equatable, Sendable {
  case unknownFormat(path: String, reason: String)
  /// A JSON value that goes over many lines.
  case jsonOverLines(path: String)
  case ruleOutOfRange(kind: String, limit: Int)
  /// Nothing in the file could be read.
  case nothingReadable(path: String, rejected: Int, firstLine: Int, firstReason: String)
  case tooManyRejects(
    path: String, rejected: Int, records: Int, limit: Double, firstLine: Int, firstReason: String)
  case mapping(path: String, reason: String)
}

extension ImportError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unknownFormat(let path, let reason):
      "\(path): its format is not recognised: \(reason); name it by --format"
    case .jsonOverLines(let path):
      "\(path): its JSON goes over many lines; write one message a line, "
        + "as by jq -c 'if type == \"array\" then .[] else . end'"
    case .ruleOutOfRange(let kind, let limit):
      "identity rules: max_partners of \(kind) is \(limit); give a number from 0 to 1000000"
    case .nothingReadable(let path, let rejected, let line, let reason):
      "\(path): none of its \(rejected) records could be read; first at line \(line): \(reason)"
    case .tooManyRejects(let path, let rejected, let records, let limit, let line, let reason):
      "\(path): \(rejected) of \(records) records rejected, more than --max-rejects \(limit); "
        + "first at line \(line): \(reason); the others are imported, --rejects FILE lists these"
    case .mapping(let path, let reason):
      "\(path): \(reason)"
    }
  }
}
