import Scoring
import SpecialFunctions
import Tables

/// Turns one decoded chunk into the lines of the score file.
struct ChunkScorer: Sendable {
  let model: Model
  let scorer: Scorer
  /// The features' columns in the file.
  let places: [Int]
  let identifierPlace: Int?
  let reasonCount: Int

  func score(_ chunk: DecodedChunk) -> ScoredChunk {
    let batch = model.encoder.batch(chunk, places: places)
    let scores = scorer.scores(batch)
    let contributions = reasonCount > 0 ? scorer.contributions(batch) : []
    var scored = ScoredChunk(chunk)
    scored.afterSnapshotCount = model.encoder.countAfterSnapshot(batch)
    scored.unusual = zip(model.encoder.features, batch.values).map { UnusualCounts($0, $1) }
    scored.lines.reserveCapacity(chunk.rowCount * (56 + 32 * reasonCount))
    let identifiers = identifiers(chunk)
    scored.isNumbered = identifiers == nil
    for row in 0..<chunk.rowCount {
      identifiers?.withBytes(row) { appendCSVField($0, to: &scored.lines) }
      appendScore(scores[row], to: &scored)
      appendReasons(contributions, row: row, to: &scored.lines)
      scored.lines.append(UInt8(ascii: "\n"))
      if scored.isNumbered { scored.lineEnds.append(scored.lines.count) }
      if !scores[row].isFinite, scored.unscorable == nil {
        scored.unscorable = (row, strongestFeature(batch.rows([row])))
      }
    }
    return scored
  }

  /// The feature that moves the one customer of `batch` most; of infinities the first.
  private func strongestFeature(_ batch: FeatureBatch) -> String {
    // An offset that is missing is no number, and is to blame.
    let strengths = scorer.contributions(batch).map { $0[0].isNaN ? .infinity : abs($0[0]) }
    let strongest = strengths.indices.max {
      (strengths[$0], -$0) < (strengths[$1], -$1)
    }
    return strongest.map { model.encoder.features[$0].name } ?? ""
  }

  private func identifiers(_ chunk: DecodedChunk) -> TextColumn? {
    guard let identifierPlace, case .text(let texts) = chunk.columns[identifierPlace] else {
      return nil
    }
    return texts
  }

  private func appendScore(_ score: Double, to scored: inout ScoredChunk) {
    let probability = logistic(score)
    let decile = model.bands.decile(of: score)
    scored.totalProbability += probability
    scored.decileCounts[decile - 1] += 1
    scored.lines.append(UInt8(ascii: ","))
    scored.lines.append(contentsOf: score.description.utf8)
    scored.lines.append(UInt8(ascii: ","))
    scored.lines.append(contentsOf: probability.description.utf8)
    scored.lines.append(UInt8(ascii: ","))
    scored.lines.append(contentsOf: decile.description.utf8)
  }

  /// The features that move this customer most, either way; of two alike the earlier one.
  private func appendReasons(_ contributions: [[Double]], row: Int, to line: inout [UInt8]) {
    var taken: [Int] = []
    for _ in 0..<reasonCount {
      var strongest = -1
      for feature in contributions.indices where !taken.contains(feature) {
        if strongest < 0 || abs(contributions[feature][row]) > abs(contributions[strongest][row]) {
          strongest = feature
        }
      }
      taken.append(strongest)
      line.append(UInt8(ascii: ","))
      var name = model.encoder.features[strongest].name
      name.withUTF8 { appendCSVField(UnsafeRawBufferPointer($0), to: &line) }
      line.append(UInt8(ascii: ","))
      line.append(contentsOf: contributions[strongest][row].description.utf8)
    }
  }
}

/// The lines of one chunk and what they add to the summary.
struct ScoredChunk: Sendable {
  let rowCount: Int
  var lines: [UInt8] = []
  /// The line of the file each row stands on, counted from 1 within the chunk.
  let rowLines: [UInt32]
  /// Whether `lines` still lack their first field, the line of the file.
  var isNumbered = false
  /// Where each line ends in `lines`, if they are to be numbered: a reason may hold a line break.
  var lineEnds: [Int] = []
  /// The first row whose score is not finite, from 0, and the feature to blame.
  var unscorable: (row: Int, feature: String)?
  var totalProbability = 0.0
  var decileCounts = [Int](repeating: 0, count: 10)
  var unusual: [UnusualCounts] = []
  var afterSnapshotCount = 0

  init(_ chunk: DecodedChunk) {
    rowCount = chunk.rowCount
    rowLines = chunk.lines
  }

  /// The lines with those of the file in front.
  func numberedLines(_ place: ChunkPlace) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(lines.count + rowCount * 8)
    var start = 0
    for (row, end) in lineEnds.enumerated() {
      result.append(contentsOf: place.line(rowLines[row]).description.utf8)
      result.append(contentsOf: lines[start..<end])
      start = end
    }
    return result
  }
}

/// How many values of one feature the model has no training for.
struct UnusualCounts: Sendable {
  private var imputed = 0
  private var unknownLevel = 0
  private var outsideRange = 0

  init() {}

  init(_ feature: Feature, _ values: FeatureValues) {
    switch (feature.encoding, values) {
    case (.number(let number), .numbers(let values)):
      for value in values {
        if value.isNaN {
          imputed += number.missingShare > 0 ? 0 : 1
        } else if value < number.minimum || value > number.maximum {
          outsideRange += 1
        }
      }
    case (.offset(let offset), .numbers(let values)):
      outsideRange = values.count { $0 < offset.minimum || $0 > offset.maximum }
    case (.category(let category), .codes(let codes)):
      for code in codes {
        if code == ColumnValues.missingCode {
          imputed += category.missingShare > 0 ? 0 : 1
        } else if code == category.levels.count {
          unknownLevel += 1
        }
      }
    default: break
    }
  }

  static func += (left: inout UnusualCounts, right: UnusualCounts) {
    left.imputed += right.imputed
    left.unknownLevel += right.unknownLevel
    left.outsideRange += right.outsideRange
  }

  func values(of feature: String) -> BatchScoring.UnusualValues? {
    guard imputed + unknownLevel + outsideRange > 0 else { return nil }
    return BatchScoring.UnusualValues(
      feature: feature, imputedCount: imputed, unknownLevelCount: unknownLevel,
      outsideRangeCount: outsideRange)
  }
}
