import ExperimentFiles
import Experiments
import FoundationEssentials
import Glibc
import SpecialFunctions
import Tables

/// Events whose counts are known without reading them: `--exposures` units in two variants over thirty
/// days, and `--conversions` of them converting from a day before to ten days after.
private struct MadeEvents {
  static let start = 1_767_225_600  // 2026-01-01
  let exposureCount: Int
  let conversionCount: Int

  struct Unit {
    let id: Int
    let variant: Int
    let seconds: Int
  }

  func unit(_ index: Int) -> Unit {
    var generator = SplitMix64(seed: UInt64(index))
    return Unit(
      id: 1_000_000_007 + index * 7_919, variant: Int(generator.next() >> 63),
      seconds: Self.start + index * 30 * 86_400 / exposureCount)
  }

  struct Purchase {
    let unit: Unit
    let seconds: Int
    let cents: Int
  }

  /// Each of a unit of its own.
  func purchase(_ index: Int) -> Purchase {
    var generator = SplitMix64(seed: 0xC0 ^ UInt64(index) << 8)
    let gap = exposureCount / conversionCount
    let unit = unit(index * gap + generator.nextIndex(below: gap))
    let delay = generator.nextIndex(below: 11 * 86_400) - 86_400
    return Purchase(
      unit: unit, seconds: unit.seconds + delay,
      cents: Int((exp(3 + generator.nextStandardNormal()) * 100).rounded()))
  }
}

/// Writes `exposures.csv` and `conversions.csv` to the folder `--out`: 440 and 20 MB at 10,000,000
/// exposures and 500,000 conversions.
func makeExposures(_ arguments: Arguments) throws {
  let made = try madeEvents(arguments)
  let folder = try arguments.text("out")
  let exposures = try OutputFile(path: "\(folder)/exposures.csv")
  var text = LineBuffer("customer_id,variant,timestamp\n")
  for index in 0..<made.exposureCount {
    let unit = made.unit(index)
    text.append("\(unit.id),\(unit.variant == 0 ? "control" : "treatment"),")
    text.appendInstant(unit.seconds)
    if let bytes = text.full { try exposures.write(bytes) }
  }
  try exposures.write(text.rest)
  try exposures.commit()
  let conversions = try OutputFile(path: "\(folder)/conversions.csv")
  text = LineBuffer("customer_id,event,timestamp,value\n")
  for index in 0..<made.conversionCount {
    let purchase = made.purchase(index)
    text.append("\(purchase.unit.id),purchase,")
    text.appendInstant(purchase.seconds, end: ",")
    let cents = purchase.cents % 100
    text.append("\(purchase.cents / 100).\(cents < 10 ? "0" : "")\(cents)\n")
    if let bytes = text.full { try conversions.write(bytes) }
  }
  try conversions.write(text.rest)
  try conversions.commit()
}

private func madeEvents(_ arguments: Arguments) throws -> MadeEvents {
  MadeEvents(
    exposureCount: try arguments.count("exposures", default: 10_000_000),
    conversionCount: try arguments.count("conversions", default: 500_000))
}

/// Text under way, handed out a megabyte at a time.
private struct LineBuffer {
  private var bytes: [UInt8]

  init(_ header: String) { bytes = Array(header.utf8) }

  mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

  mutating func appendInstant(_ seconds: Int, end: String = "\n") {
    let days = seconds / 86_400
    let day = DateParts(seconds: Double(days * 86_400))
    let time = seconds % 86_400
    func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    append(
      "\(day.year)-\(twoDigits(day.month))-\(twoDigits(day.day))T\(twoDigits(time / 3_600)):"
        + "\(twoDigits(time / 60 % 60)):\(twoDigits(time % 60))Z\(end)")
  }

  var full: [UInt8]? {
    mutating get {
      guard bytes.count > 1 << 20 else { return nil }
      defer { bytes.removeAll(keepingCapacity: true) }
      return bytes
    }
  }

  var rest: [UInt8] { bytes }
}

private struct EventsReport: Encodable {
  let `case` = "join-events"
  let exposures: Int
  let conversions: Int
  let readSeconds: Double
  let joinSeconds: Double
  let processorSeconds: Double
  let peakMegabytes: Double
  let threads: Int
}

/// Reads the made files of the folder `--data` and joins them; the tallies are checked against the
/// rows that the files were made from.
func joinEvents(_ arguments: Arguments) throws {
  let made = try madeEvents(arguments)
  let folder = try arguments.text("data")
  let threads = try arguments.count("threads", default: processorCount)
  let definition = try madeDefinition()
  var files = EventFiles(definition: definition)
  files.threadCount = threads
  var contents: EventFiles.Contents?
  let readSeconds = try seconds {
    contents = try files.read(["\(folder)/exposures.csv", "\(folder)/conversions.csv"])
  }
  guard let contents else { return }
  var attribution = Attribution(definition: definition)
  attribution.threadCount = threads
  var evidence = Evidence(looks: [])
  let joinSeconds = try seconds {
    evidence = try attribution.evidence(
      exposures: contents.exposures, conversions: contents.conversions)
  }
  try check(evidence, made)
  var usage = rusage()
  getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
  try printJSON(
    EventsReport(
      exposures: made.exposureCount, conversions: made.conversionCount, readSeconds: readSeconds,
      joinSeconds: joinSeconds, processorSeconds: processorSeconds,
      peakMegabytes: Double(usage.ru_maxrss) * 1_024 / 1e6, threads: threads))
}

private func madeDefinition() throws -> ExperimentDefinition {
  let conversion = try MetricDefinition(
    name: "purchase", kind: .conversion(event: "purchase"), direction: .increase)
  let revenue = try MetricDefinition(
    name: "revenue", kind: .mean(event: "purchase", cap: .none), direction: .increase)
  let assignment = try AssignmentDesign(salt: "made", variants: ["control", "treatment"])
  return try ExperimentDefinition(
    key: "made", unit: "customer_id",
    goal: Goal(metric: conversion, minimumEffect: .relative(0.05)), secondary: [revenue],
    phases: [Phase(assignment: assignment)], windowSeconds: 7 * 86_400)
}

private func check(_ evidence: Evidence, _ made: MadeEvents) throws {
  let window = 7 * 86_400
  let purchases = (0..<made.conversionCount).map { made.purchase($0) }
  let last = max(
    purchases.map(\.seconds).max() ?? 0, made.unit(made.exposureCount - 1).seconds)
  var units = [0, 0]
  var conversions = [0, 0]
  var cents = [0, 0]
  for index in 0..<made.exposureCount {
    let unit = made.unit(index)
    if unit.seconds + window <= last { units[unit.variant] += 1 }
  }
  for purchase in purchases {
    let unit = purchase.unit
    guard unit.seconds + window <= last, purchase.seconds >= unit.seconds,
      purchase.seconds < unit.seconds + window
    else { continue }
    conversions[unit.variant] += 1
    cents[unit.variant] += purchase.cents
  }
  for variant in 0..<2 {
    let tallies = evidence.looks.flatMap(\.increments).map {
      $0.metrics.map { $0.tallies[variant] }
    }
    let share = tallies.reduce(MetricTally()) { $0 + $1[0] }
    let revenue = tallies.reduce(MetricTally()) { $0 + $1[1] }
    let sum = (revenue.mean ?? 0) * Double(revenue.units)
    guard share.units == units[variant], share.conversions == conversions[variant],
      isClose(sum, Double(cents[variant]) / 100, relative: 1e-9)
    else {
      throw BenchmarkError.wrongAnswer(
        "variant \(variant): \(share.units) units, \(share.conversions) conversions, \(sum)")
    }
  }
}
