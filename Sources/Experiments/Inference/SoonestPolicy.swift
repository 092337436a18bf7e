import Glibc
import SpecialFunctions

/// How much to bet, by wealth and time, so that the minimum effect is found as soon as can be.
///
/// A wealth that starts at 1 and is a martingale where there is no effect reaches 1/alpha with chance
/// alpha at most, however it is bet. What is left to choose are the bets. Here they maximise, where
/// the effect is the minimum effect, the chance of reaching 1/alpha by the cap, less a price per unit;
/// the price is the one at which that chance is `power`. Where even the best bets are not worth
/// their units, the test stops for futility. Solved by dynamic programming on a random walk (Bellman
/// 1957), in time measured in sizes of the fixed test of the same alpha and power: one policy serves
/// all metrics.
///
/// Against one constant bet with a futility stop (Wald 1945), what futility gives up is not lost
/// but bet earlier, and near the cap the bets grow to end in either answer.
public struct SoonestPolicy: Hashable, Sendable {
  public let alpha: Double
  public let power: Double
  /// The time at which it ends at the latest, 1 being the fixed test's size.
  public let cap: Double
  /// The square root of the information of the fixed test: z_alpha + z_beta.
  let drift: Double
  private let logWealths: [Double]
  /// By step, then wealth; 0 where it stops for futility.
  private let bets: [Float]
  private let stepCount: Int

  /// The cap at which the mean, the 90 % point and the size without an effect are all low.
  public static let usualCap = 1.6
  /// The caps that a policy is computed for: one step at least.
  static let caps = 0.01...20
  /// Steps per size of the fixed test.
  static let steps = 192
  private static let wealthCount = 121
  private static let leastWealth = 0.004

  /// - Parameters:
  ///   - alpha: The one-sided error level.
  ///   - power: The chance of finding the minimum effect.
  ///   - cap: In sizes of the fixed test; too low a cap lowers the power.
  public init(alpha: Double, power: Double, cap: Double = SoonestPolicy.usualCap) {
    // Units vary a little less without an effect than with one, and time is told between the two: they
    // reach a little more than the walk.
    self.init(alpha: alpha, power: power, cap: cap, walkPower: power - 0.04 * (1 - power))
  }

  package init(alpha: Double, power: Double, cap: Double, walkPower: Double) {
    precondition(alpha > 0 && alpha < 1 && power > 0 && power < 1 && cap > 0, "no such policy")
    self.alpha = alpha
    self.power = power
    self.cap = cap
    drift = max(0.5, normalQuantile(power) - normalQuantile(alpha))
    let program = Program(alpha: alpha, drift: drift, cap: cap)
    logWealths = program.logWealths
    stepCount = program.stepCount
    bets = program.bets(power: walkPower)
  }

  /// - Throws: `DesignError` for a cap that no policy is computed for.
  static func check(cap: Double) throws(DesignError) {
    guard caps.contains(cap) else {
      throw .outOfRange(
        "the cap of units, in sizes of the test with one look,", cap,
        allowed: "[\(caps.lowerBound), \(caps.upperBound)]")
    }
  }

  /// The bet at a log wealth and time, in multiples of the one for the minimum effect; `nil` where it
  /// is time to stop for futility.
  public func bet(logWealth: Double, time: Double) -> Double? {
    let step = min(stepCount - 1, Int(time * Double(Self.steps)))
    guard step >= 0, logWealth > logWealths[0] else { return nil }
    let width = logWealths[1] - logWealths[0]
    let position = min(Double(logWealths.count - 1), (logWealth - logWealths[0]) / width)
    let place = min(logWealths.count - 2, Int(position))
    let start = step * logWealths.count + place
    let (lower, upper) = (Double(bets[start]), Double(bets[start + 1]))
    guard lower > 0, upper > 0 else { return nil }
    return lower + (position - Double(place)) * (upper - lower)
  }
}

