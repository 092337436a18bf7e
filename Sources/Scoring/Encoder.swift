public import Tables

/// How the columns of a customer table become the features of a model: one object for training and
/// for serving, so that both see the same numbers.
///
/// Policies, the same at every door:
/// - a missing number counts as the training mean, and as its own indicator where training had any;
/// - a missing category is a level of its own where training had any, else the average customer;
/// - a level that is rare in training, or that training never saw, is the pooled level where there is
///   one, else the average customer;
/// - dates are days before `snapshot`, or categories of month and weekday;
/// - an offset is added to the score as it is, and none may be missing.
public struct Encoder: Codable, Hashable, Sendable {
  public let features: [Feature]
  /// The instant dates are counted back from, in seconds since 1970-01-01T00:00:00Z; `nil` without dates.
  public var snapshot: Double?
  /// The words that meant a missing value in training, besides the standing ones of `MissingTokens`; a file
  /// to be scored is read with them too.
  public let missing: [String]

  public init(features: [Feature], snapshot: Double?, missing: [String] = []) {
    self.features = features
    self.snapshot = snapshot
    self.missing = missing
  }

  /// p: the columns of the design, in the order of `FeatureBlocks`: all dense ones, then all levels.
  public var designColumns: [DesignColumn] {
    let dense = features.flatMap { feature -> [DesignColumn] in
      guard case .number(let number) = feature.encoding else { return [] }
      return number.columnParts.map { DesignColumn(feature: feature, part: $0) }
    }
    let levels = features.flatMap { feature -> [DesignColumn] in
      guard case .category(let category) = feature.encoding else { return [] }
      return category.columnParts.map { DesignColumn(feature: feature, part: $0) }
    }
    return dense + levels
  }

  /// How many of the design's columns are dense.
  var denseColumnCount: Int {
    features.reduce(0) { $0 + $1.encoding.denseColumnCount }
  }

  /// The features with a coefficient: all but the offset.
  package var fittedFeatureCount: Int { features.count { !$0.isOffset } }

  /// The place of the offset among the features.
  package var offsetPlace: Int? { features.firstIndex(where: \.isOffset) }

  /// The encoder without the offset, to be scored as if it were 0.
  package var withoutOffset: Encoder {
    Encoder(features: features.filter { !$0.isOffset }, snapshot: snapshot, missing: missing)
  }

  /// The columns a table must have, each once, in the order of the features.
  public var columns: [String] {
    var seen: Set<String> = []
    return features.map(\.column).filter { seen.insert($0).inserted }
  }
}

/// One feature: where it comes from and how it enters the design.
public struct Feature: Codable, Hashable, Sendable {
  /// The column's name, or that and the part of the date.
  public let name: String
  public let column: String
  public let source: FeatureSource
  public let encoding: FeatureEncoding

  public init(name: String, column: String, source: FeatureSource, encoding: FeatureEncoding) {
    self.name = name
    self.column = column
    self.source = source
    self.encoding = encoding
  }

  package var isOffset: Bool {
    if case .offset = encoding { true } else { false }
  }
}

/// What is taken from a column.
public enum FeatureSource: Codable, Hashable, Sendable {
  case number
  case boolean
  case category
  case daysBeforeSnapshot(DateOrder)
  case month(DateOrder)
  case weekday(DateOrder)
}

public enum FeatureEncoding: Codable, Hashable, Sendable {
  case number(NumberEncoding)
  case category(CategoryEncoding)
  case offset(OffsetEncoding)

  var denseColumnCount: Int {
    guard case .number(let number) = self else { return 0 }
    return number.columnParts.count
  }
}

/// A number as (value − mean) / scale, and an indicator of its absence.
public struct NumberEncoding: Codable, Hashable, Sendable {
  /// Over the training rows that have it.
  public let mean: Double
  /// The standard deviation over the training rows that have it; 1 for a boolean, and where the penalty
  /// is on the columns as they are.
  public let scale: Double
  /// The standard deviation over the training rows that have it.
  public let deviation: Double
  public let minimum: Double
  public let maximum: Double
  /// The share of training rows without it; above 0 there is an indicator, which enters as 0 or 1.
  public let missingShare: Double

  public init(
    mean: Double, scale: Double, deviation: Double? = nil, minimum: Double, maximum: Double,
    missingShare: Double
  ) {
    self.mean = mean
    self.scale = scale
    self.deviation = deviation ?? scale
    self.minimum = minimum
    self.maximum = maximum
    self.missingShare = missingShare
  }

  /// The parts with a column in the design: a value that never varied has none, only its absence.
  package var columnParts: [DesignColumn.Part] {
    (minimum < maximum ? [.value] : []) + (missingShare > 0 ? [.missing] : [])
  }
}

/// A number that enters the score with the coefficient 1, in log-odds.
public struct OffsetEncoding: Codable, Hashable, Sendable {
  /// Over the training rows, which all have it.
  public let mean: Double
  public let minimum: Double
  public let maximum: Double

  public init(mean: Double, minimum: Double, maximum: Double) {
    self.mean = mean
    self.minimum = minimum
    self.maximum = maximum
  }
}

/// A category as the code of its level.
public struct CategoryEncoding: Codable, Hashable, Sendable {
  /// The levels with a column of their own, in order of their UTF-8 bytes.
  public let levels: [String]
  /// Each level's share of the training rows.
  public let shares: [Double]
  /// The share of the training rows whose level was too rare; above 0 there is a pooled level.
  public let pooledShare: Double
  /// The share of the training rows without a value; above 0 there is a level for it.
  public let missingShare: Double
  /// Which of `parts` has the effect 0 and no column, for a fit without a penalty; `nil` with one.
  public let reference: Int?

  public init(
    levels: [String], shares: [Double], pooledShare: Double, missingShare: Double,
    reference: Int? = nil
  ) {
    self.levels = levels
    self.shares = shares
    self.pooledShare = pooledShare
    self.missingShare = missingShare
    self.reference = reference
  }

  /// What a customer can be: one of the levels, the pooled one, the missing one.
  public var parts: [DesignColumn.Part] {
    levels.map { .level($0) } + (pooledShare > 0 ? [.pooled] : [])
      + (missingShare > 0 ? [.missing] : [])
  }

  /// The parts with a column in the design.
  var columnParts: [DesignColumn.Part] {
    parts.enumerated().filter { $0.offset != reference }.map(\.element)
  }

  /// The effects of all `parts`, given those of the parts with a column.
  func effects(_ coefficients: ArraySlice<Double>) -> [Double] {
    var effects = Array(coefficients)
    if let reference { effects.insert(0, at: reference) }
    return effects
  }

  /// The shares of `parts`.
  public var partShares: [Double] {
    shares + (pooledShare > 0 ? [pooledShare] : []) + (missingShare > 0 ? [missingShare] : [])
  }

  /// The part of a level that is none of `levels`, and of no level at all; `nil` is the average customer.
  var unseenPart: Int? { pooledShare > 0 ? levels.count : nil }
  var missingPart: Int? {
    missingShare > 0 ? levels.count + (pooledShare > 0 ? 1 : 0) : nil
  }
}

/// A column of the design: a feature and what of it.
public struct DesignColumn: Hashable, Sendable {
  public enum Part: Hashable, Sendable {
    case value
    case level(String)
    case pooled
    case missing
  }
  public let feature: Feature
  public let part: Part

  /// How the column is called in tables, errors and files.
  public var name: String {
    switch part {
    case .value: feature.name
    case .level(let level): "\(feature.name)=\(level)"
    case .pooled: "\(feature.name)=(other)"
    case .missing: "\(feature.name)=(missing)"
    }
  }
}
