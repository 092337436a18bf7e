import LinearAlgebra
import Testing
import Training

@Suite struct ExtremeOffsetTests {
  private let recipe = LogisticRegression(threadCount: 1)

  @Test func rowsDecidedByTheirOffsetDoNotMatter() throws {
    // 10⁴ of log-odds on the right side leave a loss of 0 and no curvature.
    let sample = Sample(seed: 41, rowCount: 200, columnCount: 2)
    let offset = (0..<200).map { $0 < 50 ? (2 * sample.outcomes[$0] - 1) * 1e4 : 0 }
    let fit = try recipe.fit(sample.matrix, outcomes: sample.outcomes, offset: offset)
    let rest = try recipe.fit(
      Matrix(rows: Array(sample.rows[50...])), outcomes: Array(sample.outcomes[50...]))
    #expect(distance(fit, rest) < 1e-10)
  }

  @Test func rowsAgainstTheirOffsetAddALinearLoss() throws {
    let sample = Sample(seed: 42, rowCount: 200, columnCount: 2)
    let offset = (0..<200).map { $0 < 2 ? (1 - 2 * sample.outcomes[$0]) * 1e4 : 0 }
    let penalized = LogisticRegression(l2Penalty: 0.1, threadCount: 1)
    let fit = try penalized.fit(sample.matrix, outcomes: sample.outcomes, offset: offset)
    #expect(abs(fit.logLoss - 100) < 2)  // two rows in 200 of 10⁴ each; the rest below 1
    let slope = gradient(
      at: fit, sample.matrix, outcomes: sample.outcomes, offset: offset, l2Penalty: 0.1)
    #expect(slope.allSatisfy { abs($0) < 1e-12 })  // what the last step leaves
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func wildOffsetsAreFittedOrNamed(seed: UInt64) throws {
    // Offsets from −3000 to 3000 leave hardly a row with any weight, so that Newton's steps are far
    // too long; for some seeds the intercept has an interval of best values.
    let sample = Sample(seed: seed, rowCount: 20, columnCount: 3)
    var generator = SeededGenerator(seed)
    let offset = (0..<20).map { _ in Double.random(in: -3000...3000, using: &generator) }
    do throws(FitError) {
      let fit = try LogisticRegression(l2Penalty: 1e-3, threadCount: 1).fit(
        sample.matrix, outcomes: sample.outcomes, offset: offset)
      #expect(fit.gradientNorm < 1e-12)  // what the last step leaves
    } catch {
      #expect(error == .offsetDecides)
    }
  }

  @Test func anOffsetThatDecidesEverythingIsAnError() throws {
    let sample = Sample(seed: 43, rowCount: 100, columnCount: 2)
    let error = try #require(
      #expect(throws: FitError.self) {
        try recipe.fit(
          sample.matrix, outcomes: sample.outcomes,
          offset: sample.outcomes.map { (2 * $0 - 1) * 1e4 })
      })
    #expect(error == .offsetDecides)
    #expect(
      error.description
        == "the offset fixes the fitted probabilities at 0 or 1, so the coefficients are not "
        + "determined; check the scale of the offset (log-odds)")
  }

  @Test func tooFewIterationsAreAnError() throws {
    let sample = Sample(seed: 44, rowCount: 100, columnCount: 2)
    let error = try #require(
      #expect(throws: FitError.self) {
        try LogisticRegression(maximumIterations: 1, threadCount: 1)
          .fit(sample.matrix, outcomes: sample.outcomes)
      })
    #expect(error.description.hasPrefix("no minimum found in 1 iterations (gradient 0.0"))
    #expect(
      error.description.hasSuffix(
        "raise l2Penalty (--l2), and check the offset and the weights for "
          + "extreme values"))
  }
}
