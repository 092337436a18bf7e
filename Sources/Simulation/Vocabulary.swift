internal import SpecialFunctions

/// The levels of a category with their chances and what each adds to the log-odds.
struct Vocabulary: Sendable {
  struct Level: Sendable {
    let name: String
    /// Relative to the other levels.
    var weight: Double
    /// In log-odds of converting.
    var effect = 0.0
  }

  let levels: [Level]
  let bytes: [[UInt8]]
  private let cumulative: [Double]

  init(_ levels: [Level]) {
    self.levels = levels
    bytes = levels.map { Array($0.name.utf8) }
    var sum = 0.0
    cumulative = levels.map { level in
      sum += level.weight
      return sum
    }
  }

  /// Levels of falling chance: 1, 1/2, 1/3 and so on, so that a long list ends in rare ones.
  init(falling names: [String]) {
    self.init(names.enumerated().map { Level(name: $1, weight: 1 / Double($0 + 1)) })
  }

  func draw(using generator: inout some RandomNumberGenerator) -> Int {
    let target = generator.nextUniform() * (cumulative.last ?? 0)
    return cumulative.firstIndex { target < $0 } ?? levels.count - 1
  }

  /// The chance of the level at `index`.
  func probability(_ index: Int) -> Double {
    levels[index].weight / (cumulative.last ?? 1)
  }

  func index(of name: String) -> Int {
    guard let index = levels.firstIndex(where: { $0.name == name }) else {
      preconditionFailure("no level '\(name)'")
    }
    return index
  }
}
