/// Which of K options (offers, classes) each of n rows could have had: one bit each.
public struct Availability: Hashable, Sendable {
  public let rowCount: Int
  public let optionCount: Int
  /// ⌈K / 64⌉ words a row, the first option in the lowest bit; bits from K on are 0.
  private(set) var words: [UInt64]
  let wordCount: Int

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
