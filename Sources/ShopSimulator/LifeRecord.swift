/// All that one customer did and got, as it was; times are in days since the opening.
struct LifeRecord: Sendable {
  /// Where an order was placed. Each place has an export of its own, so no order is told of twice.
  enum Place: Int, CaseIterable, Sendable { case web, store, telephone }

  struct Line: Sendable {
    let product: Int
    let quantity: Int
  }

  struct Order: Sendable {
    let time: Double
    let place: Place
    let lines: [Line]
    /// In kopecks.
    let subtotal: Int
    let discount: Int
    let shipping: Int
    var cancelledAt: Double?
    var refund: (at: Double, amount: Int)?

    var total: Int { subtotal - discount + shipping }
  }

  /// A visit to the web shop.
  struct Visit: Sendable {
    let time: Double
    let device: Int
    let source: Source
    var isKnown: Bool
    var identifies = false
    var signsUp = false
    var viewed: [Int] = []
    var cart: [Int] = []
    var startsCheckout = false
    /// The place in `orders`.
    var order: Int?
    /// Whose cart is left and who could be reminded.
    var isExposed = false
  }

  enum Source: Sendable {
    case direct, organic
    case ad(AdChannel)
    /// The place in `messages`.
    case message(Int)
  }

  struct Sent: Sendable {
    enum Cause: Sendable {
      case mailing(Mailing)
      case crossSell, reactivation
      case reminder(ReminderArm)
    }
    let cause: Cause
    let channel: MessageChannel
    let time: Double
    var isHeldOut = false
    var isBounced = false
    var openedAt: Double?
    var clickedAt: Double?
    var unsubscribedAt: Double?
  }

  struct Lead: Sendable {
    let source: Int
    let time: Double
    /// Hours until somebody answers.
    let responseHours: Double
    let isWon: Bool
    /// Days from creation to the end; `nil` where it stays open.
    let closingDays: Double?
    let amount: Int
    let probabilityAtCreation: Double
    let probabilityAfterADay: Double
  }

  /// Where the customer stood at the beginning of a day.
  struct Stand: Sendable {
    let day: Int
    let state: ShopperState
  }

  var visits: [Visit] = []
  var orders: [Order] = []
  var messages: [Sent] = []
  var lead: Lead?
  var stands: [Stand] = []
  var signedUpAt: Double?
  var lostAt: Double?
}
