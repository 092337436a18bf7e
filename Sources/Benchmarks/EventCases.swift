import SpecialFunctions
import Tables

/// Writes `--rows` messages of a shop to `--out` as JSON Lines, the same for the same `--seed`.
///
/// A visitor comes with an anonymous id; a third sign in, in the middle of a visit as it happens, and are
/// identified. Every two hundredth message is delivered twice, and times of receipt run ahead of the clients'
/// clocks by up to hours, as telephones deliver late.
func makeEvents(_ arguments: Arguments) throws {
  let rowCount = try arguments.count("rows", default: 1_000_000)
  var shop = ShopMessages(
    seed: UInt64(try arguments.count("seed", default: 1)), visitorCount: max(1, rowCount / 25))
  let file = try OutputFile(path: try arguments.text("out"))
  var written = 0
  while written < rowCount {
    let message = Array((shop.next() + "\n").utf8)
    try file.write(message)
    written += 1
    if shop.isDeliveredTwice, written < rowCount {
      try file.write(message)
      written += 1
    }
  }
  try file.commit()
}

private struct ShopMessages {
  private var generator: SplitMix64
  private let visitorCount: Int
  private var number = 0
  /// Of the shop's server, in milliseconds since 1970.
  private var clock: Int64 = 1_767_225_600_000
  private(set) var isDeliveredTwice = false
  private var open: [Visit] = []

  private struct Visit {
    let visitor: Int
    let clockError: Int64
    var isSignedIn: Bool
    var eventsLeft: Int
    var cart: [Int] = []
  }

  init(seed: UInt64, visitorCount: Int) {
    generator = SplitMix64(seed: seed)
    self.visitorCount = visitorCount
  }

  mutating func next() -> String {
    clock += Int64.random(in: 1...1_500, using: &generator)
    number += 1
    isDeliveredTwice = Int.random(in: 0..<200, using: &generator) == 0
    while open.count < 300 { open.append(newVisit()) }
    let place = Int.random(in: 0..<open.count, using: &generator)
    var visit = open[place]
    let message = message(of: &visit)
    visit.eventsLeft -= 1
    if visit.eventsLeft == 0 { open.remove(at: place) } else { open[place] = visit }
    return message
  }

  private mutating func newVisit() -> Visit {
    // The square makes some visitors come often and most seldom.
    let share = generator.nextUniform()
    return Visit(
      visitor: Int(share * share * Double(visitorCount)),
      clockError: .random(in: -90_000...90_000, using: &generator), isSignedIn: false,
      eventsLeft: .random(in: 2...16, using: &generator))
  }

  private mutating func message(of visit: inout Visit) -> String {
    let isCustomer = visit.visitor % 3 == 0
    let dice = Int.random(in: 0..<1_000, using: &generator)
    switch dice {
    case 0..<350: return envelope("page", visit, page())
    case 350..<600: return track("Product Viewed", visit, product())
    case 600..<700: return track("Product List Viewed", visit, list())
    case 700..<780:
      visit.cart.append(.random(in: 0..<5_000, using: &generator))
      return track("Product Added", visit, "\(product()),\"cart_id\":\"cart-\(visit.visitor)\"")
    case 780..<800: return track("Checkout Started", visit, order(visit))
    case 800..<820: return track("Order Completed", visit, order(visit))
    case 820..<850 where isCustomer:
      visit.isSignedIn = true
      return envelope("identify", visit, traits(visit.visitor))
    case 850..<950 where isCustomer: return mail(visit)
    case 950..<980:
      return track(
        "Experiment Viewed", visit,
        "\"experiment_id\":\"cart-reminder\",\"variation_id\":\"v\(visit.visitor % 2)\"")
    default: return track("Promotion Viewed", visit, "\"promotion_id\":\"p\(dice)\",\"position\":1")
    }
  }

  private mutating func track(_ name: String, _ visit: Visit, _ properties: String) -> String {
    envelope("track", visit, "\"event\":\"\(name)\",\"properties\":{\(properties)}")
  }

