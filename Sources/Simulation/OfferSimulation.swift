internal import SpecialFunctions

/// Customers who each took one of K offers, invented, with the probability each offer really had.
///
/// One file is wide, a row a customer: what was known of the customer, the offers it could have had, the
/// one it took; the truth is a multinomial logit of these columns. The other is of pairs, a row for each
/// offer a customer could have had, with what belongs to the pair: price, discount, views of the offer's
/// pages; the truth is a conditional logit.
///
/// Rows depend on `seed` and their number alone: the same seed gives the same bytes on every machine and
/// release, and the first customers of a longer file are those of a shorter one. The truth's coefficients
/// depend on the number of offers alone.
public struct OfferSimulation: Hashable, Sendable {
  public static let offerLimit = 200

  /// What the rows are.
  public enum Form: Hashable, Sendable {
    case customers
    case pairs
  }

  public let customerCount: Int
  public let offerCount: Int
  public let seed: UInt64
  public let form: Form

  /// - Throws: `SimulationError`, for fewer than 0 customers, and offers outside 2...200.
  public init(
    customerCount: Int, offerCount: Int = 6, seed: UInt64, form: Form = .customers
  ) throws(SimulationError) {
    guard customerCount >= 0 else {
      throw .outOfRange(setting: "customerCount", value: customerCount, allowed: "from 0 up")
    }
    guard 2...Self.offerLimit ~= offerCount else {
      throw .outOfRange(
        setting: "offerCount", value: offerCount, allowed: "from 2 to \(Self.offerLimit)")
    }
    self.customerCount = customerCount
    self.offerCount = offerCount
    self.seed = seed
    self.form = form
  }

  /// The two files in pieces, to be written one after the other; memory does not grow with rows.
  public var chunks: OfferChunks { OfferChunks(self) }

  /// The names of the offers.
  public var offers: [String] { OfferPopulation.names(offerCount) }
}

/// A piece of the two files: whole rows, UTF-8, each ended by a line feed. The first piece begins with the
/// headers.
public struct OfferChunk: Hashable, Sendable {
  public internal(set) var rows: [UInt8] = []
  /// Columns customer, offer and probability, of every offer that a customer could have had.
  public internal(set) var truth: [UInt8] = []
}

/// The pieces of an `OfferSimulation`, in order.
public struct OfferChunks: Sequence, IteratorProtocol, Sendable {
  static let customersPerChunk = 4096

  private let simulation: OfferSimulation
  private let population: OfferPopulation
  private var seeds: SplitMix64
  private var written: Int?

  init(_ simulation: OfferSimulation) {
    self.simulation = simulation
    population = OfferPopulation(offerCount: simulation.offerCount)
    seeds = SplitMix64(seed: simulation.seed)
  }

  public mutating func next() -> OfferChunk? {
    var chunk = OfferChunk()
    if written == nil {
      chunk.rows.append(contentsOf: population.header(simulation.form).utf8)
      chunk.truth.append(contentsOf: "customer,offer,probability\n".utf8)
    } else if written == simulation.customerCount {
      return nil
    }
    let start = written ?? 0
    let end = Swift.min(simulation.customerCount, start + Self.customersPerChunk)
    for number in start..<end {
      // A generator for each customer: no draw of one can move the next one.
      var generator = SplitMix64(seed: seeds.next())
      let customer = population.draw(simulation.form, using: &generator)
      chunk.append(customer, number: number + 1, of: population, form: simulation.form)
    }
    written = end
    return chunk
  }
}

extension OfferChunk {
  fileprivate mutating func append(
    _ customer: OfferCustomer, number: Int, of population: OfferPopulation,
    form: OfferSimulation.Form
  ) {
    let id = Array("C-\(number)".utf8)
    for option in customer.options {
      truth.append(contentsOf: id)
      truth.appendField(population.bytes[option.offer])
      truth.append(.comma)
      truth.appendDecimal(Int((option.probability * 1e9).rounded()), digits: 9)
      truth.append(.lineFeed)
    }
    switch form {
    case .customers: appendCustomer(customer, id: id, of: population)
    case .pairs: appendPairs(customer, id: id, of: population)
    }
  }

  private mutating func appendCustomer(
    _ customer: OfferCustomer, id: [UInt8], of population: OfferPopulation
  ) {
    rows.appendField(id, isFirst: true)
    for number in [customer.age, customer.tenureMonths, customer.visits] {
      rows.appendField(Array("\(number)".utf8))
    }
    rows.append(.comma)
    if let cents = customer.basketCents { rows.appendDecimal(cents, digits: 2) }
    rows.appendField(OfferPopulation.segments.bytes[customer.segment])
    rows.appendField(OfferPopulation.channels.bytes[customer.channel])
    rows.appendField(Array((customer.readsNewsletter ? "yes" : "no").utf8))
    rows.appendField(
      Array(customer.options.map { population.bytes[$0.offer] }.joined(separator: [.bar])))
    rows.appendField(population.bytes[customer.taken])
    rows.append(.lineFeed)
  }

  private mutating func appendPairs(
    _ customer: OfferCustomer, id: [UInt8], of population: OfferPopulation
  ) {
    for option in customer.options {
      rows.appendField(id, isFirst: true)
      rows.appendField(population.bytes[option.offer])
      for number in [option.price, option.discountPercent, option.views] {
        rows.appendField(Array("\(number)".utf8))
      }
      rows.appendField(Array((option.isOwnChannel ? "yes" : "no").utf8))
      rows.appendField(Array((option.offer == customer.taken ? "1" : "0").utf8))
      rows.append(.lineFeed)
    }
  }
}

extension UInt8 {
  fileprivate static let bar = UInt8(ascii: "|")
}
