/// A model made ready to score: every feature's contribution is a number looked up or one product.
///
/// A model has one linear predictor, or K of them, one for each class. Of each predictor, score = base +
/// the features' contributions, added in the order of the features, so that a batch and a single row give
/// the same bits. The base is the score of the average training customer, and a contribution is how far a
/// feature moves a customer from there, in log-odds.
public struct Scorer: Sendable {
  /// The base of each predictor.
  public let bases: [Double]
  /// By predictor, then by feature of the encoder.
  private let parts: [[Part]]
  /// The same numbers side by side, for one row at a time.
  private let places: [[Place]]
  private let effects: [Double]

  private enum Part: Sendable {
    /// slope × (value − mean) + `present`, or `missing`.
    case number(slope: Double, mean: Double, present: Double, missing: Double)
    /// By code: the levels, then any other level; and the missing one.
    case category([Double], missing: Double)
  }

  /// A part without arrays of its own; a number has no levels.
  private struct Place: Sendable {
    var slope = 0.0
    var mean = 0.0
    var present = 0.0
    var missing: Double
    var start = 0
    var levelCount = 0

    init(_ part: Part, effects: inout [Double]) {
      switch part {
      case .number(let slope, let mean, let present, let missing):
        (self.slope, self.mean, self.present, self.missing) = (slope, mean, present, missing)
      case .category(let levels, let missing):
        (start, levelCount, self.missing) = (effects.count, levels.count, missing)
        effects += levels
      }
    }
  }

  /// - Parameter equations: each with p coefficients, in the order of the encoder's `designColumns`.
  public init(encoder: Encoder, equations: [LinearEquation]) {
    let predictors = equations.map { Self.predictor(encoder, $0) }
    bases = predictors.map(\.base)
    parts = predictors.map(\.parts)
    var effects: [Double] = []
    places = parts.map { $0.map { Place($0, effects: &effects) } }
    self.effects = effects
  }

  /// Of one predictor.
  public init(encoder: Encoder, intercept: Double, coefficients: [Double]) {
    self.init(
      encoder: encoder,
      equations: [LinearEquation(intercept: intercept, coefficients: coefficients)])
  }

  public var predictorCount: Int { bases.count }

  /// The base of the first predictor, which is the only one of a model of yes or no.
  public var base: Double { bases.first ?? 0 }

  private static func predictor(
    _ encoder: Encoder, _ equation: LinearEquation
  ) -> (base: Double, parts: [Part]) {
    let coefficients = equation.coefficients
    precondition(
      coefficients.count == encoder.designColumns.count,
      "\(coefficients.count) coefficients for \(encoder.designColumns.count) columns")
    var dense = 0
    var level = encoder.denseColumnCount
    var base = equation.intercept
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
    return (base, parts)
  }

  /// The scores of a batch, in log-odds: predictor by predictor, one number a row.
  public func scores(_ batch: FeatureBatch) -> [Double] {
    let rowCount = batch.rowCount
    return [Double](unsafeUninitializedCapacity: rowCount * predictorCount) { scores, count in
      count = scores.count
      guard let start = scores.baseAddress else { return }
      for (k, base) in bases.enumerated() {
        let scores = start + k * rowCount
        scores.update(repeating: base, count: rowCount)
        for (part, values) in zip(parts[k], batch.values) {
          forEachContribution(part, values) { row, contribution in scores[row] += contribution }
        }
      }
    }
  }

  /// Each feature's contribution to one predictor for each row, in log-odds: features by rows.
  public func contributions(_ batch: FeatureBatch, to predictor: Int = 0) -> [[Double]] {
    zip(parts[predictor], batch.values).map { part, values in
      var contributions = [Double](repeating: 0, count: batch.rowCount)
      forEachContribution(part, values) { contributions[$0] = $1 }
      return contributions
    }
  }

  /// The contributions of each feature to one predictor for one row, put into `contributions`.
  package func setContributions(
    _ contributions: inout [Double], of row: Int, in rows: FeatureRows, to predictor: Int
  ) {
    let count = rows.featureCount
    precondition(contributions.count == count, "\(contributions.count) places, \(count) features")
    rows.values.withUnsafeBufferPointer { values in
      places[predictor].withUnsafeBufferPointer { places in
        effects.withUnsafeBufferPointer { effects in
          for feature in 0..<count {
            let (place, value) = (places[feature], values[row * count + feature])
            if value.isNaN {
              contributions[feature] = place.missing
            } else if place.levelCount == 0 {
              contributions[feature] = place.slope * (value - place.mean) + place.present
            } else {
              contributions[feature] = effects[place.start + min(Int(value), place.levelCount - 1)]
            }
          }
        }
      }
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