extension SoonestPolicy {
  /// The walk: up or down by 1/√steps of the fixed test's size, its drift that of the minimum effect.
  private struct Program {
    let logWealths: [Double]
    let stepCount: Int
    let up: Double
    let choices: [Double]
    /// By wealth, then choice: where the two steps lead to, in places of `logWealths`.
    private var wins: [Double] = []
    private var losses: [Double] = []
    private var chosen: [Double] = []

    init(alpha: Double, drift: Double, cap: Double) {
      let step = drift / Double(SoonestPolicy.steps).squareRoot()
      let count = SoonestPolicy.wealthCount
      let lowest = log(SoonestPolicy.leastWealth)
      let width = (-log(alpha) - lowest) / Double(count - 1)
      logWealths = (0..<count).map { lowest + Double($0) * width }
      stepCount = max(1, Int((cap * Double(SoonestPolicy.steps)).rounded()))
      up = (1 + min(1, step)) / 2
      let largest = 1 / step
      choices = (0..<40).map { 0.5 * pow(largest / 0.5, Double($0) / 39) }
      for logWealth in logWealths.dropLast() {
        let room = (exp(-log(alpha) - logWealth) - 1) / step
        for choice in choices {
          let bet = min(choice, room)
          chosen.append(bet)
          wins.append(min(Double(count - 1), (logWealth + log1p(bet * step) - lowest) / width))
          let loss = bet * step < 1 ? logWealth + log1p(-bet * step) : -.infinity
          losses.append(max(-1, (loss - lowest) / width))
        }
      }
    }

    /// The bets at the price per unit at which the chance of success is `power`.
    func bets(power target: Double) -> [Float] {
      var cheap = 0.0
      var dear = 2.0
      var best = solve(price: cheap)
      guard best.power > target else { return best.bets }
      for _ in 0..<10 {
        let price = (cheap + dear) / 2
        let solution = solve(price: price)
        if solution.power >= target {
          (cheap, best) = (price, solution)
        } else {
          dear = price
        }
      }
      return best.bets
    }

    private func solve(price: Double) -> (bets: [Float], power: Double) {
      let count = logWealths.count
      var value = [Double](repeating: 0, count: count)
      value[count - 1] = 1
      var success = value
      var bets = [Float](repeating: 0, count: stepCount * count)
      let cost = price / Double(SoonestPolicy.steps)
      var best = [Int](repeating: -1, count: count)
      for step in (0..<stepCount).reversed() {
        let (later, laterSuccess) = (value, success)
        for place in 0..<(count - 1) {
          let choice = bestChoice(place, later, near: best[place])
          best[place] = choice.index - place * choices.count
          let gain = choice.value - cost
          value[place] = max(0, gain)
          success[place] = gain > 0 ? expectation(choice.index, laterSuccess) : 0
          bets[step * count + place] = gain > 0 ? Float(chosen[choice.index]) : 0
        }
        bets[step * count + count - 1] = bets[step * count + count - 2]
      }
      let start = -logWealths[0] / (logWealths[1] - logWealths[0])
      return (bets, Self.interpolated(success, at: start))
    }

    /// From one step to the one before, the best bet moves by a choice or two.
    private func bestChoice(
      _ place: Int, _ later: [Double], near last: Int
    ) -> (index: Int, value: Double) {
      let start = place * choices.count
      let first = last < 0 ? 0 : max(0, last - 3)
      let end = last < 0 ? choices.count : min(choices.count, last + 4)
      var best = (index: start + first, value: -1.0)
      for index in (start + first)..<(start + end) {
        let value = expectation(index, later)
        if value > best.value { best = (index, value) }
      }
      return best
    }

    private func expectation(_ index: Int, _ values: [Double]) -> Double {
      up * Self.interpolated(values, at: wins[index])
        + (1 - up) * Self.interpolated(values, at: losses[index])
    }

    /// 0 below the first place: no wealth to speak of.
    private static func interpolated(_ values: [Double], at position: Double) -> Double {
      if position <= 0 { return values[0] * max(0, 1 + position) }
      let place = min(values.count - 2, Int(position))
      return values[place] + (position - Double(place)) * (values[place + 1] - values[place])
    }
  }
}
