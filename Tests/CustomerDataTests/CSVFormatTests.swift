import Foundation
import Tables
import Testing

@testable import CustomerData

struct CSVFormatTests {
  private func instant(_ text: String) throws -> Instant { try #require(Instant(text)) }

  @Test func shopifysTotalsStandOnTheFirstRowOfAnOrder() throws {
    let batch = try readCSV(
      """
      Name,Email,Financial Status,Currency,Subtotal,Shipping,Taxes,Total,Discount Code,Discount Amount,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Accepts Marketing,Cancelled at,Refunded Amount,Vendor,Id,Source,Phone
      #1002,anna@example.com,paid,EUR,30.00,5.00,0.00,35.00,,0.00,2025-03-01 10:20:30 -0500,2,Cup,10.00,C-1,yes,,0.00,Mugs,77,web,
      #1002,,,,,,,,,,,1,Plate,10.00,P-1,,,,Mugs,,,
      #1001,ben@example.com,refunded,EUR,10.00,0.00,0.00,10.00,X,1.00,2025-02-01 08:00:00 +0100,1,Cup,11.00,C-1,no,2025-02-03 08:00:00 +0100,10.00,Mugs,76,web,

      """)
    #expect(batch.rejects.isEmpty)
    let order = try #require(batch.orders.first)
    #expect(order.orderID == "#1002" && order.total == 3_500 && order.shipping == 500)
    #expect(order.placedAt == (try instant("2025-03-01T15:20:30Z")))
    #expect(batch.orderLines.filter { $0.orderID == "#1002" }.map(\.lineNumber) == [1, 2])
    #expect(batch.products.map(\.productID) == ["C-1", "P-1"])
    // A sale until its cancellation, then refunded: nothing is known before it happened.
    let second = batch.orders.filter { $0.orderID == "#1001" }
    #expect(second.map(\.status) == [.paid, .refunded])
    #expect(second[1].knownAt == (try instant("2025-02-03T07:00:00Z")))
    #expect(batch.refunds.map(\.amount) == [1_000])
    #expect(batch.consents.map(\.status) == [.granted, .denied])
  }

  @Test func aRussianExportIsReadInWindows1251() throws {
    let text = """
      Номер заказа;Дата заказа;Клиент;Телефон;E-mail;Сумма;Скидка;Статус;Валюта
      А-17;05.03.2025 14:30;К-1;8 (912) 345-67-89;ANNA@Example.com;1 234,50;0,00;Оплачен;RUB
      А-18;06.03.2025;К-2;+7 912 345 67 90;;99,9;;Отменён;RUB

      """
    let bytes = try #require(text.data(using: .windowsCP1251))
    let batch = try readCSV("", bytes: bytes)
    #expect(batch.rejects.isEmpty)
    #expect(batch.orders.map(\.total) == [123_450, 9_990])
    #expect(batch.orders.map(\.status) == [.paid, .cancelled])
    #expect(batch.orders[0].placedAt == (try instant("2025-03-05T14:30:00Z")))
    let person = try #require(batch.people.first)
    #expect(person.identities.contains(Identity(kind: .phone, normalizedValue: "+79123456789")))
    #expect(person.identities.contains(Identity(kind: .email, normalizedValue: "anna@example.com")))
  }

  @Test func rowsThatSayNothingAreRejectedWithLineAndReasonAndWithoutTheirCells() throws {
    let batch = try readCSV(
      """
      order_id,placed_at,customer_id,total,currency,status
      1,2025-01-01,7,10.00,EUR,paid
      2,yesterday,secret@example.com,10.00,EUR,paid
      3,2025-01-01,8,ten,EUR,paid
      ,2025-01-01,8,10.00,EUR,paid
      5,2025-01-01,8,10.00,EURO,paid
      6,2025-01-01,8,10.00,EUR,lost in space
      7,2025-01-01,8,10.00
      8,2025-01-01,8,10.00,EUR,paid

      """)
    #expect(batch.orders.map(\.orderID) == ["1", "8"])
    #expect(batch.rejects.map(\.line) == [3, 4, 5, 6, 7, 8])
    #expect(
      batch.rejects.map(\.reason) == [
        "column 'placed_at' is no date that can be read; if it is one, name its order by date_order",
        "column 'total' is no amount that can be read", "column 'order_id' is missing",
        "column 'currency' is no ISO 4217 code of three letters",
        "column 'status' is no state of an order; map its words by 'values'",
        "4 fields where the header has 6",
      ])
    #expect(batch.rejects[0].record == "2,yesterday,secret@example.com,10.00,EUR,paid")
  }

