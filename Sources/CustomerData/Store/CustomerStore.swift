/// Where the customer base is kept: SQLite or PostgreSQL. Both answer alike; `StoreContract` holds them to it.
///
/// Calls block: a server keeps them off the threads that serve requests. One object may be used from several
/// threads, which take turns.
///
/// What is kept under which key, and what a second fact under it does:
///
/// | table | key | a second one |
/// |---|---|---|
/// | events | message id | same body: dropped; another: kept in `event_conflicts`, counted |
/// | traits | person, key, event time, known at | dropped |
/// | consents | person, channel, purpose, event time | dropped |
/// | orders, leads | id, known at | fields fill what the first left open |
/// | order lines | order id, line number, known at | dropped |
/// | products | id, valid from | fields fill what the first left open |
/// | refunds, touchpoints, messages, campaigns | id | fields fill what the first left open |
/// | message steps, stages | id, kind or stage, event time | dropped |
/// | spend | day, platform, campaign, creative, known at | dropped |
/// | scores | person, model, as of | dropped |
/// | exposures | experiment, person, event time | dropped |
/// | identities | kind, value | the earlier `knownAt` stays |
/// | identity links | winner, loser, rule | the earlier `knownAt` stays |
///
/// A person's facts are kept under the strongest identity that came with them; who that identity belongs to
/// is computed from the links (`IdentityGraph`), now or as of then, and is never written into facts.
public protocol CustomerStore: AnyObject, Sendable {
  /// Its path or address, without a password: for messages.
  var location: String { get }

  /// Writes a batch and its checkpoint in one transaction: both are there afterwards, or neither.
  ///
  /// In an import that has begun several batches may share a transaction; what facts do besides events is
  /// then in the summary of the batch that ends it. All is there when a complete file's checkpoint is
  /// written or the import is finished.
  func write(
    _ batch: FactBatch, checkpoint: ImportCheckpoint?
  ) throws(StoreError) -> WriteSummary

  /// Tells that many facts come, so that the store may put off its indices.
  /// - Parameter expectedEvents: an estimate.
  func beginImport(expectedEvents: Int) throws(StoreError)
  /// Brings everything put off up to date. An import that was killed is finished by the next.
  func finishImport() throws(StoreError)

  /// How far the import of a file had come; `nil` where it was never begun.
  func checkpoint(of file: FileFingerprint) throws(StoreError) -> ImportCheckpoint?
  /// The rejected records of a file, by line.
  func rejects(of file: FileFingerprint) throws(StoreError) -> [RejectedFact]

  /// The number of rows of each table.
  func rowCounts() throws(StoreError) -> [StoreTable: Int]

  /// The customer numbers that an identity's text belongs to, of one kind or any.
  func customers(matching text: String, kind: IdentityKind?) throws(StoreError) -> [CustomerMatch]
  /// Everything known of a customer; `nil` where there is none with this number.
  /// - Parameter timelineLimit: the latest so many entries of the timeline.
  func profile(of customer: Int64, timelineLimit: Int) throws(StoreError) -> Profile?

  /// Nodes and links of the graph of identities, all or those connected with `customer`, in order of id.
  func identityNodes(of customer: Int64?) throws(StoreError) -> [IdentityNode]
  func identityLinks(of customer: Int64?) throws(StoreError) -> [IdentityLink]

  /// Joins two customers by hand.
  /// - Returns: The number of the merge, by which it can be undone.
  func merge(_ loser: Int64, into winner: Int64, at instant: Instant) throws(StoreError) -> Int64
  func undoMerge(_ mergeID: Int64, at instant: Instant) throws(StoreError)

  /// Removes a customer from every table, and sees that no later import brings them back.
  /// - Returns: The rows removed, by table.
  func erase(_ customer: Int64, at instant: Instant) throws(StoreError) -> [StoreTable: Int]

  /// Lets identities of people who were erased be imported again.
  /// - Returns: how many of them had been erased.
  func allow(_ identities: [Identity]) throws(StoreError) -> Int

  /// Counts what a check of the data's quality needs to know.
  func measure(
    _ measure: QualityMeasure, asOf: Instant
  ) throws(StoreError) -> [QualityFigure]
}

/// The tables of a store.
public enum StoreTable: String, CaseIterable, Hashable, Sendable, Encodable {
  case customers, identities, traits, consents, events, products, orders, refunds, leads, stages
  case campaigns, messages, touchpoints, spend, scores, exposures
  case identityLinks = "identity_links"
  case eventConflicts = "event_conflicts"
  case orderLines = "order_lines"
  case messageSteps = "message_steps"
  case rejects = "import_rejects"
  case imports
}

/// What one batch did.
public struct WriteSummary: Hashable, Sendable {
  /// Rows that were not there before, events included.
  public var newFacts = 0
  public var newEvents = 0
  /// Facts that the store had already.
  public var knownFacts = 0
  /// Events under a known message id with another body, kept beside.
  public var conflicts = 0
  public var newIdentities = 0
  public var newLinks = 0

  public init() {}

  public static func + (left: WriteSummary, right: WriteSummary) -> WriteSummary {
    var sum = left
    sum.newFacts += right.newFacts
    sum.newEvents += right.newEvents
    sum.knownFacts += right.knownFacts
    sum.conflicts += right.conflicts
    sum.newIdentities += right.newIdentities
    sum.newLinks += right.newLinks
    return sum
  }
}

/// A customer that an identity's text may mean.
public struct CustomerMatch: Hashable, Sendable {
  public let customer: Int64
  public let kind: IdentityKind

  public init(customer: Int64, kind: IdentityKind) {
    self.customer = customer
    self.kind = kind
  }
}
