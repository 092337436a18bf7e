import Glibc

/// The marks of an axis and the ends that they suggest.
struct Ticks: Hashable {
  struct Mark: Hashable {
    let value: Double
    let text: String
  }

  let marks: [Mark]
  let range: ClosedRange<Double>

  /// About `count` marks for `axis`, whose values are in `data`.
  init(_ axis: Axis, data: ClosedRange<Double>, count: Int) {
    switch axis.scale {
    case .linear: self.init(linear: axis, data, count: count)
    case .logarithmic: self.init(logarithmic: axis, data, count: count)
    case .time: self.init(time: axis, data, count: count)
    case .categories(let names):
      self.init(
        marks: names.enumerated().map { Mark(value: Double($0.offset), text: $0.element) },
        range: axis.range ?? -0.5...(Double(max(names.count, 1)) - 0.5))
    }
  }

  private init(marks: [Mark], range: ClosedRange<Double>) {
    self.marks = marks
    self.range = range
  }

  private init(linear axis: Axis, _ data: ClosedRange<Double>, count: Int) {
    var data = axis.range ?? data
    if axis.range == nil {
      if axis.includesZero { data = min(data.lowerBound, 0)...max(data.upperBound, 0) }
      // Closer than this, the values are one value, and no step between them has digits.
      let middle = abs(data.lowerBound / 2 + data.upperBound / 2)
      if data.upperBound / 2 - data.lowerBound / 2 <= max(middle * 1e-12, 1e-290) {
        let room = max(middle * 0.1, 1e-9)
        data = (data.lowerBound - room)...(data.upperBound + room)
      }
    }
    let step = Self.niceStep(
      data.upperBound / Double(max(count, 1)) - data.lowerBound / Double(max(count, 1)))
    // A hair of room, so that an end that is a multiple but for rounding is not pushed a step further.
    let first = (data.lowerBound / step + 1e-9).rounded(.down)
    let last = (data.upperBound / step - 1e-9).rounded(.up)
    range = axis.range ?? (first * step)...(last * step)
    let seen = (range.lowerBound - 1e-9 * step)...(range.upperBound + 1e-9 * step)
    let places = (0...Int(min(last - first, 100))).map { (first + Double($0)) * step }
    marks = places.filter(seen.contains).map {
      Mark(value: $0, text: Self.text($0, step: step, axis.format))
    }
  }

  private init(logarithmic axis: Axis, _ data: ClosedRange<Double>, count: Int) {
    let data = axis.range ?? data
    let first = (log10(data.lowerBound) + 1e-9).rounded(.down)
    let last = max((log10(data.upperBound) - 1e-9).rounded(.up), first + 1)
    range = axis.range ?? pow(10, first)...pow(10, last)
    let decades = Int(last - first)
    let multiples = decades <= 2 ? [1.0, 2, 5] : [1.0]
    let stride = max(1, decades / max(count, 1))
    let seen = (range.lowerBound * (1 - 1e-9))...(range.upperBound * (1 + 1e-9))
    let places = Swift.stride(from: 0, through: decades, by: stride).flatMap { decade in
      multiples.map { multiple in multiple * pow(10, first + Double(decade)) }
    }
    marks = places.filter(seen.contains).map {
      Mark(value: $0, text: Self.text($0, step: $0, axis.format))
    }
  }

  private init(time axis: Axis, _ data: ClosedRange<Double>, count: Int) {
    var data = axis.range ?? data
    let day = 86_400.0
    if data.lowerBound == data.upperBound {
      data = (data.lowerBound - day / 2)...(data.upperBound + day / 2)
    }
    range = data
    let days = (data.upperBound - data.lowerBound) / day
    let wanted = days / Double(max(count, 1))
    if let step = [1, 2, 7, 14, 28].first(where: { Double($0) >= wanted }) {
      let first = Int((data.lowerBound / day).rounded(.up))
      marks = stride(from: first, through: Int(data.upperBound / day), by: step).map {
        Mark(value: Double($0) * day, text: CivilDate(daysSince1970: $0).text)
      }
    } else {
      let months =
        [1, 2, 3, 6, 12, 24, 60, 120, 1200].first { Double($0) * 30.4 >= wanted } ?? 12_000
      marks = Self.months(data, every: months)
    }
  }

  private static func months(_ data: ClosedRange<Double>, every step: Int) -> [Mark] {
    let start = CivilDate(daysSince1970: Int((data.lowerBound / 86_400).rounded(.down)))
    var month = start.year * 12 + start.month - 1
    month = (month + step - 1) / step * step
    var marks: [Mark] = []
    while marks.count < 100 {
      let date = CivilDate(year: month / 12, month: month % 12 + 1, day: 1)
      let seconds = Double(date.daysSince1970) * 86_400
      if seconds > data.upperBound { break }
      if seconds >= data.lowerBound { marks.append(Mark(value: seconds, text: date.monthText)) }
      month += step
    }
    return marks
  }

  /// The least of 1, 2, 2.5 and 5 times a power of ten that is not below `step`.
  static func niceStep(_ step: Double) -> Double {
    guard step > 0, step.isFinite else { return 1 }
    let power = pow(10, log10(step).rounded(.down))
    for multiple in [1, 2, 2.5, 5] where multiple * power >= step * (1 - 1e-9) {
      return multiple * power
    }
    return 10 * power
  }

  private static func text(_ value: Double, step: Double, _ format: Axis.Format) -> String {
    switch format {
    case .number: return NumberText.tick(value, step: step)
    case .percent:
      return NumberText.fixed(value * 100, decimals: NumberText.decimals(of: step * 100)) + " %"
    case .percentagePoints:
      let text = NumberText.fixed(value * 100, decimals: NumberText.decimals(of: step * 100))
      return value > step * 1e-6 ? "+" + text : text
    }
  }
}
