import Experiments
import Tables

/// Which columns of a file of exposures mean what, and how their cells become a batch.
struct ExposureColumns: Sendable {
  let actions: [ColumnAction]
  private let layout: ExposureLayout
  private let key: String
  private let variants: [String]
  private let headerOfVariant: String
  /// `nil` in wide files of rows without ids.
  private let unit: Int?
  private let variant: Int
  private let time: Int?
  private let experiment: Int?
  private let eligibility: Int?
  /// Columns of texts and of numbers, in the layout's order.
  private let levels: [Int]
  private let numbers: [Int]
  /// Whether a unit without a probability is refused: where the columns are there.
  private let probabilityStart: Int
  private let check: AssignmentCheck?

  struct Part: Sendable {
    var batch: ExposureBatch?
    /// In place of the batch where units have no ids.
    var rows: Rows?
    var exclusions = Exclusions()
    var fault: RowFault?
  }

  /// What exposures carry, judged by the first file: whether covariates are numbers or texts, and
  /// whether probabilities were logged.
  static func layout(
    _ definition: ExperimentDefinition, _ columns: ColumnNames, file: CSVFile
  ) throws -> ExposureLayout {
    let schemas = file.previewedSchemas()
    var layout = ExposureLayout(dimensions: definition.dimensions)
    for name in definition.covariates {
      switch schemas[try file.column(named: name)].type {
      case .number, .boolean: layout.covariates.append(name)
      default: layout.categories.append(name)
      }
    }
    layout.hasScore = definition.score != nil
    if try columns.place(.probability, in: file, unit: definition.unit) != nil {
      layout.probabilityCount = 1
    } else if let places = probabilityPlaces(definition, file) {
      layout.probabilityCount = places.count
    }
    return layout
  }

  /// One column for each variant, as `probability_control`.
  private static func probabilityPlaces(
    _ definition: ExperimentDefinition, _ file: CSVFile
  ) -> [Int]? {
    let places = definition.variants.compactMap { file.header.firstIndex(of: "probability_\($0)") }
    return places.count == definition.variants.count ? places : nil
  }

  init(
    _ definition: ExperimentDefinition, _ columns: ColumnNames, file: CSVFile,
    layout: ExposureLayout, isTimeless: Bool, check: AssignmentCheck?
  ) throws {
    self.check = check
    self.layout = layout
    key = definition.key
    variants = definition.variants
    unit =
      layout.outcomeCount > 0
      ? try columns.place(.unit, in: file, unit: definition.unit)
      : try columns.required(.unit, in: file, unit: definition.unit)
    variant = try columns.required(.variant, in: file, unit: definition.unit)
    headerOfVariant = file.header[variant]
    time = isTimeless ? nil : try columns.required(.time, in: file, unit: definition.unit)
    experiment = try columns.place(.experiment, in: file, unit: definition.unit)
    eligibility = try definition.eligibility.map { try file.column(named: $0.column) }
    levels = try (layout.dimensions + layout.categories).map { try file.column(named: $0) }
    var numbers = try layout.covariates.map { try file.column(named: $0) }
    if let score = definition.score { numbers.append(try file.column(named: score)) }
    probabilityStart = numbers.count
    switch layout.probabilityCount {
    case 0: break
    case 1:
      guard definition.variants.count == 2 else {
        throw ExperimentFileError.data(
          path: file.path, line: 1,
          problem: "one column of probabilities for \(definition.variants.count) variants;"
            + " give one for each, as 'probability_\(definition.control)'")
      }
      numbers.append(try columns.required(.probability, in: file, unit: definition.unit))
    default:
      numbers += try definition.variants.map { try file.column(named: "probability_\($0)") }
    }
    let schemas = file.previewedSchemas()
    let outcomes =
      layout.outcomeCount > 0
      ? try ConversionLog(definition: definition).events.map { try file.column(named: $0) } : []
    numbers += outcomes
    self.numbers = numbers
    var actions = [ColumnAction](repeating: .skip, count: file.header.count)
    if let eligibility, let levels = definition.eligibility?.levels {
      actions[eligibility] = .knownLevels(LevelDictionary(levels))
    }
    if let experiment { actions[experiment] = .knownLevels(LevelDictionary([key])) }
    for place in levels { actions[place] = .levels }
    for place in numbers { actions[place] = schemas[place].type == .boolean ? .boolean : .number }
    if let time { actions[time] = .instant(schemas[time].order ?? .yearFirst) }
    if let unit { actions[unit] = .text }
    actions[variant] = .levels
    self.actions = actions
    eligibleCount = UInt32(definition.eligibility?.levels.count ?? 0)
  }

  private let eligibleCount: UInt32

  func exposures(_ chunk: DecodedChunk, nowSeconds: Double) -> Part {
    var part = Part()
    guard case .levels(let codes, let dictionary) = chunk.columns[variant] else { return part }
    let indices = dictionary.levels.map { variants.firstIndex(of: $0).map { UInt8($0) } }
    let cells = cells(chunk, nowSeconds: nowSeconds)
    var rows = Rows(
      capacity: chunk.rowCount, keepsRows: layout.levelCount + layout.numberCount > 0)
    for row in 0..<chunk.rowCount {
      if cells.isOfOther(row) {
        part.exclusions.add(1, .otherExperiment)
        continue
      }
      guard let index = indices[Int(codes[row])] else {
        part.fault = fault(
          variant: dictionary.level(Int(codes[row])), line: chunk.lines[row])
        return part
      }
      if let reason = cells.exclusion(row) {
        part.exclusions.add(1, reason)
        continue
      }
      if let probability = cells.badProbability(row) {
        part.fault = fault(probability: probability, line: chunk.lines[row])
        return part
      }
      if let reason = cells.assignmentFault(row, variant: variants[Int(index)], check) {
        part.exclusions.add(1, reason)
      }
      rows.append(row, cells.key(row), index, cells.milliseconds(row))
    }
    readColumns(chunk, into: &rows)
    if unit == nil {
      part.rows = rows
    } else {
      part.batch = batch(rows)
    }
    return part
  }

