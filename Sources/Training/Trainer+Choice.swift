import Evaluation
import Scoring
import Tables

extension Trainer {
  /// A conditional logit of which row of a choice set is taken; see `train`.
  func trainChoice(
    _ table: Table, _ source: Source, _ progress: (String) -> Void
  ) throws(TrainingError) -> Result {
    guard let choiceSetColumn, let offerColumn else { throw .noFeatures }
    try specification.refuseWhatOnlyTwoOutcomesHave()
    let read = try TrainingReading(trainer: self, reader: RowReader(table: table))
    let all = try ChoiceRows(
      read.rows, column: choiceSetColumn, target: target, table: table)
    try checkOffers(all, offerColumn, table)
    let (train, test) = try splitSets(all, offerColumn, table)
    let encoded = try encodeChoices(table, train.rows, offerColumn, progress)
    try refuse(
      LeakageGuard(
        encoder: encoded.encoder, batch: encoded.train, outcomes: train.rows.outcomes,
        weights: train.rows.weights
      ).leaks().filter { $0.column != offerColumn })
    let start = ContinuousClock.now
    let answer = try fit(encoded, train, progress)
    let fitSeconds = (ContinuousClock.now - start) / .seconds(1)
    let evaluation = try test.map { test throws(TrainingError) in
      try evaluate(answer.equation, encoded, test, table)
    }
    var record = record(
      read, train.rows, test?.rows, source, rowCount: table.rowCount, answer.record, encoded.leftOut
    )
    record.trainingWeight = train.totalWeight
    let model = Model(
      name: name, identifier: identifier, encoder: encoded.encoder,
      predictor: .choice(
        ChoicePredictor(
          column: target, choiceSetColumn: choiceSetColumn, offerColumn: offerColumn,
          equation: answer.equation, evaluation: evaluation)), training: record)
    return Result(
      model: model, isTestRow: flags(test?.rows.indices ?? [], count: table.rowCount),
      fitSeconds: fitSeconds)
  }

  private func offerCodes(
    _ rows: TrainingRows, _ offerColumn: String, _ table: Table
  ) throws(TrainingError) -> [UInt32] {
    let column = try RowReader(table: table).column(offerColumn)
    guard case .categories(let codes, _) = column.values else {
      throw .targetKind(column: offerColumn, kind: column.kind)
    }
    if let row = rows.indices.first(where: { codes[$0] == ColumnValues.missingCode }) {
      throw .offerMissing(column: offerColumn, place: table.place(ofRow: row))
    }
    return rows.indices.map { codes[$0] }
  }

  private func checkOffers(
    _ sets: ChoiceRows, _ offerColumn: String, _ table: Table
  ) throws(TrainingError) {
    let codes = try offerCodes(sets.rows, offerColumn, table)
    for range in sets.ranges {
      var seen: Set<UInt32> = []
      for place in range where !seen.insert(codes[place]).inserted {
        throw .offerRepeated(
          column: offerColumn, place: table.place(ofRow: sets.rows.indices[place]))
      }
    }
  }

  /// Whole sets to train and to test on.
  private func splitSets(
    _ sets: ChoiceRows, _ offerColumn: String, _ table: Table
  ) throws(TrainingError) -> (train: ChoiceRows, test: ChoiceRows?) {
    guard let rule = split else { return (sets, nil) }
    let heads = sets.asRows
    let codes = try offerCodes(heads, offerColumn, table)
    do throws(SplitError) {
      let split = try rule.split(
        classes: codes.map { Int($0) }, times: heads.times, groups: heads.groups)
      return (sets.sets(split.train), sets.sets(split.test))
    } catch {
      throw .split(error)
    }
  }

  /// Offers are never pooled: each has its own intercept.
  private func encodeChoices(
    _ table: Table, _ train: TrainingRows, _ offerColumn: String, _ progress: (String) -> Void
  ) throws(TrainingError) -> Encoded {
    progress("encoding \(train.count) training rows")
    var reserved = reserved
    if let choiceSetColumn { reserved[choiceSetColumn] = "tells the choice sets" }
    let fitting = EncoderFitting(
      table: table, rows: train.indices, weights: train.weights, minLevelCount: minLevelCount,
      snapshot: snapshot,
      fixesReference: specification.isUnpenalized, missing: missing)
    let (encoder, leftOut) = fitting.fit(reserved: reserved.merging([offerColumn: ""]) { $1 })
    let offers = EncoderFitting(
      table: table, rows: train.indices, weights: train.weights, minLevelCount: 0,
      snapshot: snapshot,
      fixesReference: false, missing: missing
    ).fit(
      reserved: Dictionary(
        uniqueKeysWithValues: table.columns.map(\.name).filter { $0 != offerColumn }.map {
          ($0, "")
        })
    ).encoder
    guard offers.features.count == 1 else { throw .noFeatures }
    let joined = Encoder(
      features: offers.features + encoder.features, snapshot: encoder.snapshot,
      missing: encoder.missing)
    let all = joined.batch(table)
    return Encoded(
      encoder: joined, leftOut: leftOut.filter { $0.column != offerColumn }, all: all,
      train: all.rows(train.indices))
  }

  private func fit(
    _ encoded: Encoded, _ train: ChoiceRows, _ progress: (String) -> Void
  ) throws(TrainingError) -> ChoiceFitting.Answer {
    do throws(FitError) {
      return try ChoiceFitting(
        specification: specification, encoder: encoded.encoder,
        blocks: encoded.encoder.blocks(encoded.train), sets: train, offer: 0, seed: seed,
        threadCount: threadCount
      ).fit(progress: progress)
    } catch {
      guard case .category(let offers) = encoded.encoder.features[0].encoding else {
        throw .fit(error)
      }
      switch error {
      case .neverChosen(let option): throw .neverChosen(names: [offers.levels[option]])
      case .neverPreferred(let options):
        throw .neverChosen(names: options.map { offers.levels[$0] })
      default: throw .fit(error)
      }
    }
  }

  private func evaluate(
    _ equation: LinearEquation, _ encoded: Encoded, _ test: ChoiceRows, _ table: Table
  ) throws(TrainingError) -> ChoiceEvaluation {
    let scores = Scorer(encoder: encoded.encoder, equations: [equation])
      .scores(encoded.all.rows(test.rows.indices))
    if let index = scores.firstIndex(where: { !$0.isFinite }) {
      throw .scoreNotFinite(table.place(ofRow: test.rows.indices[index]))
    }
    var sum = ChoiceEvaluation.Accumulator()
    for (set, range) in test.ranges.enumerated() {
      sum.add(
        scores[range], chosen: test.chosenRow(of: set), weight: test.weights?[set] ?? 1)
    }
    do throws(EvaluationError) {
      return try sum.evaluation()
    } catch {
      throw .evaluation(error)
    }
  }
}
