/// Names for errors: those given, or numbers from 1.
func columnNaming(_ columnNames: [String]?, count: Int) -> (Int) -> String {
  guard let columnNames else { return { "\($0 + 1)" } }
  precondition(columnNames.count == count, "\(columnNames.count) names for \(count) columns")
  return { columnNames[$0] }
}

/// Throws for a setting outside its range.
func checkRecipe(
  l2Penalty: Double = 0, maximumIterations: Int = 1, threadCount: Int
) throws(FitError) {
  guard l2Penalty >= 0, l2Penalty.isFinite else {
    throw .settingOutOfRange(name: "l2Penalty", value: l2Penalty, allowed: "[0, ∞)")
  }
  for (name, value) in [
    ("maximumIterations", maximumIterations), ("threadCount", threadCount),
  ] where value < 1 {
    throw .settingOutOfRange(name: name, value: Double(value), allowed: "[1, ∞)")
  }
}

/// Throws for penalties that do not descend, or end below what is allowed.
func checkPenalties(_ penalties: [Double], allowsZero: Bool = false) throws(FitError) {
  guard !penalties.isEmpty else {
    throw .settingOutOfRange(name: "count of penalties", value: 0, allowed: "[1, ∞)")
  }
  for (k, penalty) in penalties.enumerated() {
    guard penalty > 0 || (allowsZero && penalty == 0), penalty.isFinite else {
      throw .settingOutOfRange(
        name: "penalty \(k + 1)", value: penalty, allowed: allowsZero ? "[0, ∞)" : "(0, ∞)")
    }
    if k > 0, penalty >= penalties[k - 1] { throw .penaltiesNotDescending(index: k + 1) }
  }
}

func checkColumnCount(_ count: Int, limit: Int) throws(FitError) {
  guard count <= limit else { throw .tooManyColumns(count: count, limit: limit) }
}

/// Throws where coefficients without a penalty cannot be determined.
func checkRowCount(_ rows: Int, columnCount: Int) throws(FitError) {
  guard rows > columnCount else {
    throw .fewerRowsThanColumns(rows: rows, columns: columnCount)
  }
}
