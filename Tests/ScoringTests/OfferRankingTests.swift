import Evaluation
import Foundation
import SpecialFunctions
import Tables
import Testing

@testable import Scoring

/// A model of K classes of every kind of feature; coefficients from a seed, with sum 0 over the classes.
func everyKindOffers(
  _ classCount: Int, seed: UInt64 = 1, encoder: Scoring.Encoder = everyKindEncoder(),
  availability: AvailabilitySource? = nil, evaluation: MultinomialEvaluation? = nil
) throws -> Model {
  let raw = (0..<classCount).map { randomCoefficients(encoder, seed: seed + UInt64($0)) }
  let classes = raw.indices.map { k in
    let own = raw[k].indices.map { j in
      raw[k][j] - raw.reduce(0) { $0 + $1[j] } / Double(classCount)
    }
    return MultinomialPredictor.Class(
      name: "offer \(k)", share: 1 / Double(classCount),
      equation: LinearEquation(
        intercept: Double(k) - Double(classCount - 1) / 2, coefficients: own))
  }
  return Model(
    name: "offer", identifier: "id", encoder: encoder,
    predictor: .multinomial(
      MultinomialPredictor(
        column: "taken", classes: classes, availability: availability, evaluation: evaluation)),
    training: try everyKindModel().training)
}

extension Model {
  var offers: MultinomialPredictor {
    get throws {
      guard case .multinomial(let multinomial) = predictor else {
        throw ModelError.notAModel(path: "test", reason: "not of several classes")
      }
      return multinomial
    }
  }
}

@Suite struct OfferRankingTests {
  private func mask(_ rowCount: Int, _ classCount: Int, seed: UInt64) -> Availability {
    var generator = SplitMix64(seed: seed)
    return Availability(
      rowCount: rowCount, optionCount: classCount,
      rowMajor: (0..<rowCount * classCount).map {
        $0 % classCount == 0 || generator.next() & 1 == 1
      }
    )
  }

  @Test(arguments: 1...5 as ClosedRange<UInt64>)
  func contributionsAndBaseAddUpToTheLogOddsAgainstTheAverageClass(seed: UInt64) throws {
    let model = try everyKindOffers(7, seed: seed)
    let batch = model.encoder.batch(model.encoder.randomRows(80, seed: seed))
    let scorer = model.scorer
    let scores = scorer.scores(batch)
    let rows = FeatureRows(batch)
    var contributions = [Double](repeating: 0, count: model.encoder.features.count)
    for row in 0..<80 {
      var sum = 0.0
      for k in 0..<7 {
        scorer.setContributions(&contributions, of: row, in: rows, to: k)
        #expect(contributions == scorer.contributions(batch, to: k).map { $0[row] })
        #expect(contributions.reduce(scorer.bases[k], +) == scores[k * 80 + row])
        sum += scores[k * 80 + row]
      }
      // Seven scores below 100: the mean of the classes' scores is 0.
      #expect(abs(sum) < 1e-11)
    }
  }

  @Test(arguments: 1...5 as ClosedRange<UInt64>)
  func probabilitiesAreTheSoftmaxOfWhatIsAvailable(seed: UInt64) throws {
    let model = try everyKindOffers(6, seed: seed)
    let batch = model.encoder.batch(model.encoder.randomRows(40, seed: seed))
    let mask = mask(40, 6, seed: seed)
    let ranked = OfferRanking(try model.offers, encoder: model.encoder).rank(
      batch, available: mask)
    for row in 0..<40 {
      let own = (0..<6).filter { mask[row, $0] }
      let total = own.reduce(0) { $0 + exp(ranked.scores[$1 * 40 + row]) }
      for k in 0..<6 {
        let expected = mask[row, k] ? exp(ranked.scores[k * 40 + row]) / total : 0
        #expect(isClose(ranked.probabilities[k * 40 + row], expected, relative: 1e-13))
      }
      #expect(Set(ranked[row].map(\.index)) == Set(own))
      let probabilities = ranked[row].map(\.probability)
      #expect(probabilities == probabilities.sorted(by: >))
    }
  }

