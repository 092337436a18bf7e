import Evaluation
import Scoring
import SpecialFunctions
import Tables

/// Learns an `Encoder` from the training rows of a table, and says which columns are no features.
struct EncoderFitting {
  let table: Table
  /// The training rows: nothing is learned from any other.
  let rows: [Int]
  /// How many times each of `rows` counts; once where `nil`.
  var weights: [Double]?
  /// Levels with fewer training rows than this are pooled.
  let minLevelCount: Int
  /// Days are counted back from here; the latest date of the training rows where `nil`, sentinels aside.
  let snapshot: Double?
  /// What a unit of a number is to be.
  var scale = FitRecord.Scale.standardized
  /// The column that is added to the score.
  var offsetColumn: String?
  /// Whether one level of each category is to be the reference, as a fit without a penalty needs.
  let fixesReference: Bool
  /// The words that mean a missing value, to be kept with the encoder.
  var missing: [String] = []
  /// Columns that are not in `table`, but whose names are taken.
  var otherNames: Set<String> = []

  /// - Parameter reserved: columns that have another part to play, and which.
  func fit(reserved: [String: String]) -> (encoder: Encoder, leftOut: [LeftOutColumn]) {
    var features: [Feature] = []
    var leftOut: [LeftOutColumn] = []
    for column in table.columns {
      if column.name == offsetColumn, let offset = offset(column) {
        features.append(offset)
        continue
      }
      if let role = reserved[column.name] {
        leftOut.append(LeftOutColumn(column: column.name, reason: role))
        continue
      }
      let found = self.features(of: column)
      features += found
      if found.isEmpty {
        leftOut.append(LeftOutColumn(column: column.name, reason: reason(column)))
      }
    }
    let hasDates = features.contains { $0.source.isDate }
    let encoder = Encoder(
      features: features, snapshot: hasDates ? snapshotInUse : nil, missing: missing)
    return (encoder, leftOut)
  }

  private func features(of column: Column) -> [Feature] {
    switch (column.kind, column.values) {
    case (.number, .numbers(let values)):
      return feature(column, .number, number(values))
    case (.boolean, .numbers(let values)):
      return feature(column, .boolean, number(values, isScaled: false))
    case (.category, .categories(let codes, let levels)):
      return feature(column, .category, category(codes, levels))
    case (.date, .numbers(let seconds)):
      return dateFeatures(column, seconds)
    default:
      return []
    }
  }

  private func dateFeatures(_ column: Column, _ seconds: [Double]) -> [Feature] {
    let order = column.schema.order ?? .yearFirst
    if column.schema.encode == .parts {
      let month = partCodes(seconds, count: 12) { $0.month }
      let weekday = partCodes(seconds, count: 7) { $0.weekday }
      return feature(column, .month(order), category(month.codes, month.levels), part: "month")
        + feature(column, .weekday(order), category(weekday.codes, weekday.levels), part: "weekday")
    }
    let snapshot = snapshotInUse ?? 0
    return feature(
      column, .daysBeforeSnapshot(order), number(seconds.map { (snapshot - $0) / 86_400 }))
  }

  private func feature(
    _ column: Column, _ source: FeatureSource, _ encoding: FeatureEncoding?, part: String? = nil
  ) -> [Feature] {
    guard let encoding else { return [] }
    let name = part.map { partName(of: column.name, $0) } ?? column.name
    return [Feature(name: name, column: column.name, source: source, encoding: encoding)]
  }

  /// A name for one part of a date that no column has.
  private func partName(of column: String, _ part: String) -> String {
    var name = "\(column) \(part)"
    var mark = ":"
    while table.column(named: name) != nil || otherNames.contains(name) {
      name = "\(column)\(mark) \(part)"
      mark += ":"
    }
    return name
  }

  /// The moments of the training rows' values; `nil` where they do not vary, or too far to be scaled.
  private func number(_ values: [Double], isScaled: Bool = true) -> FeatureEncoding? {
    let moments = moments(values)
    guard let mean = moments.mean, let deviation = moments.deviation, deviation.isFinite,
      let minimum = moments.minimum, let maximum = moments.maximum
    else { return nil }
    let missingShare = share { values[$0].isNaN }
    guard minimum < maximum || missingShare > 0 else { return nil }
    let isStandardized = isScaled && scale == .standardized && deviation > 0
    return .number(
      NumberEncoding(
        mean: mean, scale: isStandardized ? deviation : 1, deviation: deviation,
        minimum: minimum, maximum: maximum, missingShare: missingShare))
  }

  private func offset(_ column: Column) -> Feature? {
    guard case .numbers(let values) = column.values else { return nil }
    let moments = moments(values)
    guard let mean = moments.mean, let minimum = moments.minimum, let maximum = moments.maximum
    else { return nil }
    return Feature(
      name: column.name, column: column.name, source: .number,
      encoding: .offset(OffsetEncoding(mean: mean, minimum: minimum, maximum: maximum)))
  }

