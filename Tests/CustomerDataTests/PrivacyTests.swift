import Testing

@testable import CustomerData

struct ContactPermissionTests {
  struct Row: CustomTestStringConvertible, Sendable {
    let claim: String
    var statements: [(channel: String, purpose: String, status: ConsentStatus, day: Int64)] = []
    var channel = "email"
    var purpose = "marketing"
    var validDays: Int?
    let answer: ContactPermission
    var testDescription: String { claim }
  }

  static let rows = [
    Row(claim: "who said nothing gets no advertising", answer: .refused(.neverAsked)),
    Row(
      claim: "who said nothing gets what the contract needs", purpose: "service",
      answer: .allowed(.contract)),
    Row(
      claim: "a grant allows", statements: [("email", "marketing", .granted, 1)],
      answer: .allowed(.consent)),
    Row(
      claim: "a grant for another channel does not",
      statements: [("sms", "marketing", .granted, 1)],
      answer: .refused(.neverAsked)),
    Row(
      claim: "a grant for another purpose does not",
      statements: [("email", "research", .granted, 1)],
      answer: .refused(.neverAsked)),
    Row(
      claim: "the later word holds",
      statements: [("email", "marketing", .revoked, 2), ("email", "marketing", .granted, 1)],
      answer: .refused(.revoked)),
    Row(
      claim: "a grant after a revocation holds",
      statements: [("email", "marketing", .revoked, 2), ("email", "marketing", .granted, 3)],
      answer: .allowed(.consent)),
    Row(
      claim: "of one instant the stricter word holds",
      statements: [("email", "marketing", .granted, 2), ("email", "marketing", .denied, 2)],
      answer: .refused(.denied)),
    Row(
      claim: "a revocation of all channels holds for each",
      statements: [("email", "marketing", .granted, 1), ("*", "*", .revoked, 2)],
      answer: .refused(.revoked)),
    Row(
      claim: "a revocation of everything stops service messages too",
      statements: [("*", "*", .revoked, 2)], purpose: "service",
      answer: .refused(.revoked)),
    Row(
      claim: "a later statement than now does not count",
      statements: [("email", "marketing", .granted, 1), ("email", "marketing", .revoked, 11)],
      answer: .allowed(.consent)),
    Row(
      claim: "a grant runs out", statements: [("email", "marketing", .granted, 1)], validDays: 9,
      answer: .refused(.expired)),
    Row(
      claim: "a grant holds to its last day", statements: [("email", "marketing", .granted, 1)],
      validDays: 10,
      answer: .allowed(.consent)),
  ]

  /// Now is day 10; each statement is known when it is made.
  @Test(arguments: rows)
  func theLatestStatementDecides(row: Row) {
    let day: Int64 = 86_400_000
    let statements = row.statements.map { statement in
      let at = Instant(milliseconds: statement.day * day)
      return ConsentStatement(
        channel: statement.channel, purpose: statement.purpose, status: statement.status,
        eventTime: at, knownAt: at)
    }
    for order in [statements, statements.reversed()] {
      #expect(
        ContactPermission.decide(
          order, channel: row.channel, purpose: row.purpose, at: Instant(milliseconds: 10 * day),
          validDays: row.validDays) == row.answer)
    }
  }
}

struct TombstoneTests {
  private let anna = Identity(kind: .email, normalizedValue: "anna@example.com")
  private let ben = Identity(kind: .email, normalizedValue: "ben@example.com")
  private let at = Instant(milliseconds: 1_000)

  @Test func aBatchLosesTheErasedAndKeepsTheOthers() {
    let empty = Tombstones(key: "k", hashes: [])
    let tombstones = Tombstones(key: "k", hashes: [empty.hash(anna), empty.hash(.order, "o3")])
    var batch = FactBatch(source: "test")
    let first = batch.addPerson(Person(identities: [anna], knownAt: at))
    let second = batch.addPerson(Person(identities: [ben], knownAt: at))
    for (id, person) in [("o1", first), ("o2", second)] {
      batch.orders.append(Order(orderID: id, person: person, eventTime: at, knownAt: at))
      batch.refunds.append(
        Refund(refundID: id, orderID: id, amount: 1, currency: nil, eventTime: at, knownAt: at))
    }
    batch.refunds.append(
      Refund(refundID: "o3", orderID: "o3", amount: 1, currency: nil, eventTime: at, knownAt: at))
    batch.traits = [
      Trait(person: second, key: "city", value: "1", eventTime: at, knownAt: at),
      Trait(person: first, key: "city", value: "1", eventTime: at, knownAt: at),
    ]
    batch.addEvent(
      messageID: "m1", person: first, type: .track, name: "A", eventTime: at, knownAt: at)
    batch.addEvent(
      messageID: "m2", person: second, type: .track, name: "B", eventTime: at, knownAt: at)
    let kept = tombstones.filtered(batch, file: nil)
    #expect(kept.people.map(\.identities) == [[ben]])
    #expect(kept.orders.map(\.orderID) == ["o2"] && kept.orders.map(\.person) == [0])
    #expect(kept.refunds.map(\.orderID) == ["o2"])
    #expect(kept.traits.map(\.person) == [0])
    #expect(kept.events.map { kept.text($0.messageID) } == ["m2"])
  }

  @Test func aHashNeedsTheKey() {
    let one = Tombstones(key: Tombstones.newKey(), hashes: [])
    let other = Tombstones(key: Tombstones.newKey(), hashes: [])
    #expect(one.hash(anna) == one.hash(anna))
    #expect(one.hash(anna) != other.hash(anna))
    #expect(one.hash(anna) != one.hash(.order, "anna@example.com"))
    #expect(!one.hash(anna).contains("anna"))
  }

  @Test(arguments: [
    ("7,ANNA@Example.com,x", true), ("7,ben@example.com,x", false),
    ("8 (912) 345-67-89", true), ("+7 912 345 67 80", false),
  ])
  func aRejectedRecordIsSearchedInAnySpelling(record: String, isFound: Bool) {
    let search = IdentitySearch([
      anna, Identity(kind: .phone, normalizedValue: "+79123456789"),
      Identity(kind: .userID, normalizedValue: "7"),
    ])
    #expect(search.finds(in: record) == isFound)
  }
}
