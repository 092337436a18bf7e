import Evaluation
public import Scoring
public import Tables

/// Judges a model on a file of rows with known outcomes, streamed by the model's own encoder.
public struct LaterEvaluation {
  public let model: Model
  public let threadCount: Int
  /// Whether rows with dates after the model's snapshot are refused; not where the day was chosen for them.
  public var refusesDatesAfterSnapshot = true
  /// The column that says how many times each row counts: that of the model, unless changed.
  public var weightColumn: String?

  public init(model: Model, threadCount: Int) {
    self.model = model
    self.threadCount = threadCount
    weightColumn = model.training.fit.weightColumn
  }

  public struct Result: Sendable {
    public let evaluation: ModelEvaluation
    /// Rows without an outcome, left out.
    public let unlabelledRowCount: Int
  }

  /// - Parameters:
  ///   - keeps: which of the file's rows to judge by, in order; all where `nil`.
  ///   - progress: called with the bytes consumed so far.
  /// - Throws: `TableError`, `TrainingError`, `ModelError.datesAfterSnapshot`.
  public func evaluate(
    _ file: CSVFile, keeps: [Bool]? = nil, rejects: RejectLog, progress: (Int) -> Void = { _ in }
  ) throws -> Result {
    let plan = try EvaluationPlan(model, weightColumn: weightColumn, file: file)
    var rows = JudgedRows(model, weightColumn: weightColumn, keeps: keeps)
    try file.stream(
      plan.actions, threadCount: threadCount, rejects: rejects,
      work: { plan.chunk($0) },
      deliver: { chunk, place in
        try rows.add(chunk, place)
        progress(place.bytesConsumed)
      })
    try rejects.refuseUnreadable(file, plan.actions)
    if refusesDatesAfterSnapshot {
      try model.encoder.refuse(rows.afterSnapshotCount, of: rejects.rowCount, path: file.path)
    }
    return Result(evaluation: try rows.evaluation(), unlabelledRowCount: rows.unlabelledCount)
  }
}

/// Where an evaluation finds what it needs in a file.
private struct EvaluationPlan: Sendable {
  let model: Model
  let scorer: Scorer
  let actions: [ColumnAction]
  let places: [Int]
  let targetPlace: Int
  let weightPlace: Int?
  let availability: AvailabilityReading?
  let availabilityPlaces: [Int]
  let setPlace: Int?
  let missing: MissingTokens

  init(_ model: Model, weightColumn: String?, file: CSVFile) throws {
    self.model = model
    scorer = model.scorer
    missing = file.format.missing
    targetPlace = try file.column(named: model.predictor.targetColumn)
    weightPlace = try weightColumn.map { name throws(TableError) in
      try file.column(named: name)
    }
    var actions = try model.encoder.actions(for: file)
    actions[targetPlace] = .levels
    if let weightPlace { actions[weightPlace] = .number }
    places = try model.encoder.places(in: file)
    availability = model.availability
    availabilityPlaces = try (availability?.columns ?? []).map(file.column)
    for place in availabilityPlaces {
      if let availability { actions[place] = availability.action }
    }
    if case .choice(let choice) = model.predictor {
      let place = try file.column(named: choice.choiceSetColumn)
      actions[place] = .text
      setPlace = place
    } else {
      setPlace = nil
    }
    self.actions = actions
  }

  func chunk(_ chunk: DecodedChunk) -> JudgedChunk {
    let batch = model.encoder.batch(chunk, places: places, missing: missing)
    var sets: TextColumn?
    if let setPlace, case .text(let texts) = chunk.columns[setPlace] { sets = texts }
    return JudgedChunk(
      scores: scorer.scores(batch),
      outcomes: model.predictor.outcomes(chunk.columns[targetPlace], missing: missing),
      weights: weightPlace.map { chunk.columns[$0].numbers },
      offsets: model.encoder.offsets(batch), lines: chunk.lines,
      afterSnapshotCount: model.encoder.countAfterSnapshot(batch),
      available: availability?.availability(of: chunk, places: availabilityPlaces).mask,
      sets: sets)
  }
}

extension DecodedColumn {
  fileprivate var numbers: [Double] {
    guard case .numbers(let values) = self else { return [] }
    return values
  }
}

extension Predictor {
  /// The outcomes of a decoded target column: 1 and 0 or the class, NaN where there is none, infinity for
  /// an unknown value.
  fileprivate func outcomes(_ column: DecodedColumn, missing: MissingTokens) -> [Double] {
    guard case .levels(let codes, let levels) = column else { return [] }
    let values = (0..<levels.count).map { code in
      levels.withBytes(of: code) { missing.contains($0) }
        ? .nan : outcome(of: levels.level(code)) ?? .infinity
    }
    return codes.map { values[Int($0)] }
  }

  private func outcome(of word: String) -> Double? {
    switch self {
    case .binary(let binary): binary.target.outcome(of: word)
    case .multinomial(let multinomial):
      multinomial.classes.firstIndex { $0.name == word }.map { Double($0) }
    case .choice: BooleanWords.value(word)
    }
  }
}
