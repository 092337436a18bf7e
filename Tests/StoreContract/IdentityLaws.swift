import CustomerData
import Testing

extension StoreLaw {
  static let identity: [StoreLaw] = [
    StoreLaw("identities of one record are one customer, named by the strongest") { store throws in
      let (email, anonymous) = (
        Make.identity(.email, "ann@example.com"), Make.identity(.anonymousID, "a")
      )
      let summary = try store.write(
        Make.batch(anonymous, email, Make.user("ann")), checkpoint: nil)
      #expect(summary.newIdentities == 3 && summary.newLinks == 2)
      let customers = try ["ann", "ann@example.com", "a"].map { try customer(store, $0) }
      #expect(Set(customers).count == 1)
      #expect(try store.rowCounts()[.customers] == 1)
      let profile = try #require(try store.profile(of: customers[0], timelineLimit: 0))
      #expect(profile.identities.map(\.kind) == [.userID, .email, .anonymousID])
    },
    StoreLaw("a visitor who signs in later brings the earlier history along") { store throws in
      let anonymous = Make.identity(.anonymousID, "a")
      var visit = Make.batch(anonymous, day: 0)
      visit.addEvent(
        messageID: "before", person: 0, type: .page, name: "Page", eventTime: Make.day(0),
        knownAt: Make.day(0))
      _ = try store.write(visit, checkpoint: nil)
      let before = try customer(store, "a")
      _ = try store.write(Make.event("later", user: "u", day: 2), checkpoint: nil)
      #expect(try customer(store, "u") != before)
      _ = try store.write(Make.batch(Make.user("u"), anonymous, day: 3), checkpoint: nil)
      #expect(try customer(store, "a") == customer(store, "u"))
      let profile = try #require(try store.profile(of: customer(store, "u"), timelineLimit: 9))
      #expect(profile.timeline.map(\.id) == ["before", "later"])
      #expect(profile.merges.map(\.knownAt) == [Make.day(3)])
      #expect(try store.rowCounts()[.customers] == 1)
    },
    StoreLaw("the order of batches does not decide who is who") { store throws in
      let phone = Make.identity(.phone, "+79120000000")
      let (anonymous, email) = (Make.identity(.anonymousID, "a"), Make.identity(.email, "e@e.ee"))
      _ = try store.write(Make.batch(email, anonymous, day: 3), checkpoint: nil)
      _ = try store.write(Make.batch(Make.user("u"), email, day: 2), checkpoint: nil)
      _ = try store.write(Make.batch(Make.user("w"), phone, day: 1), checkpoint: nil)
      _ = try store.write(Make.batch(Make.user("u"), phone, day: 9), checkpoint: nil)
      try agreesWithGraph(store)
      #expect(try customer(store, "a") == customer(store, "w"))
    },
    StoreLaw("a phone shared by too many joins nobody, from then on") { store throws in
      let phone = Make.identity(.phone, "+79120000000")
      for number in 1...3 {
        _ = try store.write(
          Make.batch(Make.user("u\(number)"), phone, day: Int64(number)), checkpoint: nil)
      }
      #expect(try customer(store, "u1") == customer(store, "u3"))
      _ = try store.write(Make.batch(Make.user("u4"), phone, day: 4), checkpoint: nil)
      let customers = try Set((1...4).map { try customer(store, "u\($0)") })
      #expect(customers.count == 4)
      #expect(try store.rowCounts()[.customers] == 5)
      let before = IdentityGraph(
        nodes: try store.identityNodes(of: nil), links: try store.identityLinks(of: nil),
        rules: .standard, asOf: Make.day(3))
      #expect(Set(customers.map(before.customer)).count == 2)
      try agreesWithGraph(store)
    },
    StoreLaw("an alias joins, and a circle of aliases is one customer") { store throws in
      var batch = FactBatch(source: "test")
      for (from, into) in [("a", "b"), ("b", "c"), ("c", "a")] {
        batch.identityMerges.append(
          StatedMerge(from: Make.user(from), into: Make.user(into), knownAt: Make.day(1)))
      }
      let first = try store.write(batch, checkpoint: nil)
      #expect(first.newLinks == 3)
      #expect(try store.write(batch, checkpoint: nil).newLinks == 0)
      #expect(try Set(["a", "b", "c"].map { try customer(store, $0) }).count == 1)
      #expect(try store.rowCounts()[.customers] == 1)
    },
    StoreLaw("a merge by hand can be undone, and stays on record") { store throws in
      for user in ["a", "b"] {
        _ = try store.write(Make.event("of \(user)", user: user), checkpoint: nil)
      }
      let (left, right) = (try customer(store, "a"), try customer(store, "b"))
      let merge = try store.merge(right, into: left, at: Make.day(5))
      #expect(try customer(store, "b") == left)
      #expect(try store.profile(of: left, timelineLimit: 9)?.timelineCount == 2)
      #expect(throws: StoreError.self) { try store.merge(right, into: left, at: Make.day(6)) }
      try store.undoMerge(merge, at: Make.day(7))
      #expect(try customer(store, "b") == right)
      #expect(try store.rowCounts()[.customers] == 2)
      #expect(throws: StoreError.noMerge(store: store.location, mergeID: merge)) {
        try store.undoMerge(merge, at: Make.day(8))
      }
      let graph = IdentityGraph(
        nodes: try store.identityNodes(of: nil), links: try store.identityLinks(of: nil),
        rules: .standard, asOf: Make.day(6))
      #expect(graph.customer(of: right) == graph.customer(of: left))
      try agreesWithGraph(store)
    },
    StoreLaw("a merge that was undone does not come back with the file") { store throws in
      let batch = Make.batch(Make.user("u"), Make.identity(.email, "e@e.ee"))
      _ = try store.write(batch, checkpoint: nil)
      let link = try #require(try store.identityLinks(of: nil).first)
      try store.undoMerge(link.id, at: Make.day(3))
      #expect(try store.write(batch, checkpoint: nil).newLinks == 0)
      #expect(try customer(store, "e@e.ee") != customer(store, "u"))
    },
    StoreLaw("a link known earlier after all is known earlier") { store throws in
      let email = Make.identity(.email, "e@e.ee")
      for day in [5, 2, 9] as [Int64] {
        _ = try store.write(Make.batch(Make.user("u"), email, day: day), checkpoint: nil)
      }
      #expect(try store.identityLinks(of: nil).map(\.knownAt) == [Make.day(2)])
      #expect(try store.identityNodes(of: nil).allSatisfy { $0.knownAt == Make.day(2) })
    },
    StoreLaw("ten thousand identities on one person are one customer") { store throws in
      let others = (0..<10_000).map { Make.identity(.anonymousID, "a\($0)") }
      var batch = FactBatch(source: "test")
      for other in others {
        _ = batch.addPerson(Person(identities: [Make.user("u"), other], knownAt: Make.day(0)))
      }
      _ = try store.write(batch, checkpoint: nil)
      _ = try store.write(
        Make.batch(Make.user("u"), Make.identity(.email, "e@e.ee")), checkpoint: nil)
      #expect(try store.rowCounts()[.customers] == 1)
      let profile = try #require(try store.profile(of: customer(store, "a9999"), timelineLimit: 1))
      #expect(profile.identities.count == 10_002)
    },
  ]

  static func customer(_ store: any CustomerStore, _ text: String) throws -> Int64 {
    try #require(try store.customers(matching: text, kind: nil).first).customer
  }

  /// What the store holds of each identity's customer is what the graph says.
  static func agreesWithGraph(_ store: any CustomerStore) throws {
    let nodes = try store.identityNodes(of: nil)
    let graph = IdentityGraph(
      nodes: nodes, links: try store.identityLinks(of: nil), rules: .standard)
    for node in nodes {
      let stored = try store.customers(matching: node.value, kind: node.kind).map(\.customer)
      #expect(stored == [graph.customer(of: node.id)])
    }
  }
}
