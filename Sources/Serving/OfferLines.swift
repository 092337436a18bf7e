import Scoring
import Tables

/// A line for each of a row's best offers: rank, offer, score, probability, expected value.
struct OfferLines: LineWriter {
  let ranking: OfferRanking
  let plan: ScoringPlan
  /// `,offer,` for each class, quoted as needed.
  private let names: [[UInt8]]

  init(ranking: OfferRanking, plan: ScoringPlan) {
    self.ranking = ranking
    self.plan = plan
    names = ranking.predictor.classes.map { offer in
      var field: [UInt8] = []
      var name = offer.name
      name.withUTF8 { appendCSVField(UnsafeRawBufferPointer($0), to: &field) }
      return field
    }
  }

  var columns: [String] {
    ["rank", "offer", "score", "probability"] + (ranking.margins == nil ? [] : ["expected_value"])
  }

  func write(
    _ batch: FeatureBatch, of chunk: DecodedChunk, identifiers: TextColumn?,
    to scored: inout ScoredChunk
  ) {
    let available = plan.availability?.availability(of: chunk, places: plan.availabilityPlaces)
    scored.tally.unknownOfferCount = available?.unknownCount ?? 0
    let ranked = ranking.rank(batch, available: available?.mask)
    var reasons = Reasons(plan, batch)
    scored.lines.reserveCapacity(
      chunk.rowCount * ranking.top * (64 + 32 * plan.reasonCount))
    for row in 0..<chunk.rowCount {
      let offers = ranked[row]
      for (place, offer) in offers.enumerated() {
        identifiers?.withBytes(row) { appendCSVField($0, to: &scored.lines) }
        append(offer, rank: place + 1, to: &scored.lines)
        reasons.append(of: row, predictor: offer.index, to: &scored.lines)
        scored.endLine(of: row)
      }
      count(offers.first, to: &scored.tally)
    }
    count(ranked, available?.mask, to: &scored.tally)
    if let row = (0..<chunk.rowCount).first(where: { row in
      ranked.scores.indices(of: row, rowCount: chunk.rowCount).contains {
        !ranked.scores[$0].isFinite
      }
    }) {
      scored.note(unscorable: row, of: batch, by: plan)
    }
  }

  private func append(_ offer: RankedOffer, rank: Int, to lines: inout [UInt8]) {
    lines.append(UInt8(ascii: ","))
    lines.append(contentsOf: rank.description.utf8)
    lines.append(UInt8(ascii: ","))
    lines.append(contentsOf: names[offer.index])
    lines.appendNumber(offer.score)
    lines.appendNumber(offer.probability)
    if let value = offer.expectedValue { lines.appendNumber(value) }
  }

  private func count(_ first: RankedOffer?, to tally: inout ScoreTally) {
    guard let first else {
      tally.withoutOfferCount += 1
      return
    }
    tally.offers[first.index].firstCount += 1
    if let value = first.expectedValue {
      tally.totalValue += value
      tally.withoutGainCount += value <= 0 ? 1 : 0
    }
  }

  private func count(
    _ ranked: RankedOffers, _ available: Availability?, to tally: inout ScoreTally
  ) {
    for k in tally.offers.indices {
      for row in 0..<ranked.rowCount where available?[row, k] ?? true {
        tally.offers[k].availableCount += 1
        tally.offers[k].totalProbability += ranked.probabilities[k * ranked.rowCount + row]
      }
    }
  }
}

extension [Double] {
  /// The places of a row's scores in an array that stands class by class.
  fileprivate func indices(of row: Int, rowCount: Int) -> StrideTo<Int> {
    stride(from: row, to: count, by: rowCount)
  }
}
