import SpecialFunctions

/// What a run of customers adds to each file.
struct ShopBlock: Sendable {
  var bytes = [[UInt8]](repeating: [], count: ShopFile.allCases.count)
  var counts = ShopCounts()
  /// Visits by advertisement, by day and channel.
  var clicks: [Int]

  init(days: Int) { clicks = [Int](repeating: 0, count: days * AdChannel.allCases.count) }

  subscript(file: ShopFile) -> [UInt8] {
    _read { yield bytes[file.rawValue] }
    _modify { yield &bytes[file.rawValue] }
  }

  /// Ends a row of a CSV file.
  mutating func endRow(_ file: ShopFile) {
    self[file].endLine()
    counts.records[file.rawValue] += 1
  }

  /// Files with fewer rows in a block get no unreadable one: an import stops at 1 % of them.
  static let rowsPerBrokenRow = 200

  /// Plants a row that cannot be read in each file that is large enough.
  mutating func plantBrokenRows(number: Int) {
    let broken: [(ShopFile, String)] = [
      (
        .orders,
        "S-broken-\(number),yesterday,,,,paid,store,RUB,1.00,0.00,1.00,P-1,x,tea,Elm,1,1.00,1.00"
      ),
      (.messages, "broken-\(number),U0000001,email,,,,,,soon,,,,,,,,"),
      (.leads, "L-broken-\(number),some day,,,,fair,,,,new,,,,,,"),
      (.consents, "U0000001,email,marketing,perhaps,2025-01-01T00:00:00.000Z,"),
    ]
    for (file, row) in broken where counts.records[file.rawValue] >= Self.rowsPerBrokenRow {
      self[file].add(row)
      endRow(file)
      counts.rejects[file.rawValue] += 1
    }
    guard counts.records[ShopFile.events.rawValue] >= Self.rowsPerBrokenRow else { return }
    self[.events].add("{\"type\":\"track\",\"event\":\"Product Viewed\",\"messageId\":\"cut-")
    self[.events].add(number)
    endRow(.events)
    counts.rejects[ShopFile.events.rawValue] += 1
  }
}
