package import CustomerData
import Testing

/// What every store must do: one list of laws, run on SQLite and on PostgreSQL.
package struct StoreLaw: Sendable, CustomTestStringConvertible {
  /// The claim, as a test's name has it.
  package let claim: String
  /// Checks a store that is empty.
  package let check: @Sendable (any CustomerStore) throws -> Void

  init(_ claim: String, _ check: @escaping @Sendable (any CustomerStore) throws -> Void) {
    self.claim = claim
    self.check = check
  }

  package var testDescription: String { claim }

  package static let all = writing + identity + profiles + privacy + quality
}

extension StoreLaw {
  fileprivate static let writing: [StoreLaw] = [
    StoreLaw("a new store is empty") { store throws in
      let counts = try store.rowCounts()
      #expect(Set(counts.keys) == Set(StoreTable.allCases))
      #expect(counts.allSatisfy { $0.value == 0 })
    },
    StoreLaw("writing all kinds of facts twice is writing them once") { store throws in
      let batch = everyFact()
      let first = try store.write(batch, checkpoint: nil)
      #expect(first.newFacts == batch.factCount - batch.identityMerges.count)
      #expect(first.knownFacts == 0)
      let counts = try store.rowCounts()
      for (table, count) in batch.countsByTable where table != .identityLinks {
        #expect(counts[table] == count, "\(table)")
      }
      let second = try store.write(batch, checkpoint: nil)
      #expect(second.newFacts == 0)
      #expect(second.knownFacts == first.newFacts)
      #expect(second.newIdentities == 0 && second.newLinks == 0)
      #expect(try store.rowCounts() == counts)
    },
    StoreLaw("a copy of an event is dropped and another body is kept beside") { store throws in
      _ = try store.write(Make.event("m"), checkpoint: nil)
      #expect(try store.write(Make.event("m"), checkpoint: nil).knownFacts == 1)
      let other = Make.event("m", properties: #"{"x":1}"#)
      #expect(try store.write(other, checkpoint: nil).conflicts == 1)
      #expect(try store.write(other, checkpoint: nil).conflicts == 0)
      let counts = try store.rowCounts()
      #expect(counts[.events] == 1)
      #expect(counts[.eventConflicts] == 1)
    },
    StoreLaw("duplicates within one batch are found") { store throws in
      var batch = Make.event("m")
      batch.addEvent(
        messageID: "m", person: 0, type: .track, name: "Seen", eventTime: Make.day(0),
        knownAt: Make.day(0), properties: "{}")
      let summary = try store.write(batch, checkpoint: nil)
      #expect(summary.newEvents == 1 && summary.knownFacts == 1)
    },
    StoreLaw("a large import finds the same duplicates as a small one") { store throws in
      _ = try store.write(Make.event("m"), checkpoint: nil)
      try store.beginImport(expectedEvents: 10_000_000)
      var batch = Make.event("m")
      for number in 0..<300 {
        batch.addEvent(
          messageID: "n\(number % 200)", person: 0, type: .track, name: "Seen",
          eventTime: Make.day(Int64(number % 200)), knownAt: Make.day(400))
      }
      let summary = try store.write(batch, checkpoint: nil)
      #expect(summary.newEvents == 200)
      #expect(summary.knownFacts == 101)
      try store.finishImport()
      #expect(try store.write(batch, checkpoint: nil).newEvents == 0)
      #expect(try store.rowCounts()[.events] == 201)
    },
    StoreLaw("batches of an import that share a transaction are all there at its end") {
      store throws in
      try store.beginImport(expectedEvents: 1_000_000)
      var order = Order(orderID: "o", person: 0, eventTime: Make.day(0), knownAt: Make.day(0))
      var summary = WriteSummary()
      for part in 0..<3 {
        // A full block, so that the transaction goes on.
        var batch = Make.batch(Make.user("u"))
        for number in 0..<600 {
          batch.addEvent(
            messageID: "m\(part * 500 + number)", person: 0, type: .track, name: "Seen",
            eventTime: Make.day(Int64(part * 500 + number)), knownAt: Make.day(2_000))
        }
        order.total = part == 0 ? nil : Int64(part)
        batch.orders = [order]
        batch.traits = [
          Trait(person: 0, key: "n", value: "\(part)", eventTime: Make.day(0), knownAt: Make.day(0))
        ]
        summary =
          summary
          + (try store.write(batch, checkpoint: Make.checkpoint("f", byteOffset: part + 1)))
      }
      let end = Make.checkpoint("f", byteOffset: 9, isComplete: true)
      summary = summary + (try store.write(FactBatch(source: "test"), checkpoint: end))
      #expect(try store.checkpoint(of: end.file) == end)
      #expect(summary.newEvents == 1_600)
      try store.finishImport()
      let counts = try store.rowCounts()
      #expect(counts[.events] == 1_600 && counts[.orders] == 1 && counts[.traits] == 1)
      order.total = 1
      var same = Make.batch(Make.user("u"))
      same.orders = [order]
      #expect(try store.write(same, checkpoint: nil).newFacts == 0)
    },
    StoreLaw("an import that ends half-way keeps the batches before") { store throws in
      try store.beginImport(expectedEvents: 1_000_000)
      var batch = Make.batch(Make.user("u"))
      for number in 0..<600 {
        batch.addEvent(
          messageID: "m\(number)", person: 0, type: .track, name: "Seen", eventTime: Make.day(0),
          knownAt: Make.day(0))
      }
      batch.exposures = [
        ExperimentExposure(
          experimentID: "e", variantID: "a", person: 0, eventTime: Make.day(0), knownAt: Make.day(0)
        )
      ]
      let checkpoint = Make.checkpoint("f", byteOffset: 1)
      _ = try store.write(batch, checkpoint: checkpoint)
      try store.finishImport()
      #expect(try store.checkpoint(of: checkpoint.file) == checkpoint)
      let counts = try store.rowCounts()
      #expect(counts[.events] == 600 && counts[.exposures] == 1)
    },
    StoreLaw("a checkpoint and its rejects are there with their batch") { store throws in
      let file = FileFingerprint(text: "f")
      #expect(try store.checkpoint(of: file) == nil)
      var batch = Make.event("m")
      batch.rejects = [
        RejectedFact(line: 7, reason: "no time", record: "{\"я\"}"),
        RejectedFact(line: 7, reason: "no person", record: "{}"),
      ]
      let checkpoint = Make.checkpoint("f", byteOffset: 100)
      _ = try store.write(batch, checkpoint: checkpoint)
      _ = try store.write(batch, checkpoint: checkpoint)
      #expect(try store.checkpoint(of: file) == checkpoint)
      #expect(try store.rejects(of: file) == batch.rejects)
      let complete = Make.checkpoint("f", byteOffset: 200, isComplete: true)
      _ = try store.write(FactBatch(source: "test"), checkpoint: complete)
      #expect(try store.checkpoint(of: file) == complete)
    },
    StoreLaw("what a later fact leaves out stands as an earlier one said it") { store throws in
      var batch = Make.batch(Make.user("u"))
      var order = Order(orderID: "o", person: 0, eventTime: Make.day(0), knownAt: Make.day(0))
      order.status = .paid
      batch.orders = [order]
      _ = try store.write(batch, checkpoint: nil)
      batch.orders[0].total = 500
      #expect(try store.write(batch, checkpoint: nil).newFacts == 1)
      batch.orders[0].total = 700
      #expect(try store.write(batch, checkpoint: nil).newFacts == 0)
      #expect(try store.rowCounts()[.orders] == 1)
    },
    StoreLaw("texts of any script and emoji come back as they were") { store throws in
      let name = "Ёлка 🎄 'quoted' \"double\" \\ ; DROP TABLE events; --"
      _ = try store.write(Make.event("m", user: "мария", name: name), checkpoint: nil)
      let customer = try #require(try store.customers(matching: "мария", kind: nil).first?.customer)
      let profile = try #require(try store.profile(of: customer, timelineLimit: 5))
      #expect(profile.timeline.map(\.name) == [name])
    },
    StoreLaw("the first and the last instant there are can be kept") { store throws in
      var batch = Make.batch(Make.user("u"))
      for (index, instant) in [Instant.earliest, .latest].enumerated() {
        batch.addEvent(
          messageID: "m\(index)", person: 0, type: .page, name: "Page", eventTime: instant,
          knownAt: .latest)
      }
      _ = try store.write(batch, checkpoint: nil)
      let customer = try #require(try store.customers(matching: "u", kind: .userID).first?.customer)
      let profile = try #require(try store.profile(of: customer, timelineLimit: 5))
      #expect(profile.timeline.map(\.eventTime) == [.earliest, .latest])
    },
  ]

  /// One or two facts for every table.
  private static func everyFact() -> FactBatch {
    var batch = Make.event("m")
    let (now, later) = (Make.day(0), Make.day(1))
    let euro = Currency("EUR").map { Money(minorUnits: 250, currency: $0) }
    batch.traits = [Trait(person: 0, key: "city", value: "\"Омск\"", eventTime: now, knownAt: now)]
    batch.consents = [
      Consent(person: 0, channel: "email", status: .granted, eventTime: now, knownAt: now)
    ]
    batch.products = [Product(productID: "p", validFrom: now, knownAt: now)]
    batch.orders = [Order(orderID: "o", person: 0, eventTime: now, knownAt: now)]
    batch.orderLines = [1, 2].map {
      OrderLine(
        orderID: "o", lineNumber: $0, productID: "p", quantity: 1.5, price: 100, eventTime: now,
        knownAt: now)
    }
    batch.refunds = [
      Refund(
        refundID: "r", orderID: "o", amount: 5, currency: euro?.currency, eventTime: later,
        knownAt: later)
    ]
    batch.leads = [Lead(leadID: "l", person: nil, eventTime: now, knownAt: now)]
    batch.stages = [StageEntry(leadID: "l", stage: "won", eventTime: later, knownAt: later)]
    batch.campaigns = [Campaign(campaignID: "c", name: "Весна", knownAt: now)]
    batch.messages = [Message(messageID: "x", person: 0, channel: "email", knownAt: now)]
    batch.messageSteps = [
      MessageStep(messageID: "x", kind: .sent, eventTime: now, knownAt: now),
      MessageStep(messageID: "x", kind: .opened, eventTime: later, knownAt: later),
    ]
    batch.touchpoints = [
      Touchpoint(
        touchID: "t", person: 0, kind: "click", channel: "ads", eventTime: now, knownAt: now)
    ]
    if let euro {
      batch.spend = [Spend(day: now, platform: "ads", campaignID: "c", cost: euro, knownAt: now)]
    }
    batch.scores = [
      CustomerScore(person: 0, modelID: "lead/1", asOf: now, probability: 0.25, knownAt: now)
    ]
    batch.exposures = [
      ExperimentExposure(
        experimentID: "e", variantID: "b", person: 0, eventTime: now, knownAt: now)
    ]
    return batch
  }
}
