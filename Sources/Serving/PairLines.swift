import Scoring
import SpecialFunctions
import Tables

/// A line a row of a choice set: choice set, offer, rank, score, probability. Probability and rank wait
/// until the set is whole, which may be in the next chunk.
struct PairLines: LineWriter {
  let plan: ScoringPlan

  var columns: [String] { ["choice_set", "offer", "rank", "score", "probability"] }

  func write(
    _ batch: FeatureBatch, of chunk: DecodedChunk, identifiers: TextColumn?,
    to scored: inout ScoredChunk
  ) {
    guard let (setPlace, offerPlace) = plan.choicePlaces, let sets = chunk.texts(setPlace),
      case .levels(let offers, let names) = chunk.columns[offerPlace]
    else { return }
    let scores = plan.scorer.scores(batch)
    var pairs = PairRows(sets: sets, scores: scores, missing: plan.missing)
    var reasons = Reasons(plan, batch)
    for row in 0..<chunk.rowCount {
      identifiers?.withBytes(row) { appendCSVField($0, to: &pairs.text) }
      pairs.endPart()
      names.withBytes(of: Int(offers[row])) { appendCSVField($0, to: &pairs.text) }
      pairs.endPart()
      reasons.append(of: row, to: &pairs.text)
      pairs.endPart()
      if !scores[row].isFinite { scored.note(unscorable: row, of: batch, by: plan) }
    }
    scored.pairs = pairs
  }
}

/// The rows of a chunk of pairs, each in three parts: id, offer, reasons.
struct PairRows: Sendable {
  let sets: TextColumn
  let scores: [Double]
  let missing: MissingTokens
  var text: [UInt8] = []
  private var ends: [Int] = []

  init(sets: TextColumn, scores: [Double], missing: MissingTokens) {
    self.sets = sets
    self.scores = scores
    self.missing = missing
  }

  mutating func endPart() { ends.append(text.count) }

  func part(_ part: Int, of row: Int) -> ArraySlice<UInt8> {
    let index = 3 * row + part
    return text[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
  }
}

/// Puts the rows of choice sets together over the borders of chunks, and checks that they stand together.
struct ChoiceSetLines {
  let path: String
  let column: String
  /// Every set so far: the one part of scoring whose memory grows with the file.
  private var seen = LevelDictionary()
  private var current: UInt32?
  private var rows: [Row] = []
  private(set) var count = 0

  private struct Row {
    let id: [UInt8]
    let offer: [UInt8]
    let reasons: [UInt8]
    let score: Double
  }

  init(path: String, column: String) {
    self.path = path
    self.column = column
  }

  /// The lines of the sets that end in this chunk.
  mutating func lines(
    of scored: ScoredChunk, _ place: ChunkPlace
  ) throws(BatchScoringError) -> [UInt8] {
    guard let pairs = scored.pairs else { return [] }
    var lines: [UInt8] = []
    for (row, score) in pairs.scores.enumerated() {
      let line = place.line(scored.rowLines[row])
      let known = seen.count
      let found = pairs.sets.withBytes(row) { text in
        pairs.missing.contains(text) ? nil : seen.insert(text)
      }
      guard let code = found else {
        throw .choiceSetMissing(path: path, line: line, column: column)
      }
      guard code == current || Int(code) == known else {
        throw .choiceSetSplit(path: path, line: line, column: column)
      }
      if code != current {
        append(to: &lines)
        current = code
      }
      rows.append(
        Row(
          id: scored.isNumbered ? Array(line.description.utf8) : Array(pairs.part(0, of: row)),
          offer: Array(pairs.part(1, of: row)), reasons: Array(pairs.part(2, of: row)),
          score: score))
    }
    return lines
  }

  /// The lines of the last set, once the file has ended.
  mutating func lastLines() -> [UInt8] {
    var lines: [UInt8] = []
    append(to: &lines)
    return lines
  }

  private mutating func append(to lines: inout [UInt8]) {
    guard let current, !rows.isEmpty else { return }
    count += 1
    var probabilities = rows.map(\.score)
    probabilities.withUnsafeMutableBufferPointer {
      classProbabilities($0, rowCount: 1, classCount: rows.count)
    }
    let order = rows.indices.sorted {
      rows[$0].score == rows[$1].score ? $0 < $1 : rows[$0].score > rows[$1].score
    }
    var ranks = order
    for (rank, row) in order.enumerated() { ranks[row] = rank + 1 }
    for (index, row) in rows.enumerated() {
      lines += row.id
      lines.append(UInt8(ascii: ","))
      seen.withBytes(of: Int(current)) { appendCSVField($0, to: &lines) }
      lines.append(UInt8(ascii: ","))
      lines += row.offer
      lines.append(UInt8(ascii: ","))
      lines.append(contentsOf: ranks[index].description.utf8)
      lines.appendNumber(row.score)
      lines.appendNumber(probabilities[index])
      lines += row.reasons
      lines.append(UInt8(ascii: "\n"))
    }
    rows.removeAll(keepingCapacity: true)
  }
}
