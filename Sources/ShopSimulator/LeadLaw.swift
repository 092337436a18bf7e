import Glibc
import SpecialFunctions

/// How leads are won: a product of what the source is worth, how soon somebody answered, and how much the
/// person wants it, which no column tells. It is no logistic function of anything.
enum LeadLaw {
  static let sources = ["site-form", "telephone", "fair", "referral", "paid-social"]
  private static let shares = [0.4, 0.2, 0.1, 0.1, 0.2]
  private static let worth = [0.45, 0.6, 0.4, 0.85, 0.25]
  /// Mean hours until somebody answers.
  private static let meanResponse = [10.0, 2, 40, 6, 16]
  /// Of the effect of an answer that comes at once, half is lost in this time.
  private static let halvingHours = 8.0
  private static let floor = 0.3
  /// No lead is decided before.
  static let firstClosingDay = 2.0
  static let closingSpan = 48.0

  static func draw(
    at time: Double, _ shopper: Shopper, using generator: inout some RandomNumberGenerator
  ) -> LifeRecord.Lead {
    let source = generator.nextIndex(weights: shares, total: 1)
    // A weekend answers slower: days since the opening stand for weekdays.
    let mean = meanResponse[source] * (Int(time) % 7 >= 5 ? 2 : 1)
    let response = mean * generator.nextExponential()
    let wish = generator.nextBeta(2, 1.5)
    let most = worth[source] * wish
    let isWon = generator.nextChance(most * speed(response))
    let closing = firstClosingDay + closingSpan * pow(generator.nextUniform(), 1.5)
    let staysOpen = !isWon && generator.nextChance(0.15)
    // An answer that has not come in a day comes, from then on, after as long again as at first.
    let afterADay = response <= 24 ? speed(response) : meanSpeed(mean, after: 24)
    return LifeRecord.Lead(
      source: source, time: time, responseHours: response, isWon: isWon,
      closingDays: staysOpen ? nil : closing,
      amount: Int(exp(14.5 + 0.6 * generator.nextStandardNormal())),
      probabilityAtCreation: most * meanSpeed(mean, after: 0),
      probabilityAfterADay: most * afterADay)
  }

  private static func speed(_ hours: Double) -> Double {
    floor + (1 - floor) * exp2(-hours / halvingHours)
  }

  /// The mean of `speed` over exponential times beyond `after` hours.
  private static func meanSpeed(_ mean: Double, after hours: Double) -> Double {
    floor + (1 - floor) * exp2(-hours / halvingHours) / (1 + mean * log(2) / halvingHours)
  }
}
