import Crypto
import FoundationEssentials

/// Who was erased from a base: keyed hashes of their identities and of the ids of their orders, leads,
/// messages and rejected records, by which a later import of the same data is recognised and left out.
///
/// HMAC-SHA-256 under a key of the base's own. It tells nobody who was erased; but who holds the base, key
/// included, and guesses an address can test the guess: a hash of so little cannot do better.
package struct Tombstones: Sendable {
  package let key: String
  private var hashes: Set<String>

  /// - Parameters:
  ///   - key: as `newKey` made it.
  package init(key: String, hashes: some Sequence<String>) {
    self.key = key
    self.hashes = Set(hashes)
  }

  /// 256 random bits as hexadecimal digits.
  package static func newKey() -> String {
    SymmetricKey(size: .bits256).withUnsafeBytes { hex($0) }
  }

  package var isEmpty: Bool { hashes.isEmpty }

  /// What besides an identity may have a tombstone.
  package enum Subject: String, Sendable {
    case order, lead, message
    /// "FILE:LINE".
    case reject
  }

  package func hash(_ identity: Identity) -> String {
    hash("identity", identity.kind.rawValue, identity.value)
  }

  package func hash(_ subject: Subject, _ id: String) -> String { hash(subject.rawValue, id) }

  private func hash(_ parts: String...) -> String {
    // Parts are told apart by a byte that no text has.
    let text = Array(parts.joined(separator: "\0").utf8)
    let code = HMAC<SHA256>.authenticationCode(
      for: text, using: SymmetricKey(data: Array(key.utf8)))
    return code.withUnsafeBytes { Self.hex($0) }
  }

  private static func hex(_ bytes: UnsafeRawBufferPointer) -> String {
    var text: [UInt8] = []
    let digits = Array("0123456789abcdef".utf8)
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The batch without what is told of erased people; the batch itself where nobody is.
  package func filtered(_ batch: FactBatch, file: FileFingerprint?) -> FactBatch {
    guard !isEmpty else { return batch }
    var filter = BatchFilter(batch)
    filter.dropPeople { identities in identities.contains { hashes.contains(hash($0)) } }
    filter.dropSubjects { subject, id in hashes.contains(hash(subject, id)) }
    if let file {
      filter.batch.rejects.removeAll {
        hashes.contains(hash(.reject, "\(file.text):\($0.line)"))
      }
    }
    return filter.batch
  }
}

/// Takes people and what is told of them out of a batch.
private struct BatchFilter {
  var batch: FactBatch

  init(_ batch: FactBatch) { self.batch = batch }

  mutating func dropPeople(_ isErased: ([Identity]) -> Bool) {
    var places: [Int?] = []
    var kept: [Person] = []
    for person in batch.people {
      let isKept = !isErased(person.identities)
      places.append(isKept ? kept.count : nil)
      if isKept { kept.append(person) }
    }
    batch.identityMerges.removeAll { isErased([$0.from, $0.into]) }
    guard kept.count < batch.people.count else { return }
    batch.people = kept
    dropFacts(places)
    dropOwned(places)
  }

  private mutating func dropFacts(_ places: [Int?]) {
    batch.traits = moved(batch.traits, \.person, places)
    batch.consents = moved(batch.consents, \.person, places)
    batch.events = moved(batch.events, \.person, places)
    batch.touchpoints = moved(batch.touchpoints, \.person, places)
    batch.scores = moved(batch.scores, \.person, places)
    batch.exposures = moved(batch.exposures, \.person, places)
  }

  /// Orders, leads and messages, with what hangs on them.
  private mutating func dropOwned(_ places: [Int?]) {
    let orders = erased(batch.orders, \.person, places).map(\.orderID)
    batch.orders = moved(batch.orders, \.person, places)
    let leads = erased(batch.leads, \.person, places).map(\.leadID)
    batch.leads = moved(batch.leads, \.person, places)
    let messages = batch.messages.filter { places[$0.person] == nil }.map(\.messageID)
    batch.messages = moved(batch.messages, \.person, places)
    let gone: [Tombstones.Subject: Set<String>] = [
      .order: Set(orders), .lead: Set(leads), .message: Set(messages),
    ]
    dropSubjects { subject, id in gone[subject]?.contains(id) ?? false }
  }

  mutating func dropSubjects(_ isErased: (Tombstones.Subject, String) -> Bool) {
    batch.orders.removeAll { isErased(.order, $0.orderID) }
    batch.orderLines.removeAll { isErased(.order, $0.orderID) }
    batch.refunds.removeAll { isErased(.order, $0.orderID) }
    batch.leads.removeAll { isErased(.lead, $0.leadID) }
    batch.stages.removeAll { isErased(.lead, $0.leadID) }
    batch.messages.removeAll { isErased(.message, $0.messageID) }
    batch.messageSteps.removeAll { isErased(.message, $0.messageID) }
  }

  private func moved<Fact>(
    _ facts: [Fact], _ person: WritableKeyPath<Fact, Int>, _ places: [Int?]
  ) -> [Fact] {
    facts.compactMap { fact in
      guard let place = places[fact[keyPath: person]] else { return nil }
      var fact = fact
      fact[keyPath: person] = place
      return fact
    }
  }

  private func moved<Fact>(
    _ facts: [Fact], _ person: WritableKeyPath<Fact, Int?>, _ places: [Int?]
  ) -> [Fact] {
    facts.compactMap { fact in
      guard let old = fact[keyPath: person] else { return fact }
      guard let place = places[old] else { return nil }
      var fact = fact
      fact[keyPath: person] = place
      return fact
    }
  }

  private func erased<Fact>(
    _ facts: [Fact], _ person: KeyPath<Fact, Int?>, _ places: [Int?]
  ) -> [Fact] {
    facts.filter { fact in fact[keyPath: person].map { places[$0] == nil } ?? false }
  }
}

/// Finds a person's identities in the text of a rejected record, however it spells them.
package struct IdentitySearch: Sendable {
  private let texts: [[UInt8]]
  /// The last ten digits of phones, which every spelling has.
  private let phones: [[UInt8]]

  /// Identities of fewer characters would be found in every record.
  private static let leastLength = 4

  package init(_ identities: [Identity]) {
    let long = identities.filter { $0.value.utf8.count >= Self.leastLength }
    texts = long.filter { $0.kind != .phone }.map { Array($0.value.lowercased().utf8) }
    phones = long.filter { $0.kind == .phone }.map { Array($0.value.utf8.suffix(10)) }
  }

  package func finds(in record: String) -> Bool {
    let text = Array(record.lowercased().utf8)
    if texts.contains(where: { Self.holds(text, $0) }) { return true }
    guard !phones.isEmpty else { return false }
    let digits = text.filter { $0 &- 0x30 <= 9 }
    return phones.contains { Self.holds(digits, $0) }
  }

  private static func holds(_ text: [UInt8], _ part: [UInt8]) -> Bool {
    guard part.count <= text.count else { return false }
    return (0...(text.count - part.count)).contains { text[$0...].starts(with: part) }
  }
}
