import Scoring
import SpecialFunctions
import Tables

/// Turns decoded chunks into the lines of the score file.
struct ChunkScorer: Sendable {
  let plan: ScoringPlan
  let writer: any LineWriter

  func score(_ chunk: DecodedChunk) -> ScoredChunk {
    let encoder = plan.model.encoder
    let batch = encoder.batch(chunk, places: plan.places, missing: plan.missing)
    var scored = ScoredChunk(chunk, plan)
    scored.tally.rowCount = chunk.rowCount
    scored.tally.afterSnapshotCount = encoder.countAfterSnapshot(batch)
    scored.tally.unusual = zip(encoder.features, batch.values).map { UnusualCounts($0, $1) }
    let identifiers = chunk.texts(plan.identifierPlace)
    scored.isNumbered = identifiers == nil
    writer.write(batch, of: chunk, identifiers: identifiers, to: &scored)
    return scored
  }
}

/// The lines of one kind of model.
protocol LineWriter: Sendable {
  /// The names of the columns between the id and the reasons.
  var columns: [String] { get }
  /// Appends the lines of every row of `batch` to `scored`, and counts them.
  func write(
    _ batch: FeatureBatch, of chunk: DecodedChunk, identifiers: TextColumn?,
    to scored: inout ScoredChunk)
}

/// A line a row: score, probability, decile.
struct BinaryLines: LineWriter {
  let bands: DecileBands
  let plan: ScoringPlan

  var columns: [String] { ["score", "probability", "decile"] }

  func write(
    _ batch: FeatureBatch, of chunk: DecodedChunk, identifiers: TextColumn?,
    to scored: inout ScoredChunk
  ) {
    let scores = plan.scorer.scores(batch)
    var reasons = Reasons(plan, batch)
    scored.lines.reserveCapacity(chunk.rowCount * (56 + 32 * plan.reasonCount))
    for row in 0..<chunk.rowCount {
      identifiers?.withBytes(row) { appendCSVField($0, to: &scored.lines) }
      append(scores[row], to: &scored)
      reasons.append(of: row, to: &scored.lines)
      scored.endLine(of: row)
      if !scores[row].isFinite { scored.note(unscorable: row, of: batch, by: plan) }
    }
  }

  private func append(_ score: Double, to scored: inout ScoredChunk) {
    let probability = logistic(score)
    let decile = bands.decile(of: score)
    scored.tally.totalProbability += probability
    scored.tally.decileCounts[decile - 1] += 1
    scored.lines.appendNumber(score)
    scored.lines.appendNumber(probability)
    scored.lines.append(UInt8(ascii: ","))
    scored.lines.append(contentsOf: decile.description.utf8)
  }
}

/// The features that move one score most.
struct Reasons {
  private let plan: ScoringPlan
  private let rows: FeatureRows?
  private var contributions: [Double]
  private var taken: [Int] = []

  init(_ plan: ScoringPlan, _ batch: FeatureBatch) {
    self.plan = plan
    rows = plan.reasonCount > 0 ? FeatureRows(batch) : nil
    contributions = Array(repeating: 0, count: plan.model.encoder.features.count)
  }

  /// Appends the features that move a row most, either way; of two alike the earlier one.
  mutating func append(of row: Int, predictor: Int = 0, to line: inout [UInt8]) {
    guard let rows else { return }
    plan.scorer.setContributions(&contributions, of: row, in: rows, to: predictor)
    taken.removeAll(keepingCapacity: true)
    for _ in 0..<plan.reasonCount {
      var strongest = -1
      for feature in contributions.indices where !taken.contains(feature) {
        if strongest < 0 || abs(contributions[feature]) > abs(contributions[strongest]) {
          strongest = feature
        }
      }
      taken.append(strongest)
      line.append(UInt8(ascii: ","))
      var name = plan.model.encoder.features[strongest].name
      name.withUTF8 { appendCSVField(UnsafeRawBufferPointer($0), to: &line) }
      line.appendNumber(contributions[strongest])
    }
  }
}

extension [UInt8] {
  /// Appends a comma and the shortest digits that give `value` back.
  mutating func appendNumber(_ value: Double) {
    append(UInt8(ascii: ","))
    append(contentsOf: value.description.utf8)
  }
}

extension DecodedChunk {
  /// The column at `place`, where it was decoded as text.
  func texts(_ place: Int?) -> TextColumn? {
    guard let place, case .text(let texts) = columns[place] else { return nil }
    return texts
  }
}

/// The lines of one chunk and what they add to the summary.
struct ScoredChunk: Sendable {
  var lines: [UInt8] = []
  /// The line of the file each row stands on, counted from 1 within the chunk.
  let rowLines: [UInt32]
  /// Whether `lines` still lack their first field, the line of the file.
  var isNumbered = false
  /// Where each line ends in `lines`, and its row, if they are to be numbered: a reason may hold a line
  /// break.
  private var lineEnds: [(end: Int, row: Int)] = []
  /// The first row whose score is not finite, from 0, and the feature to blame.
  private(set) var unscorable: (row: Int, feature: String)?
  var tally: ScoreTally
  /// Of a conditional logit: what is known of each row before its choice set is whole.
  var pairs: PairRows?

  init(_ chunk: DecodedChunk, _ plan: ScoringPlan) {
    rowLines = chunk.lines
    tally = ScoreTally(plan)
  }

  /// Ends a line of row `row`.
  mutating func endLine(of row: Int) {
    lines.append(UInt8(ascii: "\n"))
    if isNumbered { lineEnds.append((lines.count, row)) }
  }

  /// Notes a row whose score is not finite, if it is the first.
  mutating func note(unscorable row: Int, of batch: FeatureBatch, by plan: ScoringPlan) {
    guard unscorable == nil else { return }
    let one = batch.rows([row])
    // Of infinities the first feature. An offset that is missing is no number, and is to blame.
    let strengths = plan.scorer.bases.indices.reduce(
      into: [Double](repeating: 0, count: one.values.count)
    ) { strengths, predictor in
      for (feature, part) in plan.scorer.contributions(one, to: predictor).enumerated() {
        strengths[feature] = max(strengths[feature], part[0].isNaN ? .infinity : abs(part[0]))
      }
    }
    let strongest = strengths.indices.max { (strengths[$0], -$0) < (strengths[$1], -$1) }
    unscorable = (row, strongest.map { plan.model.encoder.features[$0].name } ?? "")
  }

  /// The lines, with those of the file in front where rows go by them.
  func lines(_ place: ChunkPlace) -> [UInt8] {
    guard isNumbered else { return lines }
    var result: [UInt8] = []
    result.reserveCapacity(lines.count + lineEnds.count * 8)
    var start = 0
    for (end, row) in lineEnds {
      result.append(contentsOf: place.line(rowLines[row]).description.utf8)
      result.append(contentsOf: lines[start..<end])
      start = end
    }
    return result
  }
}
