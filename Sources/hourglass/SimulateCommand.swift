import ArgumentParser
import Simulation
import Tables

struct SimulateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Writes seeded, made-up data whose truth is known.",
    subcommands: [Leads.self, Offers.self, SimulateShopCommand.self])

  struct Leads: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Writes leads as CSV, with missing values, rare levels and some dirt.",
      discussion: "Example: hourglass simulate leads --rows 20000 --seed 7 --out leads.csv")

    @Option(help: "How many leads.") var rows = 20_000
    @Option(help: "The same seed gives the same bytes.") var seed: UInt64 = 1
    @Option(help: ArgumentHelp("Where the leads go; else standard output.", valueName: "file"))
    var out: String?
    @Option(
      help: ArgumentHelp("Where the true probabilities go, by id.", valueName: "file"))
    var truth: String?

    func validate() throws {
      if rows < 1 { throw ValidationError("--rows is \(rows); give a positive number") }
      try refuseSameFile(("--out", out), ("--truth", truth))
    }

    func run() throws {
      let simulation = try LeadSimulation(rowCount: rows, seed: seed)
      let leads = try OutputFile(path: out ?? OutputFile.standardOutput)
      let truths = try truth.map { path throws(TableError) in try OutputFile(path: path) }
      for chunk in simulation.chunks {
        try leads.write(chunk.leads)
        try truths?.write(chunk.truth)
      }
      try leads.commit()
      try truths?.commit()
    }
  }

  struct Offers: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "Writes customers and the offers they took as CSV, a row a customer or a row a pair.",
      discussion: "Example: hourglass simulate offers --rows 20000 --seed 7 --out taken.csv")

    @Option(help: "How many customers.") var rows = 20_000
    @Option(help: "How many offers there are.") var offers = 6
    @Option(help: "The same seed gives the same bytes.") var seed: UInt64 = 1
    @Flag(
      help: "A row for each offer a customer could have had, with its price, discount and views.")
    var pairs = false
    @Option(help: ArgumentHelp("Where the rows go; else standard output.", valueName: "file"))
    var out: String?
    @Option(
      help: ArgumentHelp(
        "Where the true probabilities go, by customer and offer.", valueName: "file"))
    var truth: String?

    func validate() throws {
      if rows < 1 { throw ValidationError("--rows is \(rows); give a positive number") }
      if !(2...OfferSimulation.offerLimit).contains(offers) {
        throw ValidationError(
          "--offers is \(offers); give a number from 2 to \(OfferSimulation.offerLimit)")
      }
      try refuseSameFile(("--out", out), ("--truth", truth))
    }

    func run() throws {
      let simulation = try OfferSimulation(
        customerCount: rows, offerCount: offers, seed: seed, form: pairs ? .pairs : .customers)
      let file = try OutputFile(path: out ?? OutputFile.standardOutput)
      let truths = try truth.map { path throws(TableError) in try OutputFile(path: path) }
      for chunk in simulation.chunks {
        try file.write(chunk.rows)
        try truths?.write(chunk.truth)
      }
      try file.commit()
      try truths?.commit()
    }
  }
}
