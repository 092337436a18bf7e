import ArgumentParser
import FoundationEssentials
import ShopSimulator

struct SimulateShopCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "shop",
    abstract: "Writes the exports of a made-up shop, and apart the truth about its customers.",
    discussion: """
      Example: hourglass simulate shop --customers 50000 --days 540 --seed 7 --out shop

      The folder gets events.jsonl, orders.csv, orders-ru.csv, messages.csv, leads.csv, consents.csv, \
      spend.csv and products.csv, which hourglass import reads; shop.json says what is in them, dirt \
      included. truth/ holds what no shop knows; nothing reads it but who judges. See docs/shop.md.
      """)

  @Option(help: "How many people come to the shop, buyers or not.") var customers = 50_000
  @Option(help: "How many days the shop is open.") var days = 540
  @Option(help: "The same seed gives the same bytes, with any number of threads.") var seed:
    UInt64 =
      1
  @Option(help: "The folder for the files; it is made if it is not there.") var out: String
  @Option(
    help: """
      The law by which customers live: \(ShopWorld.allCases.map(\.rawValue).joined(separator: ", ")).
      """)
  var world = ShopWorld.standard.rawValue
  @Option(help: "The day on which the shop opens.") var start = "2025-01-01"
  @Option(help: "How many days ahead the truth looks.") var horizon = 90
  @Option(help: "Threads that make customers; the result does not depend on it.") var threads: Int?
  @Flag(help: "Print the manifest, which is also in shop.json, as one JSON object.") var json =
    false

  func validate() throws {
    _ = try settings()
    if let threads, !(1...64).contains(threads) {
      throw ValidationError("--threads is \(threads); give 1 to 64")
    }
  }

  private func settings() throws -> ShopSettings {
    do throws(ShopError) {
      return try ShopSettings(
        customerCount: customers, days: days, seed: seed, world: ShopWorld(named: world),
        startDay: ShopSettings.day(start), horizonDays: horizon)
    } catch {
      // What is out of range is named as its flag is.
      if case .outOfRange = error { throw ValidationError("--\(error)") }
      throw ValidationError("\(error)")
    }
  }

  func run() throws {
    let simulation = ShopSimulation(try settings())
    let progress = Progress()
    let manifest = try simulation.write(
      to: out, threadCount: threads ?? ProcessInfo.processInfo.activeProcessorCount
    ) { written in progress.show("\(written) of \(customers) customers") }
    progress.clear()
    if json { return try Console.printJSON(manifest) }
    let rows = manifest.files.map { file in
      [
        "\(out)/\(file.file)", "\(file.records)",
        file.rejects > 0 ? "\(file.rejects) of them unreadable, on purpose" : "",
      ]
    }
    try Console.print(leftAlignedTable(rows))
  }
}