  @Test func cancellationsOfOnlineRetailAreCreditNotes() throws {
    let batch = try readCSV(
      """
      InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
      536365,85123A,WHITE HOLDER,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom
      536365,PADS,PADS,1,2010-12-01 08:26:00,0.001,17850.0,United Kingdom
      C536379,85123A,WHITE HOLDER,-1,2010-12-01 09:41:00,2.55,14527.0,United Kingdom
      536414,22139,,56,2010-12-01 11:52:00,0.0,,United Kingdom
      536365,22752,NESTING BOXES,2,2010-12-01 08:26:00,7.65,17850.0,United Kingdom

      """)
    #expect(batch.orders.map(\.orderID) == ["536365", "C536379", "536414"])
    #expect(batch.orders.map(\.status) == [.paid, .cancelled, .paid])
    #expect(batch.orders.map(\.total) == [3_060, -255, 0])
    #expect(batch.orders[2].person == nil)
    #expect(batch.people.map { $0.identities[0].value } == ["17850", "14527"])
    // The line that stands apart still belongs to its order.
    #expect(batch.orderLines.filter { $0.orderID == "536365" }.map(\.lineNumber) == [1, 2, 3])
  }

  @Test func aLeadIsWonNoEarlierThanItsDate() throws {
    let batch = try readCSV(
      """
      lead_id,created_at,email,source,stage,stage_entered_at,won_at,amount,currency
      L1,2025-01-01,a@example.com,ads,demo,2025-01-05,2025-02-01,1000,EUR
      L2,2025-01-02,b@example.com,direct,,,,,

      """)
    #expect(batch.leads.map(\.leadID) == ["L1", "L1", "L2"])
    #expect(batch.leads[0].amount == nil)
    #expect(batch.leads[1].amount?.minorUnits == 100_000)
    #expect(batch.leads[1].knownAt == (try instant("2025-02-01")))
    #expect(batch.stages.map(\.stage) == ["demo", "won"])
  }

  @Test func aMessageHasAStepForEachOfItsTimes() throws {
    let batch = try readCSV(
      """
      message_id,user_id,channel,campaign_id,campaign_name,sent_at,delivered_at,opened_at,unsubscribed_at,cost,currency
      m1,7,Email,c1,Spring,2025-01-01T10:00:00Z,2025-01-01T10:00:05Z,2025-01-02T08:00:00Z,2025-01-02T08:01:00Z,0.01,EUR
      m2,8,email,c1,Spring,2025-01-01T10:00:00Z,,,,,

      """)
    #expect(batch.messages.map(\.channel) == ["email", "email"])
    #expect(batch.messageSteps.map(\.kind) == [.sent, .delivered, .opened, .unsubscribed, .sent])
    #expect(batch.consents.map(\.status) == [.revoked])
    #expect(batch.campaigns.map(\.name) == ["Spring"])
  }

  @Test func adSpendIsKnownFromTheNextDayOn() throws {
    let batch = try readCSV(
      """
      source_relation,date_day,platform,account_id,campaign_id,campaign_name,clicks,impressions,spend
      x,2025-01-01,facebook_ads,1,c1,Spring,10,1000,12.345

      """, currency: "USD")
    let spend = try #require(batch.spend.first)
    #expect(spend.cost == Money(minorUnits: 1_235, currency: try #require(Currency("USD"))))
    #expect(spend.clicks == 10 && spend.impressions == 1_000)
    #expect(spend.knownAt == (try instant("2025-01-02")))
  }