  @Test(arguments: [1, 3, 64, 65])
  func batchAndSingleRowGiveTheSameBits(size: Int) throws {
    let model = try everyKindOffers(10)
    let rows = model.encoder.randomRows(130, seed: 9)
    let ranking = OfferRanking(
      try model.offers, encoder: model.encoder,
      margins: (0..<10).map { OfferMargin(margin: Double($0), contactCost: 0.25) })
    let mask = mask(130, 10, seed: 2)
    let whole = ranking.rank(model.encoder.batch(rows), available: mask)
    for first in stride(from: 0, to: rows.count, by: size) {
      let indices = Array(first..<min(first + size, rows.count))
      let part = ranking.rank(
        model.encoder.batch(indices.map { rows[$0] }), available: mask.rows(indices))
      for (place, row) in indices.enumerated() { #expect(part[place] == whole[row]) }
    }
  }

  @Test(arguments: [1, 4, 8, 9, 30])
  func topIsTheBeginningOfAll(top: Int) throws {
    let model = try everyKindOffers(30)
    let batch = model.encoder.batch(model.encoder.randomRows(50, seed: 3))
    let all = OfferRanking(try model.offers, encoder: model.encoder).rank(batch)
    let some = OfferRanking(try model.offers, encoder: model.encoder, top: top).rank(batch)
    for row in 0..<50 { #expect(some[row] == Array(all[row].prefix(top))) }
  }

  @Test func marginsOrderByWhatAnOfferIsWorth() throws {
    let model = try everyKindOffers(4)
    let batch = model.encoder.batch(model.encoder.randomRows(60, seed: 5))
    let margins = [
      OfferMargin(margin: 10, contactCost: 1), OfferMargin(margin: 200),
      OfferMargin(margin: -5, contactCost: 2), OfferMargin(margin: 60, contactCost: 30),
    ]
    let ranked = OfferRanking(try model.offers, encoder: model.encoder, margins: margins).rank(
      batch)
    for row in 0..<60 {
      for offer in ranked[row] {
        let margin = margins[offer.index]
        #expect(
          offer.expectedValue == offer.probability * margin.margin - margin.contactCost)
      }
      let values = ranked[row].compactMap(\.expectedValue)
      #expect(values == values.sorted(by: >) && values.count == 4)
    }
  }

  @Test func ofEqualOffersTheEarlierIsFirst() throws {
    let encoder = everyKindEncoder()
    let zeros = LinearEquation(
      intercept: 0, coefficients: encoder.designColumns.map { _ in 0 })
    let predictor = MultinomialPredictor(
      column: "taken",
      classes: (0..<12).map { .init(name: "\($0)", share: 1 / 12, equation: zeros) },
      availability: nil, evaluation: nil)
    let batch = encoder.batch(encoder.randomRows(3, seed: 1))
    for top in [5, 12] {
      let ranked = OfferRanking(predictor, encoder: encoder, top: top).rank(batch)
      #expect(ranked[2].map(\.index) == Array(0..<top))
    }
  }

  @Test func whoCouldHaveNothingGetsNothing() throws {
    let model = try everyKindOffers(3)
    var mask = Availability(rowCount: 2, optionCount: 3)
    mask.clear(1)
    let ranked = OfferRanking(try model.offers, encoder: model.encoder).rank(
      model.encoder.batch(model.encoder.randomRows(2, seed: 1)), available: mask)
    #expect(ranked[1].isEmpty && ranked[0].count == 3)
    #expect((0..<3).allSatisfy { ranked.probabilities[$0 * 2 + 1] == 0 })
  }

  @Test func scoresFarApartStayNumbers() {
    // Rows 1e300, −1e300, 710 and 0, 0, −∞.
    var scores: [Double] = [1e300, 0, -1e300, 0, 710, -.infinity]
    scores.withUnsafeMutableBufferPointer { classProbabilities($0, rowCount: 2, classCount: 3) }
    #expect(scores == [1, 0.5, 0, 0.5, 0, 0])
  }

  @Test(arguments: 1...3 as ClosedRange<UInt64>)
  func modelFileGivesAnEqualModelAndTheSameBytes(seed: UInt64) throws {
    let evaluation = try MultinomialEvaluation(
      scores: [[1, 0, 0], [0, 1, 0], [0, 0, 2]], outcomes: [0, 1, 2],
      trainingShares: [0.3, 0.3, 0.4])
    let model = try everyKindOffers(
      3, seed: seed, availability: .list(column: "offered"), evaluation: evaluation)
    let data = try ModelFile.encode(model)
    let read = try ModelFile.decode(data, path: "model.json")
    #expect(read == model)
    #expect(try ModelFile.encode(read) == data)
    let text = String(decoding: data, as: UTF8.self)
    #expect(text.contains("\"kind\" : \"multinomial\""))
    // Every class is in the check rows.
    #expect(
      text.components(separatedBy: "\"scores\"").count - 1
        == CheckRow.rows(for: model).count)
    #expect(CheckRow.rows(for: model).allSatisfy { $0.scores.count == 3 })
  }
}

@Suite struct AvailabilityReadingTests {
  private let classes = ["Card", "Loan", "Travel pass"]

  private func flags(_ mask: Availability) -> [[Bool]] {
    (0..<mask.rowCount).map { row in (0..<mask.optionCount).map { mask[row, $0] } }
  }

  @Test func listsNameWhatWasOffered() {
    let reading = AvailabilityReading(.list(column: "offered"), classes: classes)
    let texts = ["Card|Loan", " Travel pass | Card ", "", "Boat", "Loan|Boat|Loan|"]
    let table = Table(
      rowCount: 6,
      columns: [
        Column(
          name: "offered", schema: ColumnSchema(.category),
          values: .categories(codes: [0, 1, 2, 3, 4, ColumnValues.missingCode], levels: texts))
      ])
    let (mask, unknownCount) = reading.availability(of: table)
    #expect(
      flags(mask) == [
        [true, true, false], [true, false, true], [false, false, false], [false, false, false],
        [false, true, false], [false, false, false],
      ])
    #expect(unknownCount == 2)
  }

  @Test func flagsAreYesOrNothing() {
    let reading = AvailabilityReading(.flags(prefix: "can_"), classes: classes)
    #expect(reading.columns == ["can_Card", "can_Loan", "can_Travel pass"])
    let columns: [[Double]] = [[1, 0], [.nan, 1], [0, 1]]
    let table = Table(
      rowCount: 2,
      columns: zip(reading.columns, columns).map {
        Column(name: $0, schema: ColumnSchema(.boolean), values: .numbers($1))
      })
    #expect(
      flags(reading.availability(of: table).mask) == [[true, false, false], [false, true, true]])
  }
}
