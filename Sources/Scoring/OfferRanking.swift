import SpecialFunctions

/// What an offer brings when it is taken, and what it costs to make it, in one currency.
public struct OfferMargin: Codable, Hashable, Sendable {
  public let margin: Double
  public let contactCost: Double

  public init(margin: Double, contactCost: Double = 0) {
    self.margin = margin
    self.contactCost = contactCost
  }

  /// What making the offer is worth on average: probability × margin − contact cost.
  public func expectedValue(probability: Double) -> Double { probability * margin - contactCost }
}

/// One offer for one customer.
public struct RankedOffer: Hashable, Sendable {
  /// The class, counted from 0.
  public let index: Int
  /// The log-odds against the geometric mean of all classes.
  public let score: Double
  /// Among the offers that the customer could have.
  public let probability: Double
  /// Where margins are given.
  public let expectedValue: Double?
}

/// Puts the offers of a multinomial model in order for each customer; batch and single row give the same
/// bits.
///
/// Offers stand by probability, or by expected value where margins are given; of equal ones the earlier
/// class is first. An offer that a customer could not have has no place.
public struct OfferRanking: Sendable {
  public let predictor: MultinomialPredictor
  public let scorer: Scorer
  /// By class.
  public let margins: [OfferMargin]?
  /// Most offers a customer gets.
  public let top: Int

  public init(
    _ predictor: MultinomialPredictor, encoder: Encoder, margins: [OfferMargin]? = nil,
    top: Int? = nil
  ) {
    precondition(
      margins.map { $0.count == predictor.classes.count } ?? true,
      "\(margins?.count ?? 0) margins for \(predictor.classes.count) classes")
    self.predictor = predictor
    scorer = Scorer(encoder: encoder, equations: predictor.classes.map(\.equation))
    self.margins = margins
    self.top = min(max(0, top ?? predictor.classes.count), predictor.classes.count)
  }

  /// Scores a batch.
  ///
  /// - Parameter available: what each row could have; everything when absent.
  public func rank(_ batch: FeatureBatch, available: Availability? = nil) -> RankedOffers {
    let (rowCount, classCount) = (batch.rowCount, predictor.classes.count)
    precondition(
      available.map { $0.rowCount == rowCount && $0.optionCount == classCount } ?? true,
      "availability of another shape than \(rowCount) × \(classCount)")
    let scores = scorer.scores(batch)
    var probabilities = scores
    if let available {
      for row in 0..<rowCount {
        for k in 0..<classCount where !available[row, k] {
          probabilities[k * rowCount + row] = -.infinity
        }
      }
    }
    probabilities.withUnsafeMutableBufferPointer {
      classProbabilities($0, rowCount: rowCount, classCount: classCount)
    }
    return RankedOffers(
      rowCount: rowCount, classCount: classCount, scores: scores, probabilities: probabilities,
      available: available, margins: margins, top: top)
  }
}

/// The offers of a batch of customers.
public struct RankedOffers: Sendable {
  public let rowCount: Int
  public let classCount: Int
  /// Class by class, one number a row.
  public let scores: [Double]
  public let probabilities: [Double]
  let available: Availability?
  let margins: [OfferMargin]?
  let top: Int

  /// The best offers of a row, in order; none where the customer could have none.
  public subscript(row: Int) -> [RankedOffer] {
    var offers: [RankedOffer] = []
    offers.reserveCapacity(classCount)
    for k in 0..<classCount where available?[row, k] ?? true {
      let probability = probabilities[k * rowCount + row]
      offers.append(
        RankedOffer(
          index: k, score: scores[k * rowCount + row], probability: probability,
          expectedValue: margins?[k].expectedValue(probability: probability)))
    }
    select(&offers)
    return offers
  }

  /// Puts the best in front and drops the rest.
  private func select(_ offers: inout [RankedOffer]) {
    let count = min(top, offers.count)
    if count > 8 {
      offers.sort(by: precedes)
    } else {
      for place in 0..<count {
        var best = place
        for other in (place + 1)..<max(place + 1, offers.count)
        where precedes(offers[other], offers[best]) {
          best = other
        }
        // Moved, not swapped: those behind stay in the order of their classes.
        let offer = offers.remove(at: best)
        offers.insert(offer, at: place)
      }
    }
    offers.removeSubrange(count...)
  }

  /// By expected value, or by score, which orders as the probability does and has no ties at 0.
  private func precedes(_ left: RankedOffer, _ right: RankedOffer) -> Bool {
    let (a, b) = (left.expectedValue ?? left.score, right.expectedValue ?? right.score)
    return a == b ? left.index < right.index : a > b
  }
}
