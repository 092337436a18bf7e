import Experiments
import SpecialFunctions

/// Made exposures and conversions with every fault that real ones have, as rows of text.
struct RandomEvents {
  struct Exposure {
    var unit: String
    var variant: String
    /// Seconds since 2026-01-01.
    var seconds: Int
  }

  struct Conversion {
    var unit: String
    var event: String
    var seconds: Int
    var cents: Int?
    var id: String
  }

  static let start = 1_767_225_600
  /// Rows past this instant are clocks gone wrong.
  static let nowSeconds = Double(start + 40 * 86_400)
  static let variants = ["control", "red", "blue"]

  var exposures: [Exposure] = []
  var conversions: [Conversion] = []

  init(seed: UInt64) {
    var rng = SplitMix64(seed: seed)
    let unitCount = 5 + rng.nextIndex(below: 120)
    for number in 0..<unitCount {
      let unit = Self.id(number)
      var variant = Self.variants[rng.nextIndex(below: 3)]
      for _ in 0...rng.nextIndex(below: 3) {
        if rng.nextUniform() < 0.03 { variant = Self.variants[rng.nextIndex(below: 3)] }
        let isFuture = rng.nextUniform() < 0.01
        let seconds = rng.nextIndex(below: 30 * 86_400) + (isFuture ? 400 * 86_400 : 0)
        exposures.append(Exposure(unit: unit, variant: variant, seconds: seconds))
      }
      for _ in 0..<rng.nextIndex(below: 4) {
        conversions.append(
          Conversion(
            unit: rng.nextUniform() < 0.05 ? "nobody-\(number)" : unit,
            event: ["purchase", "unsubscribe", "open", "other"][rng.nextIndex(below: 4)],
            seconds: rng.nextIndex(below: 40 * 86_400),
            cents: rng.nextUniform() < 0.1 ? nil : rng.nextIndex(below: 20_000) - 2_000,
            id: "m\(number)-\(rng.nextIndex(below: 5))"))
      }
    }
  }

  /// 64-bit numbers, texts and Cyrillic texts.
  static func id(_ number: Int) -> String {
    switch number % 4 {
    case 0: "\(9_007_199_254_740_993 + number)"
    case 1: "\(number)"
    case 2: "клиент-\(number)"
    default: "user-\(number)@example.com"
    }
  }

  static func text(_ seconds: Int) -> String { "\(start + seconds)" }

  var exposureLines: [String] {
    exposures.map { "\($0.unit),\($0.variant),\(Self.text($0.seconds))" }
  }

  var conversionLines: [String] {
    conversions.map { row in
      let value = row.cents.map { "\(Double($0) / 100)" } ?? ""
      return "\(row.id),\(row.unit),\(row.event),\(Self.text(row.seconds)),\(value)"
    }
  }

  static let exposureHeader = "customer_id,variant,time"
  static let conversionHeader = "message_id,customer_id,event,time,value"

  static let yaml = """
    experiment: cart
    variants: [control, red, blue]
    window: 7d
    primary:
      {name: purchase, direction: increase, minimumEffect: 5%}
    guardrails:
      - {name: unsubscribe, direction: decrease, margin: 10%, window: 3d}
    secondary:
      - {name: revenue, kind: mean, event: purchase, direction: increase}
      - {name: capped, kind: mean, event: purchase, cap: 50, direction: increase}
      - {name: opens, kind: count, event: open, direction: increase}
      - name: order value
        kind: ratio
        direction: increase
        numerator: {event: purchase, quantity: sum}
        denominator: purchase
      - {name: back, kind: retention, event: open, day: 2, direction: increase}
    """
}

/// What a unit did, found the slow and plain way: by scanning all rows for every unit.
struct PlainJoin {
  struct Cell: Hashable {
    var day: Int
    var variant: String
  }

  struct Sum: Equatable {
    var units = 0
    var converted = 0
    var total = 0.0
    var denominator = 0.0
  }

  var exposed: [Cell: Int] = [:]
  var metrics: [String: [Cell: Sum]] = [:]
  var twoVariants = 0

  init(_ events: RandomEvents) {
    let now = Int(RandomEvents.nowSeconds) - RandomEvents.start
    let exposures = events.exposures.filter { $0.seconds <= now }
    let conversions = events.conversions.filter { $0.seconds <= now }
    let known = conversions.filter { $0.event != "other" }
    let asOf = (exposures.map(\.seconds) + known.map(\.seconds)).max() ?? 0
    for unit in Set(exposures.map(\.unit)) {
      let own = exposures.filter { $0.unit == unit }
      guard Set(own.map(\.variant)).count == 1 else {
        twoVariants += 1
        continue
      }
      let start = own.map(\.seconds).min() ?? 0
      let variant = own[0].variant
      exposed[Cell(day: start / 86_400, variant: variant), default: 0] += 1
      let did = Self.distinct(known.filter { $0.unit == unit })
      for (name, days, outcome) in Self.outcomes {
        let close = start + days * 86_400
        guard close <= asOf else { continue }
        let window = did.filter { $0.seconds >= start && $0.seconds < close }
        let (value, denominator) = outcome(window, start)
        var sum = metrics[name, default: [:]][Cell(day: close / 86_400, variant: variant)] ?? Sum()
        sum.units += 1
        if value != 0 { sum.converted += 1 }
        sum.total += value
        sum.denominator += denominator
        metrics[name, default: [:]][Cell(day: close / 86_400, variant: variant)] = sum
      }
    }
  }

  /// The earliest of the deliveries with one id, and of two at once the one of the lesser event and
  /// value, as the program has it.
  private static func distinct(
    _ conversions: [RandomEvents.Conversion]
  ) -> [RandomEvents.Conversion] {
    let order = ["open", "purchase", "unsubscribe"]
    let sorted = conversions.sorted { left, right in
      if left.seconds != right.seconds { return left.seconds < right.seconds }
      return (order.firstIndex(of: left.event) ?? 9) < (order.firstIndex(of: right.event) ?? 9)
    }
    var seen: Set<String> = []
    return sorted.filter { seen.insert($0.id).inserted }
  }

  private typealias Reading =
    (name: String, days: Int, outcome: ([RandomEvents.Conversion], Int) -> (Double, Double))

  private static var outcomes: [Reading] {
    [
      ("purchase", 7, { rows, _ in (rows.contains { $0.event == "purchase" } ? 1 : 0, 0) }),
      ("unsubscribe", 3, { rows, _ in (rows.contains { $0.event == "unsubscribe" } ? 1 : 0, 0) }),
      ("revenue", 7, { rows, _ in (revenue(rows), 0) }),
      ("capped", 7, { rows, _ in (min(50, max(0, revenue(rows))), 0) }),
      ("opens", 7, { rows, _ in (Double(rows.count { $0.event == "open" }), 0) }),
      (
        "order value", 7,
        { rows, _ in (revenue(rows), Double(rows.count { $0.event == "purchase" })) }
      ),
      (
        "back", 3,
        { rows, start in
          (rows.contains { $0.event == "open" && $0.seconds >= start + 2 * 86_400 } ? 1 : 0, 0)
        }
      ),
    ]
  }

  private static func revenue(_ rows: [RandomEvents.Conversion]) -> Double {
    rows.filter { $0.event == "purchase" }.reduce(0) { $0 + Double($1.cents ?? 0) / 100 }
  }
}
