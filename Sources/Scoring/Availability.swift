/// Which of K options (offers, classes) each of n rows could have had: one bit each.
public struct Availability: Hashable, Sendable {
  public let rowCount: Int
  public let optionCount: Int
  /// ⌈K / 64⌉ words a row, the first option in the lowest bit; bits from K on are 0.
  package private(set) var words: [UInt64]
  package let wordCount: Int

  /// Creates a mask in which every option is available to every row.
  public init(rowCount: Int, optionCount: Int) {
    precondition(rowCount >= 0 && optionCount > 0, "\(rowCount) rows of \(optionCount) options")
    self.rowCount = rowCount
    self.optionCount = optionCount
    wordCount = (optionCount + 63) / 64
    let row = (0..<wordCount).map { word in
      let count = min(64, optionCount - 64 * word)
      return count == 64 ? UInt64.max : (1 << UInt64(count)) - 1
    }
    words = []
    words.reserveCapacity(rowCount * wordCount)
    for _ in 0..<rowCount { words += row }
  }

  /// Creates a mask from one `Bool` an option, row after row.
  public init(rowCount: Int, optionCount: Int, rowMajor flags: [Bool]) {
    precondition(
      flags.count == rowCount * optionCount,
      "\(flags.count) flags for \(rowCount) rows of \(optionCount) options")
    self.init(rowCount: rowCount, optionCount: optionCount)
    for (index, flag) in flags.enumerated() where !flag {
      self[index / optionCount, index % optionCount] = false
    }
  }

  public subscript(row: Int, option: Int) -> Bool {
    get {
      let (word, bit) = place(row, option)
      return words[word] & bit != 0
    }
    set {
      let (word, bit) = place(row, option)
      if newValue { words[word] |= bit } else { words[word] &= ~bit }
    }
  }

  /// Makes no option available to a row.
  package mutating func clear(_ row: Int) {
    for word in row * wordCount..<(row + 1) * wordCount { words[word] = 0 }
  }

  /// Gives a row the options of another mask's row.
  package mutating func copy(_ row: Int, from source: Availability, row sourceRow: Int) {
    for word in 0..<wordCount {
      words[row * wordCount + word] = source.words[sourceRow * wordCount + word]
    }
  }

  /// The rows at `indices`, in that order.
  package func rows(_ indices: [Int]) -> Availability {
    var rows = Availability(rowCount: indices.count, optionCount: optionCount)
    for (row, index) in indices.enumerated() { rows.copy(row, from: self, row: index) }
    return rows
  }

  /// Returns how many options are available to a row.
  public func count(_ row: Int) -> Int {
    words[row * wordCount..<(row + 1) * wordCount].reduce(0) { $0 + $1.nonzeroBitCount }
  }

  private func place(_ row: Int, _ option: Int) -> (word: Int, bit: UInt64) {
    precondition(
      row >= 0 && row < rowCount && option >= 0 && option < optionCount,
      "option \(option) of row \(row) in \(rowCount) rows of \(optionCount) options")
    return (row * wordCount + option / 64, 1 << UInt64(option % 64))
  }
}
