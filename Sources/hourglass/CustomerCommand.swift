import ArgumentParser
import CustomerData
import Tables

struct CustomerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "customer",
    abstract: "Shows, joins, parts, erases or readmits customers.",
    subcommands: [Show.self, Merge.self, Unmerge.self, Erase.self, Allow.self])

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Shows a customer's identities, traits, consents, merges and timeline.")

    @Argument(
      help: "An identity, as ann@example.com or email:ann@example.com, or a number as '#12'.")
    var id: String
    @OptionGroup var location: StoreOptions
    @Option(help: "The latest so many entries of the timeline.") var limit = 50
    @Flag(help: "Print one JSON object.") var json = false

    func validate() throws {
      guard (0...1_000_000).contains(limit) else {
        throw ValidationError("--limit is \(limit); give 0 to 1000000")
      }
    }

    func run() throws {
      let store = try location.openReadOnly()
      let customer = try store.customer(named: id)
      guard let profile = try store.profile(of: customer, timelineLimit: limit) else {
        throw StoreError.noCustomer(store: store.location)
      }
      if json { try Console.printJSON(profile) } else { try Console.print(profile.text) }
    }
  }

  struct Merge: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Joins two customers: from now on they count as one.")

    @Argument(help: "The customer to join.") var id: String
    @Option(help: "The customer to join it to.") var into: String
    @OptionGroup var location: StoreOptions
    @Flag(help: "Print one JSON object.") var json = false

    func run() throws {
      let store = try location.open()
      let (loser, winner) = (try store.customer(named: id), try store.customer(named: into))
      let merge = try store.merge(loser, into: winner, at: presentInstant())
      let answer = MergeAnswer(mergeID: merge, customer: winner)
      if json { return try Console.printJSON(answer) }
      try Console.print(
        "merge \(merge) joined the two; 'hourglass customer unmerge \(merge)' undoes it")
    }
  }

  struct Unmerge: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Undoes a line of the merge log; what was believed before stays on record.")

    @Argument(help: "The number of the merge, which 'customer show' lists.") var merge: Int64
    @OptionGroup var location: StoreOptions
    @Flag(help: "Print one JSON object.") var json = false

    func run() throws {
      let store = try location.open()
      try store.undoMerge(merge, at: presentInstant())
      if json { return try Console.printJSON(MergeAnswer(mergeID: merge, customer: nil)) }
      try Console.print("merge \(merge) is undone")
    }
  }
}

private struct MergeAnswer: Encodable {
  let mergeID: Int64
  let customer: Int64?
}

extension CustomerStore {
  /// The one customer meant by a number `#12`, `KIND:VALUE`, or a value of any kind.
  func customer(named text: String) throws -> Int64 {
    let matches = try candidates(text)
    let customers = Set(matches.map(\.customer))
    guard let customer = customers.first else { throw StoreError.noCustomer(store: location) }
    guard customers.count == 1 else {
      throw StoreError.severalCustomers(
        store: location, kinds: Set(matches.map(\.kind.rawValue)).sorted())
    }
    return customer
  }

  private func candidates(_ text: String) throws -> [CustomerMatch] {
    if text.hasPrefix("#") { return try customers(matching: text, kind: nil) }
    let named = possibleIdentities(text)
    return try named.flatMap { try customers(matching: $0.value, kind: $0.kind) }
  }
}

extension Profile {
  /// The parts as tables, those that are empty left out.
  fileprivate var text: String {
    var parts = ["customer #\(customer)"]
    func add(_ title: String, _ rows: [[String]]) {
      if !rows.isEmpty { parts.append(title + "\n" + leftAlignedTable(rows)) }
    }
    add(
      "identities",
      identities.map {
        [
          $0.kind.rawValue, $0.value, "known \($0.knownAt)", $0.source,
          $0.isShared ? "shared, joins nobody" : "",
        ]
      })
    add("traits", traits.map { [$0.key, $0.value, "\($0.eventTime)", $0.source] })
    add(
      "consents",
      consents.map {
        [$0.channel, $0.purpose, $0.status.rawValue, "\($0.eventTime)", $0.source]
      })
    add(
      "merges",
      merges.map {
        [
          "\($0.mergeID)", "\($0.loser.kind.rawValue) into \($0.winner.kind.rawValue)",
          $0.rule.rawValue,
          "known \($0.knownAt)", $0.undoneAt.map { "undone \($0)" } ?? "",
        ]
      })
    let shown =
      timeline.count == timelineCount ? "" : ", the latest \(timeline.count) of \(timelineCount)"
    add(
      "timeline\(shown)",
      timeline.map {
        ["\($0.eventTime)", $0.kind, $0.name, $0.detail ?? "", $0.source]
      })
    return parts.joined(separator: "\n\n")
  }
}

/// Rows of cells as columns aligned to the left, indented by two.
func leftAlignedTable(_ rows: [[String]]) -> String {
  let widths = (0..<(rows.map(\.count).max() ?? 0)).map { column in
    rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
  }
  return rows.map { row in
    let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
    return String(("  " + cells.joined(separator: "  ")).reversed().drop { $0 == " " }.reversed())
  }.joined(separator: "\n")
}