  private func moments(_ values: [Double]) -> WeightedMoments {
    var moments = WeightedMoments()
    for (place, row) in rows.enumerated() where !values[row].isNaN {
      moments.add(values[row], weight: weights?[place] ?? 1)
    }
    return moments
  }

  /// The part of the weight of the rows for which `holds` is true; exactly 0 for none.
  private func share(_ holds: (Int) -> Bool) -> Double {
    var sum = 0.0
    for (place, row) in rows.enumerated() where holds(row) { sum += weights?[place] ?? 1 }
    return sum / totalWeight
  }

  private var totalWeight: Double { weights?.reduce(0, +) ?? Double(rows.count) }

  /// The levels of the training rows with their shares; `nil` where there is only one, or one pool.
  private func category(_ codes: [UInt32], _ levels: [String]) -> FeatureEncoding? {
    var counts = [Double](repeating: 0, count: levels.count)
    for (place, row) in rows.enumerated() where codes[row] != ColumnValues.missingCode {
      counts[Int(codes[row])] += weights?[place] ?? 1
    }
    let isKept = counts.map { $0 > 0 && $0 >= Double(minLevelCount) }
    let kept = levels.indices.filter { isKept[$0] }
      .sorted { levels[$0].utf8.lexicographicallyPrecedes(levels[$1].utf8) }
    let pooledCount = levels.indices.reduce(0) { isKept[$1] ? $0 : $0 + counts[$1] }
    let total = totalWeight
    let all = CategoryEncoding(
      levels: kept.map { levels[$0] }, shares: kept.map { counts[$0] / total },
      pooledShare: pooledCount / total,
      missingShare: share { codes[$0] == ColumnValues.missingCode })
    guard all.parts.count >= 2 else { return nil }
    guard fixesReference else { return .category(all) }
    let reference = all.partShares.indices.max { all.partShares[$0] < all.partShares[$1] }
    return .category(
      CategoryEncoding(
        levels: all.levels, shares: all.shares, pooledShare: all.pooledShare,
        missingShare: all.missingShare, reference: reference))
  }

  private func partCodes(
    _ seconds: [Double], count: Int, part: (DateParts) -> Int
  ) -> (codes: [UInt32], levels: [String]) {
    let codes = seconds.map {
      $0.isNaN ? ColumnValues.missingCode : UInt32(part(DateParts(seconds: $0)) - 1)
    }
    return (codes, (1...count).map { String($0) })
  }

  /// 2200-01-01. Dates from here on mean "never" or "no end", as 9999-12-31 does, and are no day on which
  /// an export was made.
  static let earliestSentinel = 7_258_118_400.0

  /// The latest date among the training rows before `earliestSentinel`, unless a snapshot was given; the
  /// latest of all where none is before it, `nil` without dates.
  private var snapshotInUse: Double? {
    snapshot ?? latestDate
  }

  /// `nil` without dates.
  var latestDate: Double? {
    Self.snapshot(
      ofLatest: table.columns.flatMap { column -> [Double] in
        guard column.kind == .date, case .numbers(let seconds) = column.values else { return [] }
        return [
          Self.latest(rows, of: seconds) { $0 < Self.earliestSentinel },
          Self.latest(rows, of: seconds) { !$0.isNaN },
        ].compactMap(\.self)
      })
  }

  /// The latest of `dates` before `earliestSentinel`; the latest of all where none is before it.
  static func snapshot(ofLatest dates: [Double]) -> Double? {
    dates.filter { $0 < earliestSentinel }.max() ?? dates.max()
  }

  private static func latest(
    _ rows: [Int], of seconds: [Double], where counts: (Double) -> Bool
  ) -> Double? {
    rows.lazy.map { seconds[$0] }.filter(counts).max()
  }

  private func reason(_ column: Column) -> String {
    switch column.kind {
    case .identifier: return "identifies customers: nearly every value is distinct"
    case .text: return "free text"
    case .number, .boolean, .date, .category:
      let present = rows.filter { !column.values.isMissing($0) }
      if present.isEmpty { return "empty in every training row" }
      if !column.values.vary(in: present) { return "constant in the training rows" }
      return column.kind == .number
        ? "too far apart for their spread to be a number"
        : "every level has fewer than \(minLevelCount) training rows"
    }
  }
}

extension ColumnValues {
  /// Whether two of `rows`, none of them missing, differ.
  fileprivate func vary(in rows: [Int]) -> Bool {
    guard let first = rows.first else { return false }
    return switch self {
    case .numbers(let values): rows.contains { values[$0] != values[first] }
    case .categories(let codes, _): rows.contains { codes[$0] != codes[first] }
    case .text: false
    }
  }
}

extension FeatureSource {
  var isDate: Bool {
    switch self {
    case .number, .boolean, .category: false
    case .daysBeforeSnapshot, .month, .weekday: true
    }
  }
}
