/// What is wrong with a definition or a data file of an experiment: where, and what would do.
public enum ExperimentFileError: Error, Hashable, Sendable {
  /// A definition that cannot be used.
  case definition(path: String, line: Int?, problem: String)
  /// Data that cannot be judged.
  case data(path: String, line: Int?, problem: String)
}

extension ExperimentFileError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .definition(let path, let line, let problem), .data(let path, let line, let problem):
      "\(path)\(line.map { ", line \($0)" } ?? ""): \(problem)"
    }
  }
}
