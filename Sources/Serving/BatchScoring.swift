public import Scoring
import SpecialFunctions
public import Tables

/// Scores a file of customers row by row, in its order and in constant memory.
///
/// A model of yes or no gives each row a line: id (or its line, where none is known), score (log-odds),
/// probability, decile, and for each of the strongest reasons the feature and its contribution in
/// log-odds. A model of classes gives it a line for each of its best offers: id, rank, offer, score,
/// probability, the expected value where margins are given, and the reasons of that offer. A conditional
/// logit gives a line a row with its rank in its choice set. All contributions to a score and its base add
/// up to it.
public struct BatchScoring: Sendable {
  public let model: Model
  /// The column that identifies a row; where `nil`, rows go by their line in the file.
  public let identifier: String?
  public let reasonCount: Int
  public let threadCount: Int
  /// Whether rows with dates after the model's snapshot are refused; not where the day was chosen for them.
  public var refusesDatesAfterSnapshot = true
  /// Of a model of classes: most offers a row gets; all of at most 5, else 3, where `nil`.
  public var top: Int?
  /// Of a model of classes: what each class is worth.
  public var margins: [OfferMargin]?

  /// - Parameter reasonCount: not below 0; more than the features are all of them.
  public init(model: Model, identifier: String?, reasonCount: Int, threadCount: Int) {
    precondition(
      reasonCount >= 0 && threadCount > 0, "\(reasonCount) reasons, \(threadCount) threads")
    self.model = model
    self.identifier = identifier
    self.reasonCount = min(reasonCount, model.encoder.features.count)
    self.threadCount = threadCount
  }

  /// Scores every row of `file` and writes it to `output`, which the caller commits.
  ///
  /// - Parameter progress: called with the bytes consumed so far.
  /// - Throws: `TableError` for a missing column, too many rejected rows, or a disk that is full;
  ///   `BatchScoringError`.
  public func run(
    _ file: CSVFile, to output: OutputFile, rejects: RejectLog, progress: (Int) -> Void = { _ in }
  ) throws -> Summary {
    let plan = try ScoringPlan(self, file: file)
    let writer = writer(plan)
    try output.write(header(writer))
    let scorer = ChunkScorer(plan: plan, writer: writer)
    let offsetName = model.encoder.offsetPlace.map { model.encoder.features[$0].name }
    var sets = plan.choice.map { ChoiceSetLines(path: file.path, column: $0.choiceSetColumn) }
    var tally = ScoreTally(plan)
    try file.stream(
      plan.actions, threadCount: threadCount, rejects: rejects,
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
        try output.write(sets?.lines(of: scored, place) ?? scored.lines(place))
        tally += scored.tally
        progress(place.bytesConsumed)
      })
    if let rest = sets?.lastLines() { try output.write(rest) }
    try rejects.refuseUnreadable(file, plan.actions)
    if refusesDatesAfterSnapshot {
      try model.encoder.refuse(tally.afterSnapshotCount, of: tally.rowCount, path: file.path)
    }
    return Summary(tally, self, file: file, rejects: rejects, choiceSetCount: sets?.count)
  }

  private func writer(_ plan: ScoringPlan) -> any LineWriter {
    switch model.predictor {
    case .binary(let binary): BinaryLines(bands: binary.bands, plan: plan)
    case .multinomial(let multinomial):
      OfferLines(
        ranking: OfferRanking(
          multinomial, encoder: model.encoder, margins: margins,
          top: top ?? (multinomial.classes.count <= 5 ? nil : 3)), plan: plan)
    case .choice: PairLines(plan: plan)
    }
  }

  private func header(_ writer: any LineWriter) -> [UInt8] {
    // A line is no id: a join on it would hit other customers.
    var names = [identifier == nil ? "line" : "id"] + writer.columns
    for rank in 0..<reasonCount { names += ["reason\(rank + 1)", "contribution\(rank + 1)"] }
    return Array((names.joined(separator: ",") + "\n").utf8)
  }
}

/// Where a scoring finds what it needs in a file.
struct ScoringPlan: Sendable {
  let model: Model
  let scorer: Scorer
  let actions: [ColumnAction]
  /// The features' columns in the file.
  let places: [Int]
  let identifierPlace: Int?
  let reasonCount: Int
  let availability: AvailabilityReading?
  let availabilityPlaces: [Int]
  let choice: ChoicePredictor?
  /// Of a conditional logit: the columns of the choice set and of the offer.
  let choicePlaces: (set: Int, offer: Int)?
  let missing: MissingTokens

  init(_ scoring: BatchScoring, file: CSVFile) throws {
    model = scoring.model
    scorer = model.scorer
    reasonCount = scoring.reasonCount
    missing = file.format.missing
    var actions = try model.encoder.actions(for: file)
    places = try model.encoder.places(in: file)
    identifierPlace = try scoring.identifier.map { name throws(TableError) in
      try file.column(named: name)
    }
    if let identifierPlace {
      guard !places.contains(identifierPlace) else {
        throw BatchScoringError.identifierIsFeature(column: file.header[identifierPlace])
      }
      actions[identifierPlace] = .text
    }
    availability = model.availability
    availabilityPlaces = try (availability?.columns ?? []).map(file.column)
    for place in availabilityPlaces {
      guard place != identifierPlace else {
        throw BatchScoringError.identifierIsAvailability(column: file.header[place])
      }
      if let availability { actions[place] = availability.action }
    }
    if case .choice(let choice) = model.predictor {
      let set = try file.column(named: choice.choiceSetColumn)
      let offer = try file.column(named: choice.offerColumn)
      actions[set] = .text
      // As they stand: an offer that training never saw is scored, and named.
      actions[offer] = .levels
      (self.choice, choicePlaces) = (choice, (set, offer))
    } else {
      (choice, choicePlaces) = (nil, nil)
    }
    self.actions = actions
  }
}

public enum BatchScoringError: Error, Hashable, Sendable {
  case identifierIsFeature(column: String)
  case identifierIsAvailability(column: String)
  case notFinite(path: String, line: Int, feature: String)
  /// A row has no offset, and no score without one.
  case offsetMissing(path: String, line: Int, column: String)
  case choiceSetSplit(path: String, line: Int, column: String)
  case choiceSetMissing(path: String, line: Int, column: String)
}

extension BatchScoringError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .identifierIsFeature(let column):
      "column '\(column)' is a feature of the model and cannot identify its rows; name another"
    case .offsetMissing(let path, let line, let column):
      "\(path), line \(line): offset '\(column)' is missing; fill it in, in log-odds, or score all rows "
        + "without it by --without-offset"
    case .identifierIsAvailability(let column):
      "column '\(column)' says what was available and cannot identify the rows; name another"
    case .notFinite(let path, let line, let feature):
      "\(path), line \(line), feature '\(feature)': a value so extreme that the score is not a number; "
        + "correct it or leave the row out"
    case .choiceSetSplit(let path, let line, let column):
      "\(path), line \(line): its choice set ended before it; sort the rows by '\(column)'"
    case .choiceSetMissing(let path, let line, let column):
      "\(path), line \(line): no value in '\(column)', which says what choice set the row belongs to; "
        + "fill it in or drop the row"
    }
  }
}
