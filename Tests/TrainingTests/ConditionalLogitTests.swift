import Foundation
import LinearAlgebra
import TestSupport
import Testing
import Training

/// Choice sets of two to five offers with a known model.
private struct PairSample {
  var rows: [[Double]] = []
  var choiceSets: [Int] = []
  var chosen: [Bool] = []
  var offers: [Int] = []

  var matrix: Matrix { Matrix(rows: rows) }

  init(seed: UInt64, setCount: Int, columnCount: Int) {
    var generator = SeededGenerator(seed)
    for set in 0..<setCount {
      let count = Int.random(in: 2...5, using: &generator)
      let offers = Array((0..<5).shuffled(using: &generator).prefix(count))
      let features = offers.map { _ in
        (0..<columnCount).map { _ in Double.random(in: -2...2, using: &generator) }
      }
      let scores = zip(offers, features).map { offer, features in
        features.enumerated().reduce(Double(offer) / 4) { $0 + $1.1 / Double($1.0 + 1) }
          - log(-log(Double.random(in: 1e-300..<1, using: &generator)))
      }
      let best = scores.indices.max { scores[$0] < scores[$1] }
      rows += features
      choiceSets += offers.map { _ in set }
      chosen += offers.indices.map { $0 == best }
      self.offers += offers
    }
  }

  /// The sets in another order.
  func sets(_ order: [Int]) -> PairSample {
    var result = self
    let indices = order.flatMap { set in choiceSets.indices.filter { choiceSets[$0] == set } }
    result.rows = indices.map { rows[$0] }
    result.chosen = indices.map { chosen[$0] }
    result.offers = indices.map { offers[$0] }
    result.choiceSets = order.enumerated().flatMap { index, set in
      choiceSets.filter { $0 == set }.map { _ in index }
    }
    return result
  }

  func fit(
    _ recipe: ConditionalLogit, withOffers: Bool = true, sampleWeights: [Double]? = nil
  ) throws -> ConditionalLogitFit {
    try recipe.fit(
      matrix, choiceSets: choiceSets, chosen: chosen, offers: withOffers ? offers : nil,
      sampleWeights: sampleWeights)
  }
}

private func distance(_ a: ConditionalLogitFit, _ b: ConditionalLogitFit) -> Double {
  zip(a.offerIntercepts + a.coefficients, b.offerIntercepts + b.coefficients)
    .reduce(0) { max($0, abs($1.0 - $1.1) / max(1, abs($1.1))) }
}

@Suite struct ConditionalLogitTests {
  // Newton's last step leaves the square of 10⁻⁶, times an inverse curvature of 100 at most.
  private let promised = 1e-10
  private let recipe = ConditionalLogit(l2Penalty: 0.01, threadCount: 1)

  @Test(arguments: [0, 0.01, 1])
  func gradientAtTheFitIsNearZero(l2Penalty: Double) throws {
    let sample = PairSample(seed: 1, setCount: 120, columnCount: 3)
    let fit = try sample.fit(ConditionalLogit(l2Penalty: l2Penalty, threadCount: 1))
    let probabilities = try fit.probabilities(
      sample.matrix, choiceSets: sample.choiceSets, offers: sample.offers)
    var intercepts = [Double](repeating: 0, count: 5)
    var slopes = fit.coefficients.map { l2Penalty * $0 }
    for i in sample.rows.indices {
      let residual = (probabilities[i] - (sample.chosen[i] ? 1 : 0)) / 120
      intercepts[sample.offers[i]] += residual
      for j in 0..<3 { slopes[j] += residual * sample.rows[i][j] }
    }
    #expect((intercepts + slopes).allSatisfy { abs($0) < 1e-12 })
    #expect(fit.gradientNorm < 1e-12)
    #expect(abs(fit.offerIntercepts.reduce(0, +)) < 1e-14)
  }

  @Test func offersAloneAreTheSharesOfAMultinomial() throws {
    let choices = [0, 0, 0, 0, 1, 1, 1, 2]
    let fit = try ConditionalLogit(threadCount: 1).fit(
      Matrix(rowCount: 24, columnCount: 0, repeating: 0),
      choiceSets: (0..<24).map { $0 / 3 }, chosen: (0..<24).map { choices[$0 / 3] == $0 % 3 },
      offers: (0..<24).map { $0 % 3 })
    let multinomial = try MultinomialRegression(l2Penalty: 1, threadCount: 1).fit(
      Matrix(rowCount: 8, columnCount: 0, repeating: 0), outcomes: choices, classCount: 3)
    for (k, share) in [0.5, 0.375, 0.125].enumerated() {
      let mean = [0.5, 0.375, 0.125].reduce(0) { $0 + log($1) } / 3
      #expect(abs(fit.offerIntercepts[k] - (log(share) - mean)) < 1e-14)
      #expect(abs(multinomial.intercepts[k] - fit.offerIntercepts[k]) < 1e-14)
    }
  }

