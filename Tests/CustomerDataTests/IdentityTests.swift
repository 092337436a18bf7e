import SpecialFunctions
import Testing

@testable import CustomerData

@Suite struct IdentityNormalizerTests {
  @Test(arguments: [
    ("8 (912) 345-67-89", "+79123456789"), ("+7 912 345 67 89", "+79123456789"),
    ("9123456789", "+79123456789"), ("0049 30 123456", "+4930123456"),
  ])
  func spellingsOfAPhoneAreOneIdentity(text: String, value: String) {
    #expect(IdentityNormalizer().identity(.phone, text)?.value == value)
  }

  @Test(arguments: [
    (IdentityKind.phone, "ask me"), (.phone, "123"), (.email, "nobody"), (.email, "a@b"),
    (.email, "a b@c.de"), (.userID, "null"), (.userID, "  "), (.anonymousID, "undefined"),
  ])
  func whatIdentifiesNobodyIsNoIdentity(kind: IdentityKind, text: String) {
    #expect(IdentityNormalizer().identity(kind, text) == nil)
  }

  @Test func emailsAreTrimmedAndInSmallLetters() {
    #expect(IdentityNormalizer().identity(.email, " Анна@Пример.РФ\n")?.value == "анна@пример.рф")
  }
}

@Suite struct IdentityGraphTests {
  private func node(_ id: Int64, _ kind: IdentityKind, day: Int64 = 1) -> IdentityNode {
    IdentityNode(id: id, kind: kind, value: "v\(id)", knownAt: self.day(day))
  }

  private func day(_ number: Int64) -> Instant { Instant(milliseconds: number * 86_400_000) }

  private func link(
    _ id: Int64, _ winner: Int64, _ loser: Int64, rule: MergeRule = .sameRecord, day: Int64 = 1,
    undone: Int64? = nil
  ) -> IdentityLink {
    IdentityLink(
      id: id, winner: winner, loser: loser, rule: rule, knownAt: self.day(day),
      undoneAt: undone.map(self.day))
  }

  @Test func theStrongestIdentityNamesThePerson() {
    let graph = IdentityGraph(
      nodes: [node(1, .anonymousID), node(2, .email), node(3, .userID)],
      links: [link(1, 3, 1), link(2, 3, 2)], rules: .standard)
    #expect([1, 2, 3].map(graph.customer) == [3, 3, 3])
  }

  @Test func aPhoneSharedByTooManyJoinsNobody() {
    let users = (1...4).map { node($0, .userID) }
    let links = (1...4).map { link($0, $0, 9) }
    let graph = IdentityGraph(nodes: users + [node(9, .phone)], links: links, rules: .standard)
    #expect((1...4).map { graph.customer(of: $0) } == [1, 2, 3, 4])
    #expect(graph.sharedIdentities == [9])
    let fewer = IdentityGraph(
      nodes: users + [node(9, .phone)], links: links.dropLast(), rules: .standard)
    #expect((1...3).map { fewer.customer(of: $0) } == [1, 1, 1])
  }

  @Test func whatIsKnownLaterDoesNotExistEarlier() {
    let nodes = [node(1, .anonymousID), node(2, .userID)]
    let links = [link(1, 2, 1, day: 5, undone: 9)]
    func customer(asOf: Int64) -> Int64 {
      IdentityGraph(nodes: nodes, links: links, rules: .standard, asOf: day(asOf)).customer(of: 1)
    }
    #expect([4, 5, 8, 9].map(customer) == [1, 2, 2, 1])
  }

  @Test func aCycleOfMergesIsOnePerson() {
    let nodes = (1...3).map { node($0, .userID) }
    let links = [
      link(1, 1, 2, rule: .alias), link(2, 2, 3, rule: .alias), link(3, 3, 1, rule: .alias),
    ]
    let graph = IdentityGraph(nodes: nodes, links: links, rules: .standard)
    #expect((1...3).map { graph.customer(of: $0) } == [1, 1, 1])
  }

  @Test func tenThousandIdentitiesOnOnePersonAreOnePerson() {
    let nodes = [node(0, .userID)] + (1...10_000).map { node($0, .anonymousID) }
    let links = (1...10_000).map { link($0, 0, $0) }
    let graph = IdentityGraph(nodes: nodes, links: links, rules: .standard)
    #expect((0...10_000).allSatisfy { graph.customer(of: $0) == 0 })
  }

  @Test(arguments: 1...30 as ClosedRange<UInt64>)
  func theOrderOfLinksDoesNotMatter(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let nodes = (1...30).map {
      node($0, IdentityKind.allCases.randomElement(using: &generator) ?? .email, day: $0 % 5)
    }
    let links = (1...25).map {
      link(
        $0, .random(in: 1...30, using: &generator), .random(in: 1...30, using: &generator),
        rule: MergeRule.allCases.randomElement(using: &generator) ?? .alias, day: $0 % 7)
    }
    let first = IdentityGraph(nodes: nodes, links: links, rules: .standard)
    let second = IdentityGraph(
      nodes: nodes.shuffled(using: &generator), links: links.shuffled(using: &generator),
      rules: .standard)
    #expect((1...30).map { first.customer(of: $0) } == (1...30).map { second.customer(of: $0) })
  }
}
