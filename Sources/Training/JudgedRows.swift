import Evaluation
import Scoring
import Tables

/// What one chunk adds to an evaluation.
struct JudgedChunk: Sendable {
  /// Predictor by predictor.
  let scores: [Double]
  /// NaN where there is none, infinity for an unknown value.
  let outcomes: [Double]
  /// NaN where there is none; `nil` where each row counts once.
  let weights: [Double]?
  let offsets: [Double]?
  /// The line each row starts on, counted from 1 within the chunk.
  let lines: [UInt32]
  let afterSnapshotCount: Int
  let available: Availability?
  let sets: TextColumn?
}

/// The rows with an outcome so far.
struct JudgedRows {
  let model: Model
  let weightColumn: String?
  let keeps: [Bool]?
  private var row = 0
  /// A column for each predictor; −∞ for a class that was not available.
  private var scores: [[Double]]
  private var outcomes: [Double] = []
  private var weights: [Double] = []
  private var lines: [Int] = []
  private var sets = LevelDictionary()
  private var setCodes: [UInt32] = []
  private(set) var unlabelledCount = 0
  private(set) var afterSnapshotCount = 0

  init(_ model: Model, weightColumn: String?, keeps: [Bool]?) {
    self.model = model
    self.weightColumn = weightColumn
    self.keeps = keeps
    scores = model.predictor.equations.map { _ in [] }
  }

  mutating func add(_ chunk: JudgedChunk, _ place: ChunkPlace) throws(TrainingError) {
    afterSnapshotCount += chunk.afterSnapshotCount
    for (index, outcome) in chunk.outcomes.enumerated() {
      let line = place.line(chunk.lines[index])
      defer { row += 1 }
      if let keeps, !(row < keeps.count && keeps[row]) { continue }
      let weight = try weight(chunk, index, line)
      // A row of weight 0 is a row left out: nothing is asked of it.
      guard weight > 0 else { continue }
      guard !outcome.isInfinite else {
        throw .targetUnknown(
          column: model.predictor.targetColumn, place: .line(line),
          known: model.predictor.knownWords)
      }
      guard !outcome.isNaN else {
        unlabelledCount += 1
        continue
      }
      try add(chunk, index, outcome: outcome, line: line)
      weights.append(weight)
    }
  }

  private func weight(
    _ chunk: JudgedChunk, _ index: Int, _ line: Int
  ) throws(TrainingError) -> Double {
    guard let weight = chunk.weights?[index], let weightColumn else { return 1 }
    guard weight.isFinite, weight >= 0 else {
      throw .weightInvalid(
        column: weightColumn, place: .line(line), value: weight.isNaN ? nil : weight)
    }
    return weight
  }

  private mutating func add(
    _ chunk: JudgedChunk, _ index: Int, outcome: Double, line: Int
  ) throws(TrainingError) {
    if let available = chunk.available, !available[index, Int(outcome)],
      case .multinomial(let multinomial) = model.predictor
    {
      throw .choiceUnavailable(
        place: .line(line), name: multinomial.classes[Int(outcome)].name,
        column: multinomial.availability?.column ?? "")
    }
    if chunk.offsets?[index].isNaN == true, let column = model.training.fit.offsetColumn {
      throw .offsetMissing(column: column, place: .line(line))
    }
    for k in scores.indices {
      let score = chunk.scores[k * chunk.outcomes.count + index]
      guard score.isFinite else { throw .scoreNotFinite(.line(line)) }
      scores[k].append(chunk.available?[index, k] ?? true ? score : -.infinity)
    }
    outcomes.append(outcome)
    guard let texts = chunk.sets else { return }
    lines.append(line)
    setCodes.append(texts.withBytes(index) { sets.insert($0) })
  }

  func evaluation() throws(TrainingError) -> ModelEvaluation {
    do throws(EvaluationError) {
      switch model.predictor {
      case .binary:
        return .binary(
          try ClassificationEvaluation(
            linearPredictors: scores[0], outcomes: outcomes, sampleWeights: sampleWeights,
            baseRate: model.training.baseRate))
      case .multinomial(let multinomial):
        return .multinomial(
          try MultinomialEvaluation(
            scores: scores, outcomes: outcomes.map { Int($0) }, sampleWeights: sampleWeights,
            trainingShares: multinomial.classes.map(\.share)))
      case .choice: break
      }
    } catch {
      throw .evaluation(error)
    }
    return .choice(try choiceEvaluation())
  }

  private var sampleWeights: [Double]? { weightColumn == nil ? nil : weights }

  private func choiceEvaluation() throws(TrainingError) -> ChoiceEvaluation {
    var sum = ChoiceEvaluation.Accumulator()
    var seen = -1
    var start = 0
    while start < setCodes.count {
      var end = start + 1
      while end < setCodes.count, setCodes[end] == setCodes[start] { end += 1 }
      // Codes are given in order of appearance: a lower one has been before.
      guard Int(setCodes[start]) > seen else {
        throw .choiceSetSplit(
          column: model.predictor.choiceSetColumn ?? "", place: .line(lines[start]))
      }
      seen = Int(setCodes[start])
      let chosen = (start..<end).filter { outcomes[$0] == 1 }
      guard let taken = chosen.first, chosen.count == 1 else {
        throw .choiceCount(
          column: model.predictor.targetColumn, place: .line(lines[start]), count: chosen.count)
      }
      sum.add(scores[0][start..<end], chosen: taken, weight: weights[taken])
      start = end
    }
    do throws(EvaluationError) {
      return try sum.evaluation()
    } catch {
      throw .evaluation(error)
    }
  }
}

extension AvailabilitySource {
  /// The column, or what the names of several begin with.
  package var column: String {
    switch self {
    case .list(let column): column
    case .flags(let prefix): prefix
    }
  }
}

extension Predictor {
  fileprivate var choiceSetColumn: String? {
    if case .choice(let choice) = self { choice.choiceSetColumn } else { nil }
  }

  /// Words of the target that training knew; of many the first.
  fileprivate var knownWords: [String] {
    switch self {
    case .binary(let binary): binary.target.positive + binary.target.negative
    case .multinomial(let multinomial): multinomial.classes.prefix(10).map(\.name)
    case .choice: ["1", "0"]
    }
  }
}
