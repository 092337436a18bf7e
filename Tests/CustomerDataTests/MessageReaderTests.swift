import TestSupport
import Testing

@testable import CustomerData

@Suite struct MessageReaderTests {
  @Test func aTrackMessageIsAnEventWithACorrectedClock() throws {
    let batch = try read(
      #"""
      {"type":"track","event":"Product Viewed","messageId":"m1","userId":"u1","anonymousId":"a1",
      "originalTimestamp":"2026-01-01T10:00:00.000Z","sentAt":"2026-01-01T10:00:30.000Z",
      "receivedAt":"2026-01-01T09:00:31.000Z","timestamp":"1999-01-01T00:00:00Z","channel":"web",
      "properties":{"sku":"x","custom_thing":[1,2]},
      "context":{"campaign":{"source":"vk","name":"весна"},"page":{"url":"https://a.example"},"sessionId":12}}
      """#)
    let event = try #require(batch.events.first)
    #expect(event.eventTime.text == "2026-01-01T09:00:01.000Z")
    #expect(event.knownAt.text == "2026-01-01T09:00:31.000Z")
    #expect(batch.text(event.messageID) == "m1")
    #expect(batch.text(event.name) == "Product Viewed")
    #expect(batch.text(event.properties) == #"{"sku":"x","custom_thing":[1,2]}"#)
    #expect(batch.text(event.campaignSource) == "vk")
    #expect(batch.text(event.campaignName) == "весна")
    #expect(batch.text(event.pageURL) == "https://a.example")
    #expect(batch.text(event.sessionID) == "12")
    #expect(
      batch.people == [
        Person(
          identities: [
            Identity(kind: .userID, normalizedValue: "u1"),
            Identity(kind: .anonymousID, normalizedValue: "a1"),
          ], knownAt: event.knownAt)
      ])
  }

  @Test(arguments: [
    ("Order Completed", "Order Completed"), ("order_completed", "Order Completed"),
    ("Completed Order", "Order Completed"), ("ORDER COMPLETED", "Order Completed"),
    ("Placed Order", "Order Completed"), ("ecommerce.order_placed", "Order Completed"),
    ("viewed_product", "Product Viewed"), ("Started Checkout", "Checkout Started"),
    ("Opened Email", "Email Opened"), ("users.messages.email.Open", "Email Opened"),
    ("Order Canceled", "Order Cancelled"), ("My Own Event", "My Own Event"),
  ])
  func namesOfOneEventAreOneName(given: String, kept: String) throws {
    let batch = try read(
      #"{"event":"\#(given)","user_id":"u","timestamp":"2026-01-01T00:00:00Z"}"#)
    #expect(batch.text(try #require(batch.events.first).name) == kept)
  }

  @Test func anOrderHasItsLinesProductsAndMinorUnits() throws {
    let batch = try read(
      #"""
      {"type":"track","event":"Order Completed","messageId":"m","userId":"u","timestamp":"2026-02-03T04:05:06Z",
      "properties":{"orderId":77,"total":"119.90","revenue":100.005,"shipping":9.9,"tax":10,"discount":0,
      "coupon":"LOVE","currency":"eur","products":[{"productId":"p1","name":"Кофе","price":50,"quantity":2,
      "category":"Coffee","brand":"B"},{"sku":"s2","price":0.1}]}}
      """#)
    let order = try #require(batch.orders.first)
    #expect(order.orderID == "77")
    #expect(order.status == .paid)
    #expect(
      [order.total, order.subtotal, order.shipping, order.tax] == [11_990, 10_001, 990, 1_000])
    #expect(order.currency?.code == "EUR")
    #expect(order.coupon == "LOVE")
    #expect(batch.orderLines.map(\.productID) == ["p1", "s2"])
    #expect(batch.orderLines.map(\.quantity) == [2, 1])
    #expect(batch.orderLines.map(\.price) == [5_000, 10])
    #expect(batch.products.map(\.name) == ["Кофе", nil])
  }

  @Test func refundsOfAPartLeaveTheOrderStanding() throws {
    func refund(_ properties: String) throws -> FactBatch {
      try read(
        #"{"event":"Order Refunded","userId":"u","timestamp":"2026-01-01","properties":{"order_id":"o"\#(properties)}}"#
      )
    }
    let part = try refund(#","total":5,"currency":"EUR""#)
    #expect(part.refunds.map(\.amount) == [500])
    #expect(part.orders.isEmpty)
    let whole = try refund("")
    #expect(whole.refunds.map(\.amount) == [nil])
    #expect(whole.orders.map(\.status) == [.refunded])
  }

  @Test func mailEventsAreStepsOfAMessageAndRevokeConsent() throws {
    let batch = try read(
      #"""
      {"event":"Email Opened","userId":"u","timestamp":"2026-01-01","properties":{"email_id":"e","campaign_id":"c","campaign_name":"Spring"}}
      {"event":"Unsubscribed","userId":"u","timestamp":"2026-01-02","properties":{"email_id":"e","campaign_id":"c"}}
      {"event":"Push Notification Tapped","userId":"u","timestamp":"2026-01-03","properties":{"delivery_id":"d"}}
      """#, lineBreaks: true)
    #expect(batch.messageSteps.map(\.kind) == [.opened, .unsubscribed, .clicked])
    #expect(batch.messages.map(\.messageID) == ["e/u", "e/u", "d"])
    #expect(batch.messages.map(\.channel) == ["email", "email", "push"])
    #expect(batch.campaigns.map(\.name) == ["Spring"])
    #expect(batch.consents.map(\.status) == [.revoked])
  }

  @Test func identifyKeepsTraitsAndIdentities() throws {
    let batch = try read(
      #"""
      {"type":"identify","userId":"u","anonymousId":"a","timestamp":"2026-01-01T00:00:00Z",
      "traits":{"email":" Ann@Example.com ","phone":"8 (912) 345-67-89","город":"Омск","address":{"zip":"1"}}}
      """#)
    #expect(
      batch.people.first?.identities.map(\.value) == ["u", "a", "ann@example.com", "+79123456789"])
    #expect(batch.traits.map(\.key) == ["email", "phone", "город", "address"])
    #expect(batch.traits.map(\.value).suffix(2) == ["\"Омск\"", #"{"zip":"1"}"#])
  }

  @Test func anEnvelopeLendsItsTimesToItsMessages() throws {
    let batch = try read(
      #"""
      {"batch":[{"type":"track","event":"A","userId":"u","originalTimestamp":"2026-01-01T00:00:10Z"},5,
      {"type":"page","name":"Главная","userId":"u","originalTimestamp":"2026-01-01T00:00:20Z"}],
      "sentAt":"2026-01-01T00:00:30Z","receivedAt":"2026-01-01T01:00:30Z"}
      """#)
    #expect(
      batch.events.map(\.eventTime.text) == [
        "2026-01-01T01:00:10.000Z", "2026-01-01T01:00:20.000Z",
      ])
    #expect(batch.text(batch.events[1].properties) == #"{"name":"Главная"}"#)
    #expect(batch.rejects.map(\.line) == [1])
  }

  @Test func experimentsAndAliasesAreFacts() throws {
    let batch = try read(
      #"""
      {"event":"Experiment Viewed","userId":"u","timestamp":"2026-01-01","properties":{"experiment_id":"x","variation_id":1}}
      {"type":"alias","userId":"u","previousId":"a","timestamp":"2026-01-01"}
      """#, lineBreaks: true)
    #expect(batch.exposures.map(\.variantID) == ["1"])
    #expect(batch.identityMerges.map(\.from.value) == ["a", "a"])
  }

  @Test(arguments: [
    (#"{"type":"track","userId":"u","timestamp":"2026-01-01"}"#, "without an event name"),
    (#"{"event":"A","timestamp":"2026-01-01"}"#, "no user id"),
    (#"{"event":"A","userId":"u"}"#, "no time"),
    (#"{"event":"A","userId":"u","timestamp":"2026-02-30"}"#, "a time that cannot be read"),
    (#"{"event":"A","userId":"u","timestamp":1e300}"#, "a time that cannot be read"),
    (#"{"userId":"u","timestamp":"2026-01-01"}"#, "no message type"),
    (#"{"type":"tarck","userId":"u","timestamp":"2026-01-01"}"#, "no message type"),
    (#"{"type":"alias","userId":"u","timestamp":"2026-01-01"}"#, "an alias without"),
    ("1", "no message"), (#"{"event":"#, "ends early"), ("plain text", "not JSON"),
    ("{\"event\":\"\u{7}\"}", "a control character"),
  ])
  func whatCannotBeReadIsKeptWithItsReason(text: String, reason: String) throws {
    let batch = try read(text)
    #expect(batch.events.isEmpty)
    let reject = try #require(batch.rejects.first)
    #expect(reject.reason.contains(reason))
    #expect(reject.record == text)
    #expect(reject.line == 1)
  }

  @Test(arguments: [
    ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z"),
    ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
    ("2026-03-29T02:30:00+01:00", "2026-03-29T01:30:00.000Z"),
    ("2026-10-25 03:30:00 +0300", "2026-10-25T00:30:00.000Z"),
    ("2026-05-31T10:20:30.123456Z", "2026-05-31T10:20:30.123Z"),
  ])
  func timesOfAllZonesAreUTC(text: String, instant: String) throws {
    let batch = try read(#"{"event":"A","userId":"u","timestamp":"\#(text)"}"#)
    #expect(batch.events.first?.eventTime.text == instant)
  }

  @Test func aSecondDeliveryHasTheSameBodyAndAnotherBodyHasNot() throws {
    func event(_ sent: String, _ property: Int) throws -> Event {
      let batch = try read(
        #"{"event":"A","messageId":"m","userId":"u","originalTimestamp":"2026-01-01T00:00:00Z","sentAt":"\#(sent)","properties":{"x":\#(property)}}"#
      )
      return try #require(batch.events.first)
    }
    let (first, again, other) = (
      try event("2026-01-01T00:00:01Z", 1), try event("2026-01-01T00:09:00Z", 1),
      try event("2026-01-01T00:00:01Z", 2)
    )
    #expect(first.idHash == again.idHash && first.bodyHash == again.bodyHash)
    #expect(first.idHash == other.idHash && first.bodyHash != other.bodyHash)
  }

  @Test func aFileReadFromAPlaceGivesTheRest() throws {
    let folder = try TemporaryFolder()
    let lines = (0..<9_000).map {
      #"{"event":"E\#($0)","messageId":"\#($0)","userId":"u\#($0 % 50)","timestamp":\#(1_700_000_000 + $0),"properties":{"text":"Привет, мир, привет, мир, привет, мир, привет"}}"#
    }
    let reader = MessageReader(
      path: try folder.write(lines.joined(separator: "\n"), to: "e"), source: "s")
    var names: [String] = []
    var places: [(ImportPlace, Int)] = []
    try reader.read(from: nil, threadCount: 2) { batch, place in
      names += batch.events.compactMap { batch.text($0.name) }
      places.append((place, names.count))
    }
    #expect(names == (0..<9_000).map { "E\($0)" })
    #expect(places.count > 1)
    let (place, count) = places[0]
    #expect(place.recordCount == count)
    var rest: [String] = []
    try reader.read(from: place, threadCount: 1) { batch, _ in
      rest += batch.events.compactMap { batch.text($0.name) }
    }
    #expect(rest == Array(names[count...]))
  }

  /// Reads `text` as one line, or as it is.
  private func read(_ text: String, lineBreaks: Bool = false) throws -> FactBatch {
    let folder = try TemporaryFolder()
    let line = lineBreaks ? text : text.split(separator: "\n").joined()
    let reader = MessageReader(path: try folder.write(line, to: "events.jsonl"), source: "test")
    var result = FactBatch(source: "none")
    try reader.read(from: nil, threadCount: 1) { batch, _ in result = batch }
    return result
  }
}