  @Test(arguments: [1, 1e6, -1e9])
  func aConstantOfTheCustomerChangesNothing(constant: Double) throws {
    var sample = PairSample(seed: 2, setCount: 100, columnCount: 2)
    // 2⁻²⁰ steps, so that adding 10⁹ loses nothing.
    sample.rows = sample.rows.map { $0.map { ($0 * 1_048_576).rounded() / 1_048_576 } }
    let plain = try sample.fit(recipe)
    for i in sample.rows.indices {
      sample.rows[i][1] += constant * Double(sample.choiceSets[i] % 3)
    }
    #expect(try sample.fit(recipe) == plain)
  }

  @Test func weightTwoIsTheSetTwiceAndZeroIsTheSetLeftOut() throws {
    let sample = PairSample(seed: 3, setCount: 90, columnCount: 2)
    let weights = (0..<90).map { Double($0 % 3) }
    let weighted = try sample.fit(recipe, sampleWeights: weights)
    let order = (0..<90).flatMap { set in [Int](repeating: set, count: set % 3) }
    #expect(distance(weighted, try sample.sets(order).fit(recipe)) < promised)
  }

  @Test func orderOfTheSetsDoesNotMatter() throws {
    let sample = PairSample(seed: 4, setCount: 90, columnCount: 2)
    let reversed = try sample.sets((0..<90).reversed()).fit(recipe)
    #expect(distance(reversed, try sample.fit(recipe)) < promised)
  }

  @Test func threadsDoNotChangeABit() throws {
    let sample = PairSample(seed: 5, setCount: 900, columnCount: 2)
    let fits = try [1, 2].map { try sample.fit(ConditionalLogit(threadCount: $0)) }
    #expect(fits[0] == fits[1])
  }

  @Test func twoOffersAreTheLogisticRegressionOfTheirDifference() throws {
    var generator = SeededGenerator(6)
    let pairs = (0..<100).map { _ in
      (0..<4).map { _ in Double.random(in: -2...2, using: &generator) }
    }
    let outcomes = pairs.map {
      $0[0] - $0[2] + Double.random(in: -2...2, using: &generator) > 0 ? 1.0 : 0
    }
    let fit = try recipe.fit(
      Matrix(rows: pairs.flatMap { [[$0[0], $0[1]], [$0[2], $0[3]]] }),
      choiceSets: (0..<200).map { $0 / 2 },
      chosen: (0..<200).map { (outcomes[$0 / 2] == 1) == $0.isMultiple(of: 2) },
      offers: (0..<200).map { $0 % 2 })
    let binary = try LogisticRegression(l2Penalty: 0.01, threadCount: 1).fit(
      Matrix(rows: pairs.map { [$0[0] - $0[2], $0[1] - $0[3]] }), outcomes: outcomes)
    for j in 0..<2 { #expect(abs(fit.coefficients[j] - binary.coefficients[j]) < promised) }
    #expect(
      abs(fit.offerIntercepts[0] - fit.offerIntercepts[1] - binary.intercept) < promised)
  }

  @Test func errorsNameThePlace() throws {
    let sample = PairSample(seed: 7, setCount: 60, columnCount: 2)
    func failure(_ change: (inout PairSample) -> Void) throws -> String {
      var changed = sample
      change(&changed)
      return try #require(
        #expect(throws: FitError.self) { _ = try changed.fit(ConditionalLogit(threadCount: 1)) }
      ).description
    }
    let second = try #require(sample.choiceSets.firstIndex(of: 1))
    #expect(
      try failure { $0.chosen[second...] = $0.chosen[second...].map { _ in false }[...] }
        == "the choice set that starts at row \(second + 1) has 0 chosen rows; a choice is exactly "
        + "one: correct or drop the set")
    #expect(
      try failure { $0.choiceSets[$0.choiceSets.count - 1] = 0 }
        == "row \(sample.rows.count) belongs to a choice set that ended before it; sort the rows by "
        + "choice set")
    #expect(
      try failure { $0.offers[1] = $0.offers[0] }
        == "row 2 has offer \(sample.offers[0]) a second time in its choice set; keep one row of "
        + "each offer")
    #expect(
      try failure { sample in
        for i in sample.rows.indices { sample.rows[i][1] = Double(sample.choiceSets[i]) / 7 }
      } == "column 2 has one value in each choice set, which changes no choice; leave it out or "
        + "set l2Penalty (--l2) above 0")
    #expect(
      try failure { sample in
        for i in sample.rows.indices { sample.rows[i][1] = Double(sample.offers[i] * 3) }
      } == "column 2 is a sum of the intercept and the columns before it; leave it out or set "
        + "l2Penalty (--l2) above 0 (if it is a level of a category, code one level as no level)")
    #expect(
      try failure { sample in
        for i in sample.rows.indices { sample.rows[i][1] = sample.chosen[i] ? 1 : 0 }
      }.hasPrefix("column 2 tells some outcomes without error"))
    #expect(
      try failure { sample in
        for i in sample.rows.indices where sample.offers[i] == 4 { sample.offers[i] = 5 }
      } == "option 4 was never chosen, so its best intercept is infinite; leave the option out or "
        + "merge it with another")
  }
}
