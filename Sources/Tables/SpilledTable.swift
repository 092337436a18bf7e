/// A table whose rows are in files: a column at a time, or some rows at a time, can be had in memory.
///
/// It has the columns that a model can be made of. Identifiers and free text have a type and no values.
public struct SpilledTable: Sendable {
  public let rowCount: Int
  private let columns: [SpilledColumn]
  private let places: [String: Int]

  init(rowCount: Int, columns: [SpilledColumn]) {
    self.rowCount = rowCount
    self.columns = columns
    places = Dictionary(zip(columns.map(\.name), columns.indices)) { first, _ in first }
  }

  /// The columns' names, in the order of the file.
  public var names: [String] { columns.map(\.name) }

  public func kind(of name: String) -> ColumnKind? { places[name].map { columns[$0].schema.type } }

  /// A table of one column and all rows; of no rows where the column has no values.
  public func column(named name: String) -> Table? {
    guard let column = places[name].map({ columns[$0] }) else { return nil }
    let count = column.hasValues ? rowCount : 0
    return Table(rowCount: count, columns: [column.column(0..<count)])
  }

  /// A table of some rows, and of all columns that have values.
  public func rows(_ range: Range<Int>) -> Table {
    Table(
      rowCount: range.count, columns: columns.filter(\.hasValues).map { $0.column(range) })
  }
}

/// One column's values in a file.
struct SpilledColumn: Sendable {
  enum Values: Sendable {
    case numbers(MappedRegion)
    /// Codes of texts, and the number that each is.
    case codedNumbers(MappedRegion, [Double])
    /// Codes of texts, and the code of `levels` that each is.
    case categories(MappedRegion, [UInt32], levels: [String])
    case none
  }
  let name: String
  let schema: ColumnSchema
  let values: Values

  var hasValues: Bool { if case .none = values { false } else { true } }

  /// The column of some rows, in memory.
  func column(_ rows: Range<Int>) -> Column {
    let found: ColumnValues =
      switch values {
      case .numbers(let region): .numbers(Self.copy(rows, of: region) { (value: Double) in value })
      case .codedNumbers(let region, let numbers):
        .numbers(Self.copy(rows, of: region) { (code: UInt32) in numbers[Int(code)] })
      case .categories(let region, let map, let levels):
        .categories(
          codes: Self.copy(rows, of: region) { (code: UInt32) in map[Int(code)] }, levels: levels)
      case .none: .text(TextColumn())
      }
    return Column(name: name, schema: schema, values: found)
  }

  /// Copies a few megabytes at a time, so that never more than those are in memory twice.
  private static func copy<Element, Value>(
    _ rows: Range<Int>, of region: MappedRegion, _ transform: (Element) -> Value
  ) -> [Value] {
    let source = region.bytes.bindMemory(to: Element.self)
    let stride = MemoryLayout<Element>.stride
    let step = 1 << 19
    func bytes(from first: Int) -> Range<Int> {
      min(first, rows.upperBound) * stride..<min(first + step, rows.upperBound) * stride
    }
    var values: [Value] = []
    values.reserveCapacity(rows.count)
    region.prefetch(bytes(from: rows.lowerBound))
    for first in Swift.stride(from: rows.lowerBound, to: rows.upperBound, by: step) {
      region.prefetch(bytes(from: first + step))
      for row in first..<min(first + step, rows.upperBound) {
        values.append(transform(source[row]))
      }
      region.release(bytes(from: first))
    }
    return values
  }
}
