import Scoring
import Tables

extension BatchScoring {
  /// What a user is to know of a finished run.
  public struct Summary: Codable, Hashable, Sendable {
    public var rowCount = 0
    public var rejectedRowCount = 0
    /// Of a model of yes or no.
    public var meanProbability: Double?
    /// Of a model of yes or no: rows by decile, the best first.
    public var decileCounts: [Int]?
    /// Of a model of classes.
    public var offers: OfferSummary?
    /// Of a conditional logit.
    public var choiceSetCount: Int?
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

  /// What customers are offered.
  public struct OfferSummary: Codable, Hashable, Sendable {
    /// By class.
    public let offers: [OfferCounts]
    /// Rows for which no offer was available; they have no line.
    public let withoutOfferCount: Int
    /// Names in lists of available offers that the model does not know.
    public let unknownOfferCount: Int
    /// The mean of the first offers' expected values; `nil` without margins.
    public let meanExpectedValue: Double?
    /// Rows whose first offer costs at least what it brings; `nil` without margins.
    public let withoutGainCount: Int?
  }

  public struct OfferCounts: Codable, Hashable, Sendable {
    public let offer: String
    /// Rows that could have it.
    public let availableCount: Int
    /// Rows that have it in the first place.
    public let firstCount: Int
    /// Over the rows that could have it; `nil` without such rows.
    public let meanProbability: Double?
  }
}

/// What the rows of a chunk, or of a file, add to the summary.
struct ScoreTally: Sendable {
  var rowCount = 0
  var afterSnapshotCount = 0
  var unusual: [UnusualCounts]
  var totalProbability = 0.0
  var decileCounts = [Int](repeating: 0, count: 10)
  var offers: [OfferTally]
  var withoutOfferCount = 0
  var unknownOfferCount = 0
  var totalValue = 0.0
  var withoutGainCount = 0

  struct OfferTally: Sendable {
    var availableCount = 0
    var firstCount = 0
    var totalProbability = 0.0
  }

  init(_ plan: ScoringPlan) {
    unusual = plan.model.encoder.features.map { _ in UnusualCounts() }
    offers = Array(repeating: OfferTally(), count: plan.model.predictor.classCount)
  }

  static func += (left: inout ScoreTally, right: ScoreTally) {
    left.rowCount += right.rowCount
    left.afterSnapshotCount += right.afterSnapshotCount
    left.totalProbability += right.totalProbability
    left.withoutOfferCount += right.withoutOfferCount
    left.unknownOfferCount += right.unknownOfferCount
    left.totalValue += right.totalValue
    left.withoutGainCount += right.withoutGainCount
    for index in left.unusual.indices { left.unusual[index] += right.unusual[index] }
    for index in left.decileCounts.indices {
      left.decileCounts[index] += right.decileCounts[index]
    }
    for index in left.offers.indices {
      left.offers[index].availableCount += right.offers[index].availableCount
      left.offers[index].firstCount += right.offers[index].firstCount
      left.offers[index].totalProbability += right.offers[index].totalProbability
    }
  }
}

extension Predictor {
  /// K of a model of classes, else 0.
  fileprivate var classCount: Int {
    if case .multinomial(let multinomial) = self { multinomial.classes.count } else { 0 }
  }
}

extension BatchScoring.Summary {
  init(
    _ tally: ScoreTally, _ scoring: BatchScoring, file: CSVFile, rejects: RejectLog,
    choiceSetCount: Int?
  ) {
    let count = Double(max(1, tally.rowCount))
    rowCount = tally.rowCount
    rejectedRowCount = rejects.rejectedCount
    switch scoring.model.predictor {
    case .binary:
      meanProbability = tally.totalProbability / count
      decileCounts = tally.decileCounts
    case .multinomial(let multinomial):
      offers = BatchScoring.OfferSummary(
        tally, multinomial.classes.map(\.name), hasMargins: scoring.margins != nil)
    case .choice:
      self.choiceSetCount = choiceSetCount
    }
    unusual = zip(scoring.model.encoder.features, tally.unusual).compactMap {
      $1.values(of: $0.name)
    }
    unreadable = zip(file.header, rejects.unreadable).compactMap { name, cells in
      cells.count > 0 ? BatchScoring.UnreadableColumn(column: name, count: cells.count) : nil
    }
  }
}

extension BatchScoring.OfferSummary {
  fileprivate init(_ tally: ScoreTally, _ names: [String], hasMargins: Bool) {
    let offered = tally.rowCount - tally.withoutOfferCount
    self.init(
      offers: zip(names, tally.offers).map { name, offer in
        BatchScoring.OfferCounts(
          offer: name, availableCount: offer.availableCount, firstCount: offer.firstCount,
          meanProbability: offer.availableCount == 0
            ? nil : offer.totalProbability / Double(offer.availableCount))
      },
      withoutOfferCount: tally.withoutOfferCount, unknownOfferCount: tally.unknownOfferCount,
      meanExpectedValue: hasMargins && offered > 0 ? tally.totalValue / Double(offered) : nil,
      withoutGainCount: hasMargins ? tally.withoutGainCount : nil)
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
