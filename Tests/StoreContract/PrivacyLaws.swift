import CustomerData
import Testing

extension StoreLaw {
  static let privacy: [StoreLaw] = [
    StoreLaw("an erased person is in no table, and no import brings them back") { store throws in
      let (batch, checkpoint) = try twoPeople()
      _ = try store.write(batch, checkpoint: checkpoint)
      let ann = try #require(try store.customers(matching: "ann", kind: nil).first?.customer)
      let removed = try store.erase(ann, at: Make.day(9))
      #expect(removed[.orders] == 2 && removed[.events] == 1 && removed[.rejects] == 1)
      let after = try store.rowCounts()
      #expect(after[.customers] == 1 && after[.identities] == 1)
      #expect(after[.orders] == 1 && after[.orderLines] == 1 && after[.refunds] == 1)
      #expect(after[.traits] == 0 && after[.messageSteps] == 0 && after[.stages] == 0)
      #expect(try store.profile(of: ann, timelineLimit: 5) == nil)
      let again = try store.write(batch, checkpoint: checkpoint)
      #expect(again.newFacts == 0)
      #expect(try store.rowCounts() == after)
    },
    StoreLaw("who was never there cannot be erased") { store throws in
      #expect(throws: StoreError.noCustomer(store: store.location)) {
        _ = try store.erase(7, at: Make.day(0))
      }
    },
    StoreLaw("a shared phone is nobody's and stays") { store throws in
      let phone = Make.identity(.phone, "+79123456789")
      for user in ["a", "b", "c", "d"] {
        _ = try store.write(Make.batch(Make.user(user), phone), checkpoint: nil)
      }
      let first = try #require(try store.customers(matching: "a", kind: nil).first?.customer)
      _ = try store.erase(first, at: Make.day(1))
      #expect(try store.customers(matching: phone.value, kind: .phone).count == 1)
      #expect(try store.rowCounts()[.identities] == 4)
    },
  ]

  static let quality: [StoreLaw] = [
    StoreLaw("an empty store has nothing to complain of") { store throws in
      let figures = try all(store, asOf: Make.day(0))
      #expect(QualityReport(figures, limits: .standard, asOf: Make.day(0)).severity == .passed)
    },
    StoreLaw("each measure counts what it names") { store throws in
      let (batch, checkpoint) = try twoPeople()
      _ = try store.write(batch, checkpoint: checkpoint)
      let figures = try all(store, asOf: Make.day(1))
      func value(_ measure: QualityMeasure, _ subject: String = "") -> [Double?]? {
        figures[measure]?.first { $0.subject == subject }.map { [$0.value, $0.total] }
      }
      // A change of an order counts as a row of its own; it is dated on day 2.
      #expect(value(.futureTimes, "orders") == [1, 3])
      #expect(value(.ordersWithoutLines) == [0, 2])
      #expect(value(.lineSumMismatches) == [1, 2])
      #expect(value(.orphanIDs, "refunds") == [0, 2])
      #expect(value(.currencies, "EUR") == [2, 2])
      #expect(value(.dailyVolumes, "2026-01-01") == [2, nil])
      #expect(value(.identitiesPerCustomer) == [2, nil])
      #expect(value(.rejectedRecords) == [1, 2])
      #expect(value(.freshness, "test") == [0, nil])
      #expect(value(.missingShares, "orders.channel") == [2, 2])
      #expect(value(.unreadableIdentities, "email") == [0, 1])
      #expect(value(.stagesBeforeCreation) == [1, 1])
    },
  ]

  private static func all(
    _ store: any CustomerStore, asOf: Instant
  ) throws -> [QualityMeasure: [QualityFigure]] {
    var figures: [QualityMeasure: [QualityFigure]] = [:]
    for measure in QualityMeasure.allCases {
      figures[measure] = try store.measure(measure, asOf: asOf)
    }
    return figures
  }

  /// Ann with facts of every kind and Ben with an order; Ann's order is cancelled on day 2, and Ben's lines
  /// do not add up.
  private static func twoPeople() throws -> (FactBatch, ImportCheckpoint) {
    let (now, later) = (Make.day(0), Make.day(2))
    let euro = try #require(Currency("EUR"))
    var batch = FactBatch(source: "test")
    let ann = batch.addPerson(
      Person(
        identities: [Make.user("ann"), Make.identity(.email, "ann@example.com")], knownAt: now))
    let ben = batch.addPerson(Person(identities: [Make.user("ben")], knownAt: now))
    for (id, person) in [("o-ann", ann), ("o-ben", ben)] {
      var order = Order(orderID: id, person: person, eventTime: now, knownAt: now)
      order.placedAt = now
      order.currency = euro
      order.subtotal = person == ann ? 300 : 900
      order.total = order.subtotal
      batch.orders.append(order)
      batch.orderLines.append(
        OrderLine(
          orderID: id, lineNumber: 1, productID: "p", quantity: 2, price: 150, eventTime: now,
          knownAt: now))
      batch.refunds.append(
        Refund(
          refundID: "r-\(id)", orderID: id, amount: 1, currency: euro, eventTime: now, knownAt: now)
      )
      batch.addEvent(
        messageID: "m-\(id)", person: person, type: .track, name: "Seen", eventTime: now,
        knownAt: now)
    }
    var cancelled = Order(orderID: "o-ann", person: nil, eventTime: later, knownAt: later)
    cancelled.status = .cancelled
    batch.orders.append(cancelled)
    batch.traits = [Trait(person: ann, key: "city", value: "1", eventTime: now, knownAt: now)]
    var lead = Lead(leadID: "l", person: ann, eventTime: now, knownAt: now)
    lead.createdAt = now
    batch.leads = [lead]
    batch.stages = [
      StageEntry(leadID: "l", stage: "won", eventTime: Make.day(-1), knownAt: now)
    ]
    batch.messages = [Message(messageID: "x", person: ann, channel: "email", knownAt: now)]
    batch.messageSteps = [
      MessageStep(messageID: "x", kind: .sent, eventTime: now, knownAt: now)
    ]
    batch.rejects = [RejectedFact(line: 3, reason: "no date", record: "3,ANN@example.com,x")]
    return (batch, Make.checkpoint("f", byteOffset: 10))
  }
}