  private func cells(_ chunk: DecodedChunk, nowSeconds: Double) -> Cells {
    var ids: TextColumn?
    if let unit, case .text(let texts) = chunk.columns[unit] { ids = texts }
    return Cells(
      ids: ids, times: time.map { Self.numbers(chunk.columns[$0]) },
      experiments: experiment.map { Self.codes(chunk.columns[$0]) },
      eligible: eligibility.map { Self.codes(chunk.columns[$0]) }, eligibleCount: eligibleCount,
      probabilities: numbers[probabilityStart..<probabilityStart + layout.probabilityCount].map {
        Self.numbers(chunk.columns[$0])
      }, nowSeconds: nowSeconds)
  }

  /// What decides whether a row counts, of one chunk.
  private struct Cells {
    let ids: TextColumn?
    let times: [Double]?
    let experiments: [UInt32]?
    let eligible: [UInt32]?
    let eligibleCount: UInt32
    let probabilities: [[Double]]
    let nowSeconds: Double

    @inline(__always)
    func isOfOther(_ row: Int) -> Bool { experiments.map { $0[row] != 0 } ?? false }

    /// Why the row is left out, `nil` where it is not.
    @inline(__always)
    func exclusion(_ row: Int) -> Exclusions.Reason? {
      if let eligible, eligible[row] >= eligibleCount { return .notEligible }
      if let ids, ids.withBytes(row, \.isEmpty) { return .emptyUnit }
      guard let times else { return nil }
      if times[row] > nowSeconds { return .exposureInFuture }
      return LogInstant.milliseconds(times[row]) == nil ? .noExposureTime : nil
    }

    /// Of a unit that has an id, or of one that goes by its place in the files.
    @inline(__always)
    func key(_ row: Int) -> UnitKey { ids?.withBytes(row) { UnitKey($0) } ?? UnitKey("") }

    @inline(__always)
    func milliseconds(_ row: Int) -> Int { times.flatMap { LogInstant.milliseconds($0[row]) } ?? 0 }

    func badProbability(_ row: Int) -> Double? {
      probabilities.lazy.map { $0[row] }.first { !($0 > 0 && $0 <= 1) }
    }

    func assignmentFault(
      _ row: Int, variant: String, _ check: AssignmentCheck?
    ) -> Exclusions.Reason? {
      guard let check, let ids else { return nil }
      return check.fault(unit: ids[row], variant: variant, seconds: times.map { $0[row] })
    }
  }

  /// The exposures of a chunk that are kept, column by column.
  struct Rows: Sendable {
    let keepsRows: Bool
    var levels: [[UInt32]] = []
    var levelNames: [[String]] = []
    var numbers: [[Double]] = []
    var kept: [Int] = []
    var units: [UnitKey] = []
    var variants: [UInt8] = []
    var milliseconds: [Int] = []

    /// - Parameter keepsRows: whether there are columns to be read at those rows.
    init(capacity: Int, keepsRows: Bool) {
      self.keepsRows = keepsRows
      units.reserveCapacity(capacity)
      variants.reserveCapacity(capacity)
      milliseconds.reserveCapacity(capacity)
    }

    mutating func append(_ row: Int, _ unit: UnitKey, _ variant: UInt8, _ instant: Int) {
      if keepsRows { kept.append(row) }
      units.append(unit)
      variants.append(variant)
      milliseconds.append(instant)
    }
  }

  private func readColumns(_ chunk: DecodedChunk, into rows: inout Rows) {
    for place in levels {
      guard case .levels(let codes, let dictionary) = chunk.columns[place] else { continue }
      rows.levels.append(rows.kept.map { codes[$0] })
      rows.levelNames.append(dictionary.levels)
    }
    rows.numbers = numbers.map { place in
      let values = Self.numbers(chunk.columns[place])
      return rows.kept.map { values[$0] }
    }
  }

  private func batch(_ rows: Rows) -> ExposureBatch {
    ExposureBatch(
      layout: layout, units: rows.units, variants: rows.variants,
      milliseconds: rows.milliseconds, levels: rows.levels, levelNames: rows.levelNames,
      numbers: rows.numbers)
  }

  /// The batch of rows without ids, which are numbered from `firstUnit`.
  func batch(_ rows: Rows, firstUnit: Int) -> ExposureBatch {
    var numbered = rows
    for place in numbered.units.indices { numbered.units[place] = UnitKey("\(firstUnit + place)") }
    return batch(numbered)
  }

  private func fault(probability: Double, line: UInt32) -> RowFault {
    RowFault(
      line: line,
      problem: "the assignment probability is \(probability.isNaN ? "missing" : "\(probability)");"
        + " log the probability, in (0, 1], of every decision")
  }

  private func fault(variant text: String, line: UInt32) -> RowFault {
    if text == headerOfVariant { return .repeatedHeader(line: line) }
    if text.isEmpty {
      return RowFault(
        line: line, problem: "no variant; give the exposures of units that were assigned one")
    }
    return RowFault(
      line: line,
      problem: "unknown variant '\(text)'; the definition has \(variants.joined(separator: ", "));"
        + " correct either, or give the exposures of this experiment alone")
  }

  static func numbers(_ column: DecodedColumn) -> [Double] {
    if case .numbers(let values) = column { values } else { [] }
  }

  static func codes(_ column: DecodedColumn) -> [UInt32] {
    if case .codes(let codes) = column { codes } else { [] }
  }
}
