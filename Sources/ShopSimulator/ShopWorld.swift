/// A law by which customers live. The ranges of all numbers were set before any model was fitted to a shop.
public enum ShopWorld: String, CaseIterable, Hashable, Sendable, Encodable {
  /// Gamma-distributed Poisson rates, geometric drop-out with beta-distributed chances (the assumptions of
  /// Fader, Hardie & Lee 2005, *Marketing Science* 24(2), 275), and messages that move hazards for two days.
  case standard
  /// The same, and no message or discount moves anybody.
  case null
  /// Weibull gaps of shape 2, a yearly season, lifetimes that end at any time: the usual model is wrong.
  case weibull
  /// Nearly half of the customers buy less when they are written to.
  case sleepingDogs = "sleeping-dogs"
  /// Messages move nobody unless they carry a discount.
  case discount
  /// At half time visits fall by a third, tastes move on, and messages lose half of their effect.
  case drift

  /// - Throws: `ShopError.unknownWorld`, with the worlds there are.
  public init(named name: String) throws(ShopError) {
    guard let world = ShopWorld(rawValue: name) else { throw .unknownWorld(name) }
    self = world
  }
}

/// The numbers of a world.
struct WorldLaw: Sendable {
  /// Rates of purchase per day: gamma of this shape and scale.
  let rateShape = 0.9
  let rateScale = 1 / 110.0
  /// The chance to be lost after each repeat purchase: beta.
  let lossAlpha = 0.8
  let lossBeta = 2.5
  /// The mean lifetime, where customers are lost at any time; `nil` where they are lost at purchases.
  var meanLifetimeDays: Double?
  /// Whether gaps are Weibull of shape 2, with the mean that the rate says, and not exponential.
  var hasWeibullGaps = false
  /// Of the yearly wave, which is highest in December.
  var seasonAmplitude = 0.0
  /// By which what a message does is multiplied; and one without a discount.
  var messageFactor = 1.0
  var plainMessageFactor = 1.0
  /// Shares of the persuadable and of sleeping dogs.
  var persuadable = 0.35
  var sleepingDogs = 0.12
  /// From half time on.
  var lateVisitFactor = 1.0
  var lateMessageFactor = 1.0
  var tastesMove = false

  /// The first visit is a purchase.
  let firstVisitBuys = 0.6
  /// Of what is left of a lost customer's visits.
  let ghostVisits = 0.15
  /// A visit without a purchase leaves a cart.
  let cart = 0.3
  /// Lines of an order beyond the first, a Poisson mean; of the main category, else by taste.
  let extraLines = 0.7
  let sameCategory = 0.6

  init(_ world: ShopWorld) {
    switch world {
    case .standard: break
    case .null: messageFactor = 0
    case .weibull:
      hasWeibullGaps = true
      seasonAmplitude = 0.5
      meanLifetimeDays = 400
    case .sleepingDogs:
      persuadable = 0.15
      sleepingDogs = 0.45
    case .discount: plainMessageFactor = 0
    case .drift:
      lateVisitFactor = 0.67
      lateMessageFactor = 0.5
      tastesMove = true
    }
  }
}
