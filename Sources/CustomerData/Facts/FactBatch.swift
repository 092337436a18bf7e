/// Facts of one source on their way into a store, written in one transaction.
///
/// Every reader makes these and every store takes them. A fact names its person by an index into `people`,
/// so that a person who does a thousand things in a batch is looked up once. Texts of events lie one after
/// the other in `bytes`, as an event has up to fifteen and there are millions.
public struct FactBatch: Sendable {
  /// The system that the facts come from: "shopify", "segment", a file's own name for want of better.
  public let source: String
  /// The text of events, UTF-8 without zero bytes.
  package var bytes: [UInt8] = []

  public var people: [Person] = []
  public var identityMerges: [StatedMerge] = []
  public var traits: [Trait] = []
  public var consents: [Consent] = []
  public var events: [Event] = []
  public var products: [Product] = []
  public var orders: [Order] = []
  public var orderLines: [OrderLine] = []
  public var refunds: [Refund] = []
  public var leads: [Lead] = []
  public var stages: [StageEntry] = []
  public var campaigns: [Campaign] = []
  public var messages: [Message] = []
  public var messageSteps: [MessageStep] = []
  public var touchpoints: [Touchpoint] = []
  public var spend: [Spend] = []
  public var scores: [CustomerScore] = []
  public var exposures: [ExperimentExposure] = []
  public var rejects: [RejectedFact] = []

  public init(source: String) { self.source = source }

  /// Adds a person and returns the index that facts name them by.
  public mutating func addPerson(_ person: Person) -> Int {
    people.append(person)
    return people.count - 1
  }
}

/// Identities that a record shows to be of one person, and when that became known.
public struct Person: Hashable, Sendable {
  /// At least one, each once; the first of the strongest kind is the one that facts are kept under.
  public var identities: [Identity]
  /// The earliest instant at which a record of the batch says so.
  public var knownAt: Instant

  public init(identities: [Identity], knownAt: Instant) {
    self.identities = identities
    self.knownAt = knownAt
  }
}

/// What a source says outright: two names are one person (an alias message, a person by hand).
public struct StatedMerge: Hashable, Sendable {
  public let from: Identity
  public let into: Identity
  public let knownAt: Instant

  public init(from: Identity, into: Identity, knownAt: Instant) {
    self.from = from
    self.into = into
    self.knownAt = knownAt
  }
}

/// A place in `FactBatch.bytes`; `nil` text has length 0 and `isAbsent`.
public struct TextSpan: Hashable, Sendable {
  package let offset: UInt32
  package let length: UInt32

  package init(offset: Int, length: Int) {
    self.offset = UInt32(truncatingIfNeeded: offset)
    self.length = UInt32(truncatingIfNeeded: length)
  }

  public static let absent = TextSpan(offset: 0, length: 0)
  public var isAbsent: Bool { length == 0 }
}

extension FactBatch {
  /// Puts `text` into `bytes`; an empty or absent text has no place there.
  public mutating func add(_ text: String?) -> TextSpan {
    guard let text, !text.isEmpty else { return .absent }
    let start = bytes.count
    bytes.append(contentsOf: text.utf8)
    return TextSpan(offset: start, length: bytes.count - start)
  }

  package mutating func add(_ text: UnsafeRawBufferPointer) -> TextSpan {
    let start = bytes.count
    bytes.append(contentsOf: text)
    return TextSpan(offset: start, length: text.count)
  }

  public func text(_ span: TextSpan) -> String? {
    guard !span.isAbsent else { return nil }
    return String(decoding: bytes[Int(span.offset)..<Int(span.offset + span.length)], as: UTF8.self)
  }

  /// The number of facts in it; people and rejects are none.
  public var factCount: Int {
    identityMerges.count + traits.count + consents.count + events.count + products.count
      + orders.count + orderLines.count + refunds.count + leads.count + stages.count
      + campaigns.count + messages.count + messageSteps.count + touchpoints.count + spend.count
      + scores.count + exposures.count
  }
}

/// A record that could not be read: kept beside, so that nothing is lost.
public struct RejectedFact: Hashable, Sendable {
  public let line: Int
  public let reason: String
  /// The record as it stood, cut after `maxBytes`.
  public let record: String
  public static let maxBytes = 64 << 10

  public init(line: Int, reason: String, record: String) {
    self.line = line
    self.reason = reason
    self.record = record
  }
}