  @Test func traitsOfAnUndatedFileAreKnownWhenItWasWritten() throws {
    let batch = try readCSV(
      "customer_id,email,city,created_at\n7,A@B.de,Омск,2020-01-01\n8,broken,,\n",
      writtenAt: "2026-01-01")
    #expect(batch.people.map(\.knownAt) == [try instant("2020-01-01"), try instant("2026-01-01")])
    let city = try #require(batch.traits.first { $0.key == "city" })
    #expect(city.value == "\"Омск\"")
    #expect(city.knownAt == (try instant("2026-01-01")))
    #expect(batch.traits.contains { $0.key == "unreadable_email" })
  }

  @Test func whoTheBuyerIsIsKnownNoEarlierThanTheOrder() throws {
    let batch = try readCSV(
      """
      id,anonymous_id,user_id,event,received_at,sent_at,original_timestamp,order_id,total,currency,products
      m1,a1,7,order_completed,2025-01-02 10:00:00 UTC,,2025-01-01 12:00:00 UTC,o1,35.00,EUR,"[{""product_id"":""p1"",""price"":10.0,""quantity"":2}]"

      """)
    let received = try #require(Instant("2025-01-02T10:00:00Z"))
    #expect(batch.orders.map(\.knownAt) == [received])
    #expect(Set(batch.people.map(\.knownAt)) == [received])
    #expect(batch.orderLines.map(\.productID) == ["p1"])
    #expect(batch.orderLines.map(\.price) == [1_000])
  }

  @Test func warehouseClocksAreCorrected() throws {
    let batch = try readCSV(
      """
      id,anonymous_id,user_id,event,event_text,received_at,sent_at,original_timestamp,context_page_url
      m1,a1,7,product_viewed,Product Viewed,2025-01-01 10:00:10 UTC,2025-01-01 12:00:00 UTC,2025-01-01 11:59:50 UTC,https://shop.example/cup

      """)
    let event = try #require(batch.events.first)
    #expect(event.eventTime == (try instant("2025-01-01T10:00:00Z")))
    #expect(event.knownAt == (try instant("2025-01-01T10:00:10Z")))
    #expect(batch.text(event.name) == "Product Viewed")
    #expect(batch.text(event.messageID) == "m1")
  }

  @Test(arguments: [1, 2])
  func aFileIsReadAlikeByAnyNumberOfThreads(threads: Int) throws {
    let rows = (0..<20_000).map { "\($0 / 3),2025-01-01,\($0 % 100),SKU\($0 % 7),1,9.99,EUR\n" }
    let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).csv")
      .path
    try ("order_id,order_date,customer_id,sku,quantity,price,currency\n" + rows.joined())
      .write(toFile: path, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let mapping = try #require(KnownFormat.detect(try CSVFile(path: path).header))
      .mapping(for: try CSVFile(path: path).header, source: "test")
    let reader = try CSVFactReader(
      path: path, mapping: mapping, context: ImportContext(writtenAt: .earliest))
    var orders: [String] = []
    var places: [Int] = []
    try reader.read(from: nil, threadCount: threads) { batch, place in
      orders += batch.orders.map(\.orderID)
      places.append(place.recordCount)
    }
    #expect(orders == (0..<6_667).map { String($0) })
    // An import that goes on from the second batch gives the rest and nothing before.
    var rest: [Int] = []
    let start = ImportPlace(byteOffset: 0, line: 1, recordCount: places[0], fileBytes: 0)
    try reader.read(from: start, threadCount: threads) { _, place in rest.append(place.recordCount)
    }
    #expect(rest == Array(places.dropFirst()))
  }
}
