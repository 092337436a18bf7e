import ArgumentParser
import Experiments
import Plots
import Tables

struct PolicyValueCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy-value",
    abstract: "Says what a policy would have brought, from the log of another.",
    discussion: """
      Example: hourglass experiment policy-value --log random.csv --policy bts.csv --action item_id \
      --context position --reward click --probability propensity_score
      The log holds one decision a row, with the probability by which it was made. How often the policy makes
      each decision is counted in its own log, within each context.
      """)

  @Option(help: "The log of decisions to judge by, CSV.") var log: String
  @Option(help: "The log of the policy to be judged, CSV.") var policy: String
  @Option(help: "The column of the decision.") var action: String
  @Option(help: "A column that decisions depend on (repeatable).") var context: [String] = []
  @Option(help: "The column of what a decision brought, in [0, 1].") var reward: String
  @Option(help: "The column of the log with the probability of each decision.")
  var probability: String
  @Option(help: "The error level of the interval.") var alpha = 0.05
  @Flag(help: "Print one JSON object.") var json = false

  func validate() throws {
    guard alpha > 0, alpha < 1 else {
      throw ValidationError("--alpha is \(alpha); give a number between 0 and 1")
    }
  }

  /// Below so many decisions of the policy's own, its value rests on too few.
  private static let fewDecisions = 100.0

  func run() throws {
    let columns = context + [action]
    let logged = try DecisionLog(path: log, keys: columns, reward: reward, probability: probability)
    let judged = try DecisionLog(path: policy, keys: columns, reward: reward, probability: nil)
    let frequencies = judged.frequencies()
    var decisions: [LoggedDecision] = []
    decisions.reserveCapacity(logged.keys.count)
    for (row, key) in logged.keys.enumerated() {
      do {
        decisions.append(
          try LoggedDecision(
            reward: logged.rewards[row], loggingProbability: logged.probabilities[row],
            targetProbability: frequencies[key] ?? 0))
      } catch {
        throw UsageError("\(log), \(logged.place(row)): \(error)")
      }
    }
    let unseen = Set(frequencies.keys).subtracting(logged.keys).count
    if unseen > 0 {
      Console.message(
        "\(log): \(unseen) decisions of \(policy) never occur there; what they bring is not counted"
      )
    }
    let value = try PolicyValue(decisions, alpha: alpha)
    if value.effectiveCount < Self.fewDecisions {
      Console.message(
        "the log is worth \(NumberText.significant(value.effectiveCount, digits: 3)) decisions of the policy's"
          + " own, for it seldom decides as the policy does (largest weight"
          + " \(NumberText.significant(value.largestWeight, digits: 5))): the interval is wide, and the value rests"
          + " on a few decisions")
    }
    let report = PolicyValueReport(
      value, alpha: alpha,
      observed: judged.rewards.reduce(0, +) / Double(judged.rewards.count))
    if json { return try Console.printJSON(report) }
    try Console.print(report.text)
  }
}

/// The decisions of a file, in its order.
private struct DecisionLog {
  /// Contexts and then the action.
  let keys: [[String]]
  let rewards: [Double]
  let probabilities: [Double]
  private let table: Table

  init(path: String, keys names: [String], reward: String, probability: String?) throws {
    let file = try CSVFile(path: path)
    for name in names + [reward] + (probability.map { [$0] } ?? []) {
      _ = try file.column(named: name)
    }
    var schema: [String: ColumnSchema] = [:]
    for name in names { schema[name] = ColumnSchema(.category) }
    for name in [reward] + (probability.map { [$0] } ?? []) { schema[name] = ColumnSchema(.number) }
    let rejects = try RejectLog(path: path, maxRejects: 0.01)
    let table = try file.table(schema: schema, threadCount: 1, rejects: rejects)
    self.table = table
    Console.messages(rejects.notes(header: file.header), about: path)
    let columns = names.map { name in Self.texts(table, name) }
    keys = (0..<table.rowCount).map { row in columns.map { $0[row] } }
    rewards = Self.numbers(table, reward)
    probabilities = probability.map { Self.numbers(table, $0) } ?? []
    for (name, values) in [(reward, rewards), (probability ?? "", probabilities)] {
      if let row = values.firstIndex(where: { !$0.isFinite }) {
        throw UsageError("\(path), \(table.place(ofRow: row)): column '\(name)' has no number")
      }
    }
  }

  func place(_ row: Int) -> String { table.place(ofRow: row).description }

  /// How often each decision is made in its context.
  func frequencies() -> [[String]: Double] {
    var counts: [[String]: Int] = [:]
    var totals: [[String]: Int] = [:]
    for key in keys {
      counts[key, default: 0] += 1
      totals[Array(key.dropLast()), default: 0] += 1
    }
    return Dictionary(
      uniqueKeysWithValues: counts.map { key, count in
        (key, Double(count) / Double(totals[Array(key.dropLast())] ?? count))
      })
  }

  private static func texts(_ table: Table, _ name: String) -> [String] {
    guard case .categories(let codes, let levels)? = table.column(named: name)?.values else {
      return [String](repeating: "", count: table.rowCount)
    }
    return codes.map { $0 == ColumnValues.missingCode ? "" : levels[Int($0)] }
  }

  private static func numbers(_ table: Table, _ name: String) -> [Double] {
    guard case .numbers(let values)? = table.column(named: name)?.values else { return [] }
    return values
  }
}

private struct PolicyValueReport: Encodable {
  struct Interval: Encodable {
    let lower: Double
    let upper: Double
  }

  let decisions: Int
  let rewarded: Int
  let value: Double
  let interval: Interval
  let alpha: Double
  let selfNormalizedValue: Double
  let effectiveDecisions: Double
  let meanWeight: Double
  let largestWeight: Double
  /// What the policy brought in its own log.
  let observedValue: Double

  init(_ value: PolicyValue, alpha: Double, observed: Double) {
    decisions = value.decisionCount
    rewarded = value.rewardedCount
    self.value = value.value
    interval = Interval(lower: value.interval.lowerBound, upper: value.interval.upperBound)
    self.alpha = alpha
    selfNormalizedValue = value.selfNormalizedValue
    effectiveDecisions = value.effectiveCount
    meanWeight = value.meanWeight
    largestWeight = value.largestWeight
    observedValue = observed
  }

  var text: String {
    func short(_ value: Double) -> String { NumberText.significant(value, digits: 4) }
    let level = NumberText.significant(100 * (1 - alpha), digits: 3)
    return alignedTable([
      ["value of the policy, from the log", short(value)],
      ["  \(level) % interval", "\(short(interval.lower)) to \(short(interval.upper))"],
      ["  self-normalised", short(selfNormalizedValue)],
      ["value in the policy's own log", short(observedValue)],
      ["decisions of the log", "\(decisions)"],
      ["  with a reward", "\(rewarded)"],
      ["  worth, as the policy's own", short(effectiveDecisions)],
      ["mean weight (1 where the log covers the policy)", short(meanWeight)],
      ["largest weight", short(largestWeight)],
    ])
  }
}
