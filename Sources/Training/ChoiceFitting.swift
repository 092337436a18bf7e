import Evaluation
import Foundation
import LinearAlgebra
import Scoring

/// From encoded rows of choice sets to the coefficients of a conditional logit, as a specification says.
struct ChoiceFitting {
  let specification: FitSpecification
  let encoder: Encoder
  let blocks: FeatureBlocks
  let sets: ChoiceRows
  /// The encoder's feature that holds the offers.
  let offer: Int
  let seed: UInt64
  let threadCount: Int

  struct Answer {
    /// On the scale of the encoded design, the offers' intercepts as their levels.
    let equation: LinearEquation
    let record: FitRecord
  }

  /// - Parameter progress: called with what is being done.
  func fit(progress: (String) -> Void) throws(FitError) -> Answer {
    let offers = self.offers
    let features = features
    var choice: PenaltyRecord?
    if case .crossValidated = specification.penalty {
      progress("choosing the penalty for \(features.columns.count) coefficients")
      choice = try choose(features.matrix, offers)
    }
    var l2Penalty = choice?.penalty ?? 0
    if case .fixed(_, let l2) = specification.penalty { l2Penalty = l2 }
    progress("fitting \(features.columns.count) coefficients")
    let names = encoder.designColumns.map(\.name)
    let fit = try ConditionalLogit(l2Penalty: l2Penalty, threadCount: threadCount).fit(
      features.matrix, choiceSets: sets.setNumbers, chosen: sets.chosen, offers: offers,
      sampleWeights: sets.weights, columnNames: features.columns.map { names[$0] })
    var coefficients = [Double](repeating: 0, count: names.count)
    for (column, value) in zip(features.columns, fit.coefficients) { coefficients[column] = value }
    for (column, value) in zip(offerColumns, fit.offerIntercepts) { coefficients[column] = value }
    return Answer(
      equation: LinearEquation(intercept: 0, coefficients: coefficients),
      record: FitRecord(
        l2Penalty: l2Penalty, choice: choice, weightColumn: specification.weightColumn,
        iterations: fit.iterations, objective: fit.objective, logLoss: fit.logLoss,
        gradientNorm: fit.gradientNorm, objectiveGap: fit.newtonDecrement))
  }

  /// The design's columns that are the offers' levels.
  private var offerColumns: Range<Int> {
    let name = encoder.features[offer].name
    let columns = encoder.designColumns
    let first = columns.firstIndex { $0.feature.name == name } ?? columns.count
    return first..<first + columns.count { $0.feature.name == name }
  }

  /// The level of each row's offer.
  private var offers: [Int] {
    let place = encoder.features[..<offer].count {
      if case .category = $0.encoding { true } else { false }
    }
    return (0..<blocks.rowCount).map { blocks.categories[place].code($0) }
  }

  /// The columns that are no offers, levels written out.
  private var features: (matrix: Matrix, columns: [Int]) {
    let (n, offerColumns) = (blocks.rowCount, offerColumns)
    let columns = (0..<blocks.columnCount).filter { !offerColumns.contains($0) }
    var places = [Int?](repeating: nil, count: blocks.columnCount)
    for (place, column) in columns.enumerated() { places[column] = place }
    var values = [Double](repeating: 0, count: n * columns.count)
    for j in 0..<blocks.dense.columnCount {
      guard let place = places[j] else { continue }
      for row in 0..<n { values[place * n + row] = blocks.dense[row, j] }
    }
    var first = blocks.dense.columnCount
    for category in blocks.categories {
      for row in 0..<n {
        let code = category.code(row)
        guard code < category.levelCount, let place = places[first + code] else { continue }
        values[place * n + row] = 1
      }
      first += category.levelCount
    }
    return (Matrix(rowCount: n, columnCount: columns.count, columnMajor: values), columns)
  }
}

extension ChoiceFitting {
  /// The penalty whose fits to the other sets give the sets held out the least loss.
  private func choose(_ features: Matrix, _ offers: [Int]) throws(FitError) -> PenaltyRecord {
    let (folds, words) = try specification.folds(
      of: sets.asRows, rarest: FitSpecification.defaultFoldCount, seed: seed
    ) { count throws(FoldError) in
      // By the offer taken, so that each is taken in every training.
      try .stratified(
        classes: sets.ranges.indices.map { offers[sets.chosenRow(of: $0)] }, count: count,
        seed: seed)
    }
    var rows: [CrossValidationResult.Row] = []
    for penalty in PenaltyChoice.strengths(rowCount: sets.totalWeight) {
      var losses: [Double] = []
      for fold in 0..<folds.count {
        losses.append(try heldOutLoss(fold, of: folds, penalty, features, offers))
      }
      rows.append(
        .init(
          penalty: penalty, foldLogLosses: losses,
          heldOutWeights: (0..<folds.count).map { fold in
            sets.weight { folds.testFold(of: $0) == fold }
          }))
    }
    return PenaltyRecord(
      CrossValidationResult(rows: rows), folds: words, rule: specification.rule)
  }

  private func heldOutLoss(
    _ fold: Int, of folds: Folds, _ penalty: Double, _ features: Matrix, _ offers: [Int]
  ) throws(FitError) -> Double {
    let weights = sets.ranges.indices.map {
      folds.trains(row: $0, in: fold) ? sets.weights?[$0] ?? 1 : 0
    }
    let fit = try ConditionalLogit(l2Penalty: penalty, threadCount: threadCount).fit(
      features, choiceSets: sets.setNumbers, chosen: sets.chosen, offers: offers,
      sampleWeights: weights)
    let probabilities = try fit.probabilities(
      features, choiceSets: sets.setNumbers, offers: offers)
    var (loss, total) = (0.0, 0.0)
    for set in sets.ranges.indices where folds.testFold(of: set) == fold {
      let weight = sets.weights?[set] ?? 1
      let probability = max(probabilities[sets.chosenRow(of: set)], .leastNormalMagnitude)
      loss -= weight * log(probability)
      total += weight
    }
    guard total > 0 else { throw .foldHoldsNothingOut(fold: fold + 1) }
    return loss / total
  }
}
