import SpecialFunctions

/// A model made ready to score: every feature's contribution is a number looked up or one product.
///
/// score = `base` + the features' contributions, added in the order of the features, so that a batch and a
/// single row give the same bits. The base is the score of the average training customer, and a
/// contribution is how far a feature moves a customer from there, in log-odds.
public struct Scorer: Sendable {
  public let base: Double
  /// One per feature of the encoder.
  private let parts: [Part]

  private enum Part: Sendable {
    /// slope × (value − mean) + `present`, or `missing`.
    case number(slope: Double, mean: Double, present: Double, missing: Double)
    /// By code: the levels, then any other level; and the missing one.
    case category([Double], missing: Double)
  }

  /// - Parameter coefficients: p, in the order of the encoder's `designColumns`.
  public init(encoder: Encoder, intercept: Double, coefficients: [Double]) {
    precondition(
      coefficients.count == encoder.designColumns.count,
      "\(coefficients.count) coefficients for \(encoder.designColumns.count) columns")
    var dense = 0
    var level = encoder.denseColumnCount
    var base = intercept
    var parts: [Part] = []
    for feature in encoder.features {
      switch feature.encoding {
      case .number(let number):
        var (slope, indicator) = (0.0, 0.0)
        for part in number.columnParts {
          if part == .missing {
            indicator = coefficients[dense]
          } else {
            slope = coefficients[dense] / number.scale
          }
          dense += 1
        }
        let average = indicator * number.missingShare
        base += average
        parts.append(
          .number(
            slope: slope, mean: number.mean, present: -average, missing: indicator - average))
      case .category(let category):
        let columns = level..<level + category.columnParts.count
        let effects = category.effects(coefficients[columns])
        level = columns.upperBound
        let average = zip(effects, category.partShares).reduce(0) { $0 + $1.0 * $1.1 }
        base += average
        // No part of its own: the average customer, who contributes nothing.
        let unseen = category.unseenPart.map { effects[$0] - average } ?? 0
        let missing = category.missingPart.map { effects[$0] - average } ?? 0
        parts.append(
          .category(
            effects[..<category.levels.count].map { $0 - average } + [unseen], missing: missing))
      case .offset(let offset):
        base += offset.mean
        // A row without an offset has no score.
        parts.append(.number(slope: 1, mean: offset.mean, present: 0, missing: .nan))
      }
    }
    self.base = base
    self.parts = parts
  }

  /// The scores of a batch, in log-odds.
  public func scores(_ batch: FeatureBatch) -> [Double] {
    var scores = [Double](repeating: base, count: batch.rowCount)
    scores.withUnsafeMutableBufferPointer { scores in
      for (part, values) in zip(parts, batch.values) {
        forEachContribution(part, values) { row, contribution in scores[row] += contribution }
      }
    }
    return scores
  }

  /// Each feature's contribution for each row, in log-odds: features by rows.
  public func contributions(_ batch: FeatureBatch) -> [[Double]] {
    zip(parts, batch.values).map { part, values in
      var contributions = [Double](repeating: 0, count: batch.rowCount)
      forEachContribution(part, values) { contributions[$0] = $1 }
      return contributions
    }
  }

  @inline(__always)
  private func forEachContribution(
    _ part: Part, _ values: FeatureValues, _ body: (Int, Double) -> Void
  ) {
    switch (part, values) {
    case (.number(let slope, let mean, let present, let missing), .numbers(let numbers)):
      numbers.withUnsafeBufferPointer { numbers in
        for row in 0..<numbers.count {
          let value = numbers[row]
          body(row, value.isNaN ? missing : slope * (value - mean) + present)
        }
      }
    case (.category(let effects, let missing), .codes(let codes)):
      effects.withUnsafeBufferPointer { effects in
        for (row, code) in codes.enumerated() {
          body(row, code < effects.count ? effects[Int(code)] : missing)
        }
      }
    default: preconditionFailure("a feature and its values are of different kinds")
    }
  }
}

/// The deciles of the training rows' scores: fixed cut points, so that a band means the same every night.
public struct DecileBands: Codable, Hashable, Sendable {
  /// Nine scores, descending: a score at or above the first is in decile 1, the best tenth.
  public let cuts: [Double]

  /// Cuts at the ninth, eighth, … tenths of `scores` (the inverse of the empirical distribution), each
  /// score counting as often as its weight says.
  public init(scores: [Double], sampleWeights: [Double]? = nil) {
    guard let sampleWeights else {
      let sorted = scores.sorted(by: >)
      cuts = (1...9).map { tenth in
        sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, (sorted.count * tenth - 1) / 10)]
      }
      return
    }
    precondition(
      sampleWeights.count == scores.count, "\(sampleWeights.count) weights, \(scores.count) scores")
    let order = scores.indices.sorted {
      (scores[$0], sampleWeights[$0]) > (scores[$1], sampleWeights[$1])
    }
    let total = order.reduce(0) { $0 + sampleWeights[$1] }
    var taken = 0.0
    var cuts: [Double] = []
    for place in order {
      taken += sampleWeights[place]
      while cuts.count < 9, 10 * taken >= Double(cuts.count + 1) * total {
        cuts.append(scores[place])
      }
    }
    self.cuts = cuts + Array(repeating: order.last.map { scores[$0] } ?? 0, count: 9 - cuts.count)
  }

  /// 1 (best) … 10.
  public func decile(of score: Double) -> Int { 1 + cuts.count { score < $0 } }
}
