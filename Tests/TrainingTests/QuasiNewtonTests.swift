import Foundation
import LinearAlgebra
import Scoring
import SpecialFunctions
import Testing

@testable import Training

/// Enough rows for the path with samples and few second derivatives.
@Suite struct QuasiNewtonTests {
  /// Rows of three numbers, one of them rare, and two categories, one with rare levels.
  private struct Rows {
    var blocks: FeatureBlocks
    var outcomes: [Double] = []
    var weights: [Double] = []
    var offset: [Double] = []

    init(rowCount: Int, seed: UInt64, rate: Double = 0.3) {
      var generator = SplitMix64(seed: seed)
      var dense = DenseBlock(rowCount: rowCount, columnCount: 3)
      var codes: [[UInt32]] = [[], []]
      for row in 0..<rowCount {
        let x = generator.nextStandardNormal()
        dense[row, 0] = x
        dense[row, 1] = 0.9 * x + 0.4 * generator.nextStandardNormal() + 5
        dense[row, 2] = generator.nextUniform() < 0.002 ? 1 : 0
        let few = generator.nextIndex(below: 4)
        let u = generator.nextUniform()
        let many = Int(u * u * u * 60)
        codes[0].append(UInt32(few))
        codes[1].append(UInt32(many))
        let predictor = logit(rate) + x - 0.5 * Double(few % 2) + 0.02 * Double(many)
        outcomes.append(generator.nextUniform() < logistic(predictor) ? 1 : 0)
        weights.append(generator.nextUniform() < 0.1 ? 0 : generator.nextUniform() * 3)
        offset.append(generator.nextStandardNormal() * 0.3)
      }
      blocks = FeatureBlocks(
        dense: dense,
        categories: [
          CategoryBlock(levelCount: 4, codes: codes[0]),
          CategoryBlock(levelCount: 60, codes: codes[1]),
        ])
    }

    /// The gradient of the objective by plain loops, the intercept's first.
    func gradient(of fit: LogisticFit, l2Penalty: Double, isWeighted: Bool) -> [Double] {
      let p = blocks.columnCount
      var gradient = [0] + fit.coefficients.map { l2Penalty * $0 }
      let total = isWeighted ? weights.reduce(0, +) : Double(outcomes.count)
      for row in outcomes.indices {
        var x = [Double](repeating: 0, count: p)
        for j in 0..<3 { x[j] = blocks.dense[row, j] }
        var start = 3
        for category in blocks.categories {
          if case .narrow(let codes) = category.codes { x[start + Int(codes[row])] = 1 }
          start += category.levelCount
        }
        let eta =
          zip(x, fit.coefficients).reduce(fit.intercept) { $0 + $1.0 * $1.1 }
          + (isWeighted ? offset[row] : 0)
        let residual =
          (logistic(eta) - outcomes[row]) * (isWeighted ? weights[row] : 1) / total
        gradient[0] += residual
        for j in 0..<p where x[j] != 0 { gradient[j + 1] += residual * x[j] }
      }
      return gradient
    }
  }

  private static let rowCount = 24_000

  @Test(arguments: [false, true])
  func theGradientAtTheFitIsZero(isWeighted: Bool) throws {
    let rows = Rows(rowCount: Self.rowCount, seed: 5)
    let recipe = LogisticRegression(l2Penalty: 1e-4, threadCount: 2)
    let fit = try recipe.fit(
      rows.blocks, outcomes: rows.outcomes, sampleWeights: isWeighted ? rows.weights : nil,
      offset: isWeighted ? rows.offset : nil)
    let gradient = rows.gradient(of: fit, l2Penalty: 1e-4, isWeighted: isWeighted)
    // The objective is above its minimum by at most ‖g‖² / (2 × 1e-4), here 1e-15.
    #expect(gradient.reduce(0) { max($0, abs($1)) } < 5e-11)
  }

