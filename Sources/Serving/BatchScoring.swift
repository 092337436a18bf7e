public import Scoring
import SpecialFunctions
public import Tables

/// Scores a file of customers row by row, in its order and in constant memory.
///
/// Each row becomes: id (or its line, where none is known), score (log-odds), probability, decile, and for each of the strongest reasons the
/// feature and its contribution in log-odds. All contributions of a row and the model's base add up to its
/// score.
public struct BatchScoring: Sendable {
  public let model: Model
  /// The column that identifies a row; where `nil`, rows go by their line in the file.
  public let identifier: String?
  public let reasonCount: Int
  public let threadCount: Int
  /// Whether rows with dates after the model's snapshot are refused; not where the day was chosen for them.
  public var refusesDatesAfterSnapshot = true

  /// - Parameter reasonCount: not below 0; more than the features are all of them.
  public init(model: Model, identifier: String?, reasonCount: Int, threadCount: Int) {
    precondition(
      reasonCount >= 0 && threadCount > 0, "\(reasonCount) reasons, \(threadCount) threads")
    self.model = model
    self.identifier = identifier
    self.reasonCount = min(reasonCount, model.encoder.features.count)
    self.threadCount = threadCount
  }

  /// What a user is to know of a finished run.
  public struct Summary: Codable, Hashable, Sendable {
    public var rowCount = 0
    public var rejectedRowCount = 0
    public var meanProbability = 0.0
    /// Rows by decile, the best first.
    public var decileCounts = [Int](repeating: 0, count: 10)
    /// Values that training hardly saw, by feature: absent where training always had one, or of a level
    /// it did not know.
    public var unusual: [UnusualValues] = []
    /// Cells that their column's type cannot read, by column; they count as missing.
    public var unreadable: [UnreadableColumn] = []
  }

  public struct UnreadableColumn: Codable, Hashable, Sendable {
    public let column: String
    public let count: Int
  }

  public struct UnusualValues: Codable, Hashable, Sendable {
    public let feature: String
    public var imputedCount: Int
    public var unknownLevelCount: Int
    public var outsideRangeCount: Int
  }

  /// Scores every row of `file` and writes it to `output`, which the caller commits.
  ///
  /// - Parameter progress: called with the bytes consumed so far.
  /// - Throws: `TableError` for a missing column, too many rejected rows, or a disk that is full;
  ///   `BatchScoringError`.
  public func run(
    _ file: CSVFile, to output: OutputFile, rejects: RejectLog, progress: (Int) -> Void = { _ in }
  ) throws -> Summary {
    var actions = try model.encoder.actions(for: file)
    let places = try model.encoder.places(in: file)
    let identifierPlace = try identifier.map { name throws(TableError) in
      try file.column(named: name)
    }
    if let identifierPlace {
      guard !places.contains(identifierPlace) else {
        throw BatchScoringError.identifierIsFeature(column: file.header[identifierPlace])
      }
      actions[identifierPlace] = .text
    }

    try output.write(header)
    let scorer = ChunkScorer(
      model: model, scorer: model.scorer, places: places, identifierPlace: identifierPlace,
      reasonCount: reasonCount)
    let offsetName = model.encoder.offsetPlace.map { model.encoder.features[$0].name }
    var summary = Summary()
    var totalProbability = 0.0
    var afterSnapshotCount = 0
    var unusual = [UnusualCounts](repeating: UnusualCounts(), count: places.count)
    try file.stream(
      actions, threadCount: threadCount, rejects: rejects,
      work: { scorer.score($0) },
      deliver: { scored, place in
        if let (row, feature) = scored.unscorable {
          if feature == offsetName {
            throw BatchScoringError.offsetMissing(
              path: file.path, line: place.line(scored.rowLines[row]), column: feature)
          }
          throw BatchScoringError.notFinite(
            path: file.path, line: place.line(scored.rowLines[row]), feature: feature)
        }
        try output.write(scored.isNumbered ? scored.numberedLines(place) : scored.lines)
        summary.rowCount += scored.rowCount
        totalProbability += scored.totalProbability
        for decile in 0..<10 { summary.decileCounts[decile] += scored.decileCounts[decile] }
        for index in unusual.indices { unusual[index] += scored.unusual[index] }
        afterSnapshotCount += scored.afterSnapshotCount
        progress(place.bytesConsumed)
      })
    try rejects.refuseUnreadable(file, actions)
    if refusesDatesAfterSnapshot {
      try model.encoder.refuse(afterSnapshotCount, of: summary.rowCount, path: file.path)
    }
    summary.rejectedRowCount = rejects.rejectedCount
    summary.meanProbability = totalProbability / Double(max(1, summary.rowCount))
    summary.unusual = zip(model.encoder.features, unusual).compactMap { $1.values(of: $0.name) }
    summary.unreadable = zip(file.header, rejects.unreadable).compactMap { name, cells in
      cells.count > 0 ? UnreadableColumn(column: name, count: cells.count) : nil
    }
    return summary
  }

  private var header: [UInt8] {
    // A line is no id: a join on it would hit other customers.
    var names = [identifier == nil ? "line" : "id", "score", "probability", "decile"]
    for rank in 0..<reasonCount { names += ["reason\(rank + 1)", "contribution\(rank + 1)"] }
    return Array((names.joined(separator: ",") + "\n").utf8)
  }
}

public enum BatchScoringError: Error, Hashable, Sendable {
  case identifierIsFeature(column: String)
  case notFinite(path: String, line: Int, feature: String)
  /// A row has no offset, and no score without one.
  case offsetMissing(path: String, line: Int, column: String)
}

extension BatchScoringError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .identifierIsFeature(let column):
      "column '\(column)' is a feature of the model and cannot identify its rows; name another"
    case .offsetMissing(let path, let line, let column):
      "\(path), line \(line): offset '\(column)' is missing; fill it in, in log-odds, or score all rows "
        + "without it by --without-offset"
    case .notFinite(let path, let line, let feature):
      "\(path), line \(line), feature '\(feature)': a value so extreme that the score is not a number; "
        + "correct it or leave the row out"
    }
  }
}
