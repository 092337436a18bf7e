public import Evaluation
public import Scoring

/// An L2 strength chosen by the rows themselves.
public struct PenaltyChoice: Sendable, Hashable {
  public let l2Penalty: Double
  public let rule: CrossValidationResult.Rule
  public let rows: [CrossValidationResult.Row]

  /// Chooses among strengths from 1000 / n down to 0.01 / n, two to a decade.
  ///
  /// For numbers of standard deviation 1 and levels of 0 or 1, which an `Encoder` gives, a strength of
  /// c / n is a normal prior with variance 1 / c on every coefficient.
  ///
  /// - Parameters:
  ///   - features: the encoded rows that train the model, and no others.
  ///   - outcomes: n values, each 0 or 1.
  ///   - folds: `foldCount` stratified folds drawn from `seed` where `nil`.
  /// - Throws: `FitError`.
  public static func l2Penalty(
    for features: FeatureBlocks, outcomes: [Double], sampleWeights: [Double]? = nil,
    offset: [Double]? = nil, folds: Folds? = nil, foldCount: Int = 5, seed: UInt64 = 0,
    rule: CrossValidationResult.Rule = .oneStandardError, columnNames: [String]? = nil,
    threadCount: Int? = nil
  ) throws(FitError) -> PenaltyChoice {
    let chosen: Folds
    do throws(FoldError) {
      if let folds {
        chosen = folds
      } else {
        chosen = try .stratified(outcomes: outcomes, count: foldCount, seed: seed)
      }
    } catch {
      throw .folds(error)
    }
    let result = try CrossValidation(folds: chosen, threadCount: threadCount).fit(
      l2Penalties: strengths(
        rowCount: sumOfWeights(sampleWeights, rowCount: outcomes.count)), features,
      outcomes: outcomes,
      sampleWeights: sampleWeights, offset: offset, columnNames: columnNames)
    return PenaltyChoice(
      l2Penalty: result.choice(rule).penalty, rule: rule, rows: result.rows)
  }

  /// 1000 / n, 316 / n, … 0.01 / n.
  ///
  /// - Parameter rowCount: n, the rows that the weights count.
  static func strengths(rowCount: Double) -> [Double] {
    let rootOfTen = 10.0.squareRoot()
    return (0...10).map { step in
      let decade = [1e3, 1e2, 1e1, 1, 1e-1, 1e-2][step / 2]
      return (step.isMultiple(of: 2) ? decade : decade / rootOfTen) / rowCount
    }
  }
}
