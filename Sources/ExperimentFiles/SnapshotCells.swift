import Tables

/// The cells of a table of snapshots, each with its line where it cannot be read.
struct SnapshotCells {
  private let table: Table
  private let path: String

  init(_ table: Table, path: String) {
    self.table = table
    self.path = path
  }

  func has(_ name: String) -> Bool { table.column(named: name) != nil }

  func line(_ row: Int) -> Int {
    if case .line(let line) = table.place(ofRow: row) { line } else { row + 1 }
  }

  func fault(_ row: Int, _ problem: String) -> ExperimentFileError {
    .data(path: path, line: line(row), problem: problem)
  }

  /// The text of the first of `names` that the table has; `nil` where it has none.
  func text(_ row: Int, _ names: [String]) throws -> String? {
    guard let column = names.lazy.compactMap({ table.column(named: $0) }).first else { return nil }
    if column.values.isMissing(row) { throw fault(row, "column '\(column.name)' is empty") }
    switch column.values {
    case .categories(let codes, let levels): return levels[Int(codes[row])]
    case .text(let texts): return texts[row]
    case .numbers(let values):
      let value = values[row]
      return Int(exactly: value).map { "\($0)" } ?? "\(value)"
    }
  }

  func number(_ row: Int, _ name: String, isNot kind: String = "no number") throws -> Double {
    guard let column = table.column(named: name) else {
      throw ExperimentFileError.data(
        path: path, line: 1, problem: "no column '\(name)'; export it too")
    }
    guard case .numbers(let values) = column.values, values[row].isFinite else {
      throw fault(row, "column '\(name)' is \(kind)")
    }
    return values[row]
  }

  func count(_ row: Int, _ name: String) throws -> Int {
    let value = try number(row, name)
    guard value >= 0, value <= 1e15, let count = Int(exactly: value) else {
      throw fault(row, "column '\(name)' is \(value); give a count, from 0 to 1e15")
    }
    return count
  }

  /// When the snapshot was taken: an instant, or a number of days since the start.
  func time(_ row: Int) throws -> (time: Double, isInstant: Bool) {
    let names = ["time", "timestamp", "date", "day", "time_since_start"]
    guard let column = names.lazy.compactMap({ table.column(named: $0) }).first else {
      throw ExperimentFileError.data(
        path: path, line: 1, problem: "no column of the day; name it 'day' or 'time'")
    }
    let time = try number(row, column.name, isNot: "neither a date nor a number of days")
    return (time, column.kind == .date)
  }
}
