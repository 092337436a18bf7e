import ArgumentParser
import CustomerData
import Tables

extension CustomerCommand {
  struct Erase: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "Erases a person from every table, rejected records and named outputs; totals stay.",
      discussion: """
        Example: hourglass customer erase ann@example.com --store hourglass.db --files scores.csv

        A later import does not bring the person back. What is not reached: backups, models trained \
        before, and the files that were imported.
        """)

    @Argument(
      help: "An identity, as ann@example.com or email:ann@example.com, or a number as '#12'.")
    var id: String
    @OptionGroup var location: StoreOptions
    @Option(
      parsing: .upToNextOption,
      help: ArgumentHelp(
        "CSV outputs to take the person's rows out of.", valueName: "file"))
    var files: [String] = []
    @Flag(help: "Print one JSON object.") var json = false

    private struct Answer: Encodable {
      let erasedRows: [String: Int]
      let files: [String: Int]
    }

    func run() throws {
      let store = try location.open()
      let customer = try store.customer(named: id)
      let identities = try store.profile(of: customer, timelineLimit: 0)?.identities ?? []
      // The outputs first: afterwards nothing would be left to know their rows by.
      let names = Set(identities.map(\.value) + ["#\(customer)"])
      var fileCounts: [String: Int] = [:]
      for file in files { fileCounts[file] = try OutputErasure(names: names).run(path: file) }
      let removed = try store.erase(customer, at: presentInstant())
      let answer = Answer(
        erasedRows: .init(uniqueKeysWithValues: removed.map { ($0.rawValue, $1) }),
        files: fileCounts)
      if json { return try Console.printJSON(answer) }
      let rows = answer.erasedRows.merging(answer.files) { $0 + $1 }.sorted { $0.key < $1.key }
      try Console.print("erased one person; rows removed:")
      try Console.print(alignedTable(rows.map { [$0.key, "\($0.value)"] }))
    }
  }
}

/// Takes the rows that name a person out of a CSV file, which is replaced when it is complete.
private struct OutputErasure {
  let names: Set<String>

  /// The columns whose cells name people; a number in another one is no id.
  private static let columns: Set<String> = [
    "id", "customer", "customer_id", "user_id", "email", "phone", "anonymous_id", "loyalty_card",
    "external_id", "device",
  ]

  /// - Returns: how many rows were taken out.
  /// - Throws: `UsageError` where no column names people.
  func run(path: String) throws -> Int {
    let header = try CSVFile(path: path).header
    let places = header.indices.filter { Self.columns.contains(header[$0].lowercased()) }
    guard !places.isEmpty else {
      throw UsageError(
        "\(path): no column names people; it needs one of \(Self.columns.sorted().joined(separator: ", "))"
      )
    }
    let output = try OutputFile(path: path)
    var taken = 0
    // A cell with a line break would be two lines here; what this program writes has none.
    try forEachLine(of: path) { line, number, _ in
      let cells = number == 1 ? [] : Self.cells(line)
      if places.contains(where: { $0 < cells.count && names.contains(cells[$0]) }) {
        taken += 1
      } else {
        try output.write(Array(line) + [UInt8(ascii: "\n")])
      }
    }
    try output.commit()
    return taken
  }

  /// The cells of a line of RFC 4180.
  private static func cells(_ line: UnsafeRawBufferPointer) -> [String] {
    var cells: [[UInt8]] = [[]]
    var isQuoted = false
    for byte in line {
      if byte == UInt8(ascii: "\"") {
        isQuoted.toggle()
      } else if byte == UInt8(ascii: ","), !isQuoted {
        cells.append([])
      } else {
        cells[cells.count - 1].append(byte)
      }
    }
    return cells.map { String(decoding: $0, as: UTF8.self) }
  }
}
