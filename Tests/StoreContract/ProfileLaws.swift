import CustomerData
import Testing

extension StoreLaw {
  static let profiles: [StoreLaw] = [
    StoreLaw("nobody has no profile") { store throws in
      #expect(try store.profile(of: 5, timelineLimit: 5) == nil)
      #expect(try store.customers(matching: "u", kind: nil).isEmpty)
      #expect(try store.customers(matching: "#5", kind: nil).isEmpty)
    },
    StoreLaw("a profile shows the latest traits and consents") { store throws in
      var batch = Make.batch(Make.user("u"))
      for (day, city) in [(3, "\"Омск\""), (1, "\"Уфа\"")] as [(Int64, String)] {
        batch.traits.append(
          Trait(
            person: 0, key: "city", value: city, eventTime: Make.day(day), knownAt: Make.day(4)))
      }
      for (day, status) in [(1, ConsentStatus.granted), (2, .revoked)] as [(Int64, ConsentStatus)] {
        batch.consents.append(
          Consent(
            person: 0, channel: "email", status: status, eventTime: Make.day(day),
            knownAt: Make.day(4)))
      }
      _ = try store.write(batch, checkpoint: nil)
      let profile = try #require(try store.profile(of: customer(store, "u"), timelineLimit: 9))
      #expect(profile.traits.map(\.value) == ["\"Омск\""])
      #expect(profile.consents.map(\.status) == [.revoked])
      #expect(profile.timeline.map(\.name) == ["granted", "revoked"])
    },
    StoreLaw("a timeline is in the order of events, the latest of them") { store throws in
      var batch = Make.batch(Make.user("u"))
      for day in [4, 2, 3, 1] as [Int64] {
        batch.addEvent(
          messageID: "m\(day)", person: 0, type: .page, name: "Page", eventTime: Make.day(day),
          knownAt: Make.day(9))
      }
      var order = Order(orderID: "o", person: 0, eventTime: Make.day(5), knownAt: Make.day(9))
      order.status = .paid
      order.total = 1_999
      order.currency = Currency("EUR")
      batch.orders = [order]
      batch.refunds = [
        Refund(
          refundID: "r", orderID: "o", amount: 999, currency: Currency("EUR"),
          eventTime: Make.day(6), knownAt: Make.day(9))
      ]
      _ = try store.write(batch, checkpoint: nil)
      let profile = try #require(try store.profile(of: customer(store, "u"), timelineLimit: 4))
      #expect(profile.timeline.map(\.id) == ["m3", "m4", "o", "r"])
      #expect(profile.timeline.map(\.detail) == [nil, nil, "19.99 EUR", "9.99 EUR"])
      #expect(profile.timelineCount == 6)
    },
    StoreLaw("one text may be an identity of several kinds") { store throws in
      _ = try store.write(Make.batch(Make.user("7")), checkpoint: nil)
      _ = try store.write(Make.batch(Make.identity(.loyaltyCard, "7")), checkpoint: nil)
      #expect(
        try Set(store.customers(matching: "7", kind: nil).map(\.kind)) == [.userID, .loyaltyCard])
      #expect(try store.customers(matching: "7", kind: .userID).count == 1)
    },
  ]
}