  private mutating func envelope(_ type: String, _ visit: Visit, _ body: String) -> String {
    let late = Int.random(in: 0..<50, using: &generator) == 0
    let delay: Int64 = late ? .random(in: 0...14_400_000, using: &generator) : 0
    let sent = clock + visit.clockError
    let user = visit.isSignedIn ? "\"userId\":\"u\(visit.visitor)\"," : ""
    let high = String(generator.next(), radix: 16)
    return """
      {"messageId":"\(high)-\(String(number, radix: 16))","type":"\(type)",\(user)\
      "anonymousId":"\(anonymousID(visit.visitor))",\(body),"context":{"library":{"name":"analytics.js",\
      "version":"4.1.0"},"locale":"ru-RU","ip":"192.0.2.\(visit.visitor % 250)","userAgent":\
      "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0","page":{"url":\
      "https://shop.example/каталог/\(visit.visitor % 900)","path":"/каталог","title":"Магазин ☕"}\
      \(campaign(visit.visitor))},"originalTimestamp":"\(isoText(sent - delay - 40))","sentAt":"\(isoText(sent))",\
      "receivedAt":"\(isoText(clock + 35))","timestamp":"\(isoText(clock - delay - 5))"}
      """
  }

  private func anonymousID(_ visitor: Int) -> String {
    var mixer = SplitMix64(seed: UInt64(visitor))
    let text = String(mixer.next() | 1 << 63, radix: 16) + String(mixer.next() | 1 << 63, radix: 16)
    return
      "\(text.prefix(8))-\(text.dropFirst(8).prefix(4))-4\(text.dropFirst(13).prefix(3))-\(text.suffix(16))"
  }

  private func campaign(_ visitor: Int) -> String {
    visitor % 5 == 0
      ? ",\"campaign\":{\"source\":\"newsletter\",\"medium\":\"email\",\"name\":\"spring-\(visitor % 7)\"}"
      : ""
  }

  private mutating func page() -> String {
    let page = Int.random(in: 0..<900, using: &generator)
    return """
      "name":"Категория \(page)","properties":{"url":"https://shop.example/c/\(page)","path":"/c/\(page)",\
      "referrer":"https://search.example/?q=\(page)","title":"Категория \(page)"}
      """
  }

  private mutating func product() -> String {
    productText(.random(in: 0..<5_000, using: &generator))
  }

  private func productText(_ id: Int, quantity: Int = 1) -> String {
    """
    "product_id":"sku-\(id)","sku":"G-\(id)","name":"Кофе в зёрнах №\(id)","category":"Категория \(id % 40)",\
    "brand":"Brand \(id % 90)","price":\(19 + id % 300).\(10 + id % 90),"quantity":\(quantity),"currency":"EUR"
    """
  }

  private mutating func list() -> String {
    let items = (0..<3).map { _ in
      "{\"product_id\":\"sku-\(Int.random(in: 0..<5_000, using: &generator))\"}"
    }
    return
      "\"list_id\":\"bestsellers\",\"category\":\"Кофе\",\"products\":[\(items.joined(separator: ","))]"
  }

  private mutating func order(_ visit: Visit) -> String {
    let items = (visit.cart.isEmpty ? [number % 5_000] : visit.cart).map { "{\(productText($0))}" }
    return """
      "order_id":"o\(number)","checkout_id":"c\(number)","affiliation":"web","subtotal":\(items.count * 50).00,\
      "shipping":4.90,"tax":\(items.count * 8).50,"discount":0,"total":\(items.count * 58 + 5).40,\
      "coupon":"","currency":"EUR","products":[\(items.joined(separator: ","))]
      """
  }

  private func traits(_ visitor: Int) -> String {
    """
    "traits":{"email":"u\(visitor)@mail.example","firstName":"Анна","lastName":"Иванова-\(visitor)",\
    "city":"Омск","birthYear":\(1950 + visitor % 50),"segment":"s\(visitor % 8)"}
    """
  }

  private mutating func mail(_ visit: Visit) -> String {
    let names = ["Email Delivered", "Email Opened", "Email Link Clicked"]
    let campaign = Int.random(in: 0..<40, using: &generator)
    return track(
      names[Int.random(in: 0..<3, using: &generator)], visit,
      """
      "email_id":"e\(campaign)","email_subject":"Скидка на кофе","campaign_id":"c\(campaign)",\
      "campaign_name":"Campaign \(campaign)"
      """)
  }

  private func isoText(_ milliseconds: Int64) -> String {
    func digits(_ number: Int64, _ count: Int) -> String {
      let text = String(number)
      return String(repeating: "0", count: max(0, count - text.count)) + text
    }
    let rest = milliseconds % 86_400_000
    return dayText(Double(milliseconds / 1_000)) + "T" + digits(rest / 3_600_000, 2) + ":"
      + digits(rest / 60_000 % 60, 2) + ":" + digits(rest / 1_000 % 60, 2) + "."
      + digits(rest % 1_000, 3) + "Z"
  }
}
