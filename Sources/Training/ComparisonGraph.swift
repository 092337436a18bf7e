/// Which options were chosen over which: an arrow from a to b when some row chose a and could have
/// had b.
///
/// Intercepts are not penalised, so the best ones are finite if and only if every option can be
/// reached from every other (Ford 1957, *Amer. Math. Monthly* 64(8), 28–33): otherwise lowering the
/// intercepts of a set that nothing outside it ever lost to lowers the loss for ever.
struct ComparisonGraph: Sendable {
  let optionCount: Int
  private let wordCount: Int
  /// The options that each option was chosen over, itself included: `wordCount` words each.
  private var arrows: [UInt64]

  init(optionCount: Int) {
    self.optionCount = optionCount
    wordCount = (optionCount + 63) / 64
    arrows = Array(repeating: 0, count: optionCount * wordCount)
  }

  /// Adds a row's choice; `alternatives` are its words in an `Availability`.
  mutating func add(choice: Int, over alternatives: ArraySlice<UInt64>) {
    for (word, bits) in alternatives.enumerated() { arrows[choice * wordCount + word] |= bits }
  }

  mutating func add(choice: Int, over alternative: Int) {
    arrows[choice * wordCount + alternative / 64] |= 1 << UInt64(alternative % 64)
  }

  func wasChosen(_ option: Int) -> Bool {
    arrows[option * wordCount..<(option + 1) * wordCount].contains { $0 != 0 }
  }

  /// Returns the smallest set of options that never won against an option outside it; nothing when
  /// every option can be reached from every other.
  func neverPreferred() -> [Int]? {
    // Whatever can be reached from an option never won against the rest.
    (0..<optionCount).map(reachable).filter { $0.count < optionCount }.min { $0.count < $1.count }
  }

  private func reachable(from start: Int) -> [Int] {
    var isReached = [Bool](repeating: false, count: optionCount)
    var waiting = [start]
    isReached[start] = true
    while let option = waiting.popLast() {
      for other in 0..<optionCount where !isReached[other] && has(option, other) {
        isReached[other] = true
        waiting.append(other)
      }
    }
    return (0..<optionCount).filter { isReached[$0] }
  }

  private func has(_ option: Int, _ other: Int) -> Bool {
    arrows[option * wordCount + other / 64] & (1 << UInt64(other % 64)) != 0
  }
}
