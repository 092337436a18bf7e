import Scoring
import Tables

/// What a trainer reads from a table before any feature: the outcomes, and the columns that say how each
/// row is to be treated.
struct TrainingReading {
  let target: Target
  /// Of a target with several values.
  let classes: [String]
  /// The rows with an outcome and a weight above 0.
  let rows: TrainingRows
  let unlabelledRowCount: Int
  let zeroWeightRowCount: Int

  init(trainer: Trainer, reader: RowReader) throws(TrainingError) {
    let (specification, table) = (trainer.specification, reader.table)
    try reader.checkColumns(of: trainer)
    let weights = try specification.weightColumn.map { name throws(TrainingError) in
      try reader.weights(name)
    }
    // A row of weight 0 is a row left out: nothing is asked of it.
    let counted = (0..<table.rowCount).filter { weights?[$0] != 0 }
    if counted.isEmpty, let column = specification.weightColumn { throw .noWeight(column: column) }
    let targetColumn = try reader.column(trainer.target)
    let reading =
      specification.kind == .multinomial
      ? try TargetReading(classesOf: targetColumn, rows: counted)
      : try TargetReading(targetColumn, rows: counted, positive: trainer.positive)
    // Of pairs, a customer has several.
    if let identifier = trainer.identifier, specification.kind != .choice,
      !reader.otherNames.contains(identifier)
    {
      try IdentifierCheck(table: table, rows: counted).check(reader.column(identifier))
    }
    let indices = counted.filter { !reading.outcomes[$0].isNaN }
    if let offset = specification.offsetColumn { try reader.checkOffsets(offset, rows: indices) }
    target = reading.target
    classes = reading.classes
    rows = TrainingRows(
      indices: indices, outcomes: indices.map { reading.outcomes[$0] },
      weights: weights.map { all in indices.map { all[$0] } },
      times: try trainer.timeColumn.map { name throws(TrainingError) in
        try reader.times(name, rows: indices)
      },
      groups: try specification.groupColumn.map { name throws(TrainingError) in
        try reader.groups(name, rows: indices, flag: "--group")
      })
    unlabelledRowCount = counted.count - indices.count
    zeroWeightRowCount = table.rowCount - counted.count
  }
}

/// Reads the columns that are no features, and says which line of the file is at fault.
struct RowReader {
  let table: Table
  /// Columns of the file that are not in `table`.
  var otherNames: Set<String> = []

  func column(_ name: String) throws(TrainingError) -> Column {
    guard let column = table.column(named: name) else {
      throw .missingColumn(
        name: name, nearest: nearestName(to: name, among: names))
    }
    return column
  }

  private var names: [String] { table.columns.map(\.name) + otherNames.sorted() }

  func checkColumns(of trainer: Trainer) throws(TrainingError) {
    let specification = trainer.specification
    var names = [trainer.target]
    names += [
      trainer.identifier, trainer.timeColumn, specification.groupColumn,
      specification.weightColumn, specification.offsetColumn, specification.clusterColumn,
      trainer.choiceSetColumn, trainer.offerColumn,
    ].compactMap { $0 }
    for name in names + trainer.excluded + trainer.allowedLeaks.sorted()
    where !otherNames.contains(name) { _ = try column(name) }
  }

  /// One weight a row, finite and not below 0.
  func weights(_ name: String) throws(TrainingError) -> [Double] {
    let values = try numbers(name, flag: "--weight")
    if let row = values.firstIndex(where: { !($0.isFinite && $0 >= 0) }) {
      throw .weightInvalid(
        column: name, place: table.place(ofRow: row),
        value: values[row].isNaN ? nil : values[row])
    }
    return values
  }

  /// Every one of `rows` needs a finite offset.
  func checkOffsets(_ name: String, rows: [Int]) throws(TrainingError) {
    let values = try numbers(name, flag: "--offset")
    if let row = rows.first(where: { !values[$0].isFinite }) {
      throw .offsetMissing(column: name, place: table.place(ofRow: row))
    }
  }

  func times(_ name: String, rows: [Int]) throws(TrainingError) -> [Double] {
    let column = try column(name)
    guard column.kind == .date, case .numbers(let seconds) = column.values else {
      throw .timeIsNoDate(column: name, kind: column.kind)
    }
    return rows.map { seconds[$0] }
  }

  /// A code for each of `rows`, the same for rows of one value.
  func groups(_ name: String, rows: [Int], flag: String) throws(TrainingError) -> [UInt32] {
    let codes = try column(name).codes(rows: rows)
    if let place = codes.firstIndex(of: nil) {
      throw .groupMissing(column: name, flag: flag, place: table.place(ofRow: rows[place]))
    }
    return codes.compactMap(\.self)
  }

  private func numbers(_ name: String, flag: String) throws(TrainingError) -> [Double] {
    let column = try column(name)
    guard column.kind == .number, case .numbers(let values) = column.values else {
      throw .notNumbers(column: name, flag: flag, kind: column.kind)
    }
    return values
  }
}

extension Column {
  /// One code for each distinct value, in the order of their first rows; `nil` where a row has no value.
  fileprivate func codes(rows: [Int]) -> [UInt32?] {
    switch values {
    case .categories(let codes, _):
      return rows.map { codes[$0] == ColumnValues.missingCode ? nil : codes[$0] }
    case .numbers(let values):
      var known: [Double: UInt32] = [:]
      return rows.map { row in
        let value = values[row]
        if value.isNaN { return nil }
        let code = known[value] ?? UInt32(truncatingIfNeeded: known.count)
        known[value] = code
        return code
      }
    case .text(let texts):
      var levels = LevelDictionary()
      return rows.map { row in texts.withBytes(row) { $0.isEmpty ? nil : levels.insert($0) } }
    }
  }
}
