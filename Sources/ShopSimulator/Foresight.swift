import Glibc
import SpecialFunctions

/// What is true of a customer's next days, given all that no shop knows.
struct Outlook: Sendable {
  /// Of at least one order.
  var probability = 0.0
  /// Of at least one order that holds the category.
  var categories = [Double](repeating: 0, count: Catalogue.categories.count)
}

/// The probabilities of what comes, computed from where a customer stands.
///
/// Given the messages, orders come by a hazard that is known: P(none) = exp(−∫ hazard). What is random are
/// the messages (left out, bounced, the last one before unsubscribing) and when a lifetime ends; the mean
/// over `forkCount` futures of these is unbiased, and nearly exact because they change the integral little.
struct Foresight {
  let behaviour: Behaviour
  let horizonDays: Int

  static let forkCount = 6

  private struct Course {
    /// Hazard of orders up to each part's end, with no order so far.
    var cumulative: [Double] = []
    /// The same per part, the time since the last order left out.
    var restless: [Double] = []
    var boosts: [Double] = []
    var featured: [Int] = []
  }
  private var course = Course()

  init(_ behaviour: Behaviour, horizonDays: Int) {
    self.behaviour = behaviour
    self.horizonDays = horizonDays
  }

  /// As of the beginning of `day`.
  mutating func outlook(
    _ state: ShopperState, day: Int, using generator: inout some RandomNumberGenerator
  ) -> Outlook {
    var outlook = Outlook()
    guard state.isAlive else { return outlook }
    for _ in 0..<Self.forkCount {
      foresee(state, day: day, using: &generator)
      let total = course.cumulative.last ?? 0
      let some = -expm1(-total)
      outlook.probability += some / Double(Self.forkCount)
      let missed = missed(state, day: day, total: total, some: some, using: &generator)
      for category in missed.indices {
        outlook.categories[category] += some * (1 - missed[category]) / Double(Self.forkCount)
      }
    }
    return outlook
  }

  /// One future without an order: the hazard that it had.
  private mutating func foresee(
    _ start: ShopperState, day: Int, using generator: inout some RandomNumberGenerator
  ) {
    var state = start
    let behaviour = behaviour
    course.cumulative.removeAll(keepingCapacity: true)
    course.restless.removeAll(keepingCapacity: true)
    course.boosts.removeAll(keepingCapacity: true)
    course.featured.removeAll(keepingCapacity: true)
    let lifeEnd = behaviour.law.meanLifetimeDays.map {
      Double(day) + $0 * generator.nextExponential()
    }
    var sum = 0.0
    var chance = behaviour.orderChance(state)
    for segment in 2 * day..<2 * (day + horizonDays) {
      if segment & 1 == 0 {
        if segment > 2 * day { behaviour.beginDay(segment >> 1, &state, lifeEnd: lifeEnd) }
        if !state.isAlive { chance = 0 }
      } else if state.isSignedUp {
        let isSubscribed = state.isSubscribed
        behaviour.letters(on: segment >> 1, &state) { letter, state in
          let reception = behaviour.receive(letter, segment, &state, using: &generator)
          guard reception == .received,
            generator.nextChance(behaviour.unsubscribeChance(letter, state))
          else { return }
          state.isSubscribed[letter.channel.rawValue] = 0
        }
        if state.isSubscribed != isSubscribed { chance = behaviour.orderChance(state) }
      }
      let hazard = chance > 0 ? behaviour.restlessMass(segment, state) * chance : 0
      sum += hazard * behaviour.restFactor(segment, lastOrder: state.lastOrder)
      course.cumulative.append(sum)
      course.restless.append(hazard)
      course.boosts.append(max(0, state.boosts[segment & 7]))
      course.featured.append(Int(state.featured[segment & 7]))
      state.boosts[segment & 7] = 0
    }
  }

  /// By category, the chance that no order holds it, in one future that has an order.
  private func missed(
    _ state: ShopperState, day: Int, total: Double, some: Double,
    using generator: inout some RandomNumberGenerator
  ) -> [Double] {
    var missed = [Double](repeating: 1, count: Catalogue.categories.count)
    guard total > 0 else { return missed }
    let target = min(total, -log1p(-generator.nextUniform() * some))
    var place = course.cumulative.firstIndex { target <= $0 } ?? course.cumulative.count - 1
    var orderCount = state.orderCount
    var threshold = 0.0
    while place < course.restless.count {
      order(at: place, day: day, &missed)
      let isLost =
        behaviour.law.meanLifetimeDays == nil && orderCount > 0
        && generator.nextChance(behaviour.shopper.lossChance)
      orderCount += 1
      if isLost { break }
      let time = DayPart.time(2 * day + place, part: 0.5)
      threshold = generator.nextExponential()
      // The rest of the part in which the order fell, on average half of it.
      var share = 0.5
      while place < course.restless.count {
        let factor = behaviour.restFactor(2 * day + place, lastOrder: time)
        threshold -= course.restless[place] * factor * share
        if threshold < 0 { break }
        share = 1
        place += 1
      }
    }
    return missed
  }

  /// What an order holds: its main category, and others by taste.
  private func order(at place: Int, day: Int, _ missed: inout [Double]) {
    let tastes = behaviour.tastes(on: day + place / 2)
    let boost = course.boosts[place]
    let other = behaviour.law.extraLines * (1 - behaviour.law.sameCategory)
    for category in missed.indices {
      let shown = course.featured[place] == category ? boost : 0
      let main = (tastes[category] + shown) / (1 + boost)
      missed[category] *= (1 - main) * exp(-other * tastes[category])
    }
  }
}