  @Test func agreesWithNewtonsMethod() throws {
    let rows = Rows(rowCount: Self.rowCount, seed: 6)
    let fit = try LogisticRegression(l2Penalty: 1e-4, threadCount: 2)
      .fit(rows.blocks, outcomes: rows.outcomes)
    let objective = try Self.objective(rows, l2Penalty: 1e-4)
    var start = [Double](repeating: 0, count: objective.design.columnCount)
    start[0] = objective.problem.startingIntercept()
    let newton = try NewtonSolver(objective: objective, isPenalized: true, maximumIterations: 50)
      .solve(startingAt: start).evaluation
    for (coefficient, exact) in zip(fit.coefficients, newton.parameters.dropFirst()) {
      // Both stop with less than 1e-14 of the objective to go; the flattest direction is 1e-4.
      #expect(isClose(coefficient, exact, relative: 1e-7, absolute: 1e-8))
    }
    #expect(isClose(fit.objective, newton.objective, relative: 1e-14))
  }

  @Test func oneThreadAndTwoGiveTheSameBits() throws {
    let rows = Rows(rowCount: Self.rowCount, seed: 7)
    let fits = try [1, 2].map { threadCount in
      try LogisticRegression(l2Penalty: 1e-3, threadCount: threadCount)
        .fit(rows.blocks, outcomes: rows.outcomes)
    }
    #expect(fits[0] == fits[1])
  }

  @Test func eventsTooRareForASampleAreFittedAllTheSame() throws {
    let rows = Rows(rowCount: Self.rowCount, seed: 8, rate: 0.001)
    let fit = try LogisticRegression(l2Penalty: 1e-5, threadCount: 2)
      .fit(rows.blocks, outcomes: rows.outcomes)
    let gradient = rows.gradient(of: fit, l2Penalty: 1e-5, isWeighted: false)
    #expect(gradient.reduce(0) { max($0, abs($1)) } < 5e-11)
  }

  @Test func aColumnThatASampleLacksIsScaledByAllRows() throws {
    let rows = Rows(rowCount: Self.rowCount, seed: 9)
    let objective = try Self.objective(rows, l2Penalty: 1e-4)
    let parameters = [Double](repeating: 0, count: objective.design.columnCount)
    let core = CurvatureCore(objective.design, tileStep: 16)
    let (evaluation, diagonal) = objective.evaluate(parameters, for: core)
    let factor = try #require(
      CurvatureFactor(
        core, sandwich: evaluation.curvature, diagonal: diagonal, penalties: objective.penalties,
        zeroSums: ZeroSums(objective.design, penalties: objective.penalties)))
    let whole = objective.design.layout.upperTriangle(objective.evaluate(parameters).curvature)
    let exact = parameters.indices.map { whole[$0, $0] }
    for (own, other) in zip(diagonal, exact) {
      // Two orders of summation of the same 40,000 terms.
      #expect(isClose(own, other, relative: 1e-12))
    }
    for j in 1..<parameters.count where j > 3 {
      var unit = parameters
      unit[j] = 1
      // Correlations raise 1 / H a little; a sample's own scale would give up to the penalty's 1e4.
      #expect(factor.solve(unit)[j] < 3 / (exact[j] + 1e-4))
    }
  }

  private static func objective(_ rows: Rows, l2Penalty: Double) throws -> LogisticObjective {
    let problem = try LogisticProblem(
      rowCount: rows.outcomes.count, outcomes: rows.outcomes, sampleWeights: nil, offset: nil)
    let summaries = try Design.summaries(
      of: rows.blocks.dense, weights: problem.weights, threadCount: 2, names: { "\($0 + 1)" })
    let levelCount = rows.blocks.columnCount - 3
    return LogisticObjective(
      problem: problem, design: Design(rows.blocks, centers: summaries.map(\.center)),
      penalties: [0] + Array(repeating: l2Penalty, count: rows.blocks.columnCount),
      spreads: [1] + summaries.map(\.spread) + Array(repeating: 1, count: levelCount),
      threadCount: 2)
  }
}
