internal import SpecialFunctions

// Additions, multiplications, divisions and roundings alone: IEEE 754 fixes these to the last bit.
// The C library's exp and log differ in the last digit between its versions, and between
// processors, and one such digit could turn an outcome.

extension RandomNumberGenerator {
  mutating func nextChance(_ probability: Double) -> Bool {
    nextUniform() < probability
  }

  /// Draws from a bell curve with mean 0, variance 1 and no value beyond ±6: the sum of twelve
  /// uniform draws, less its mean.
  mutating func nextBell() -> Double {
    var sum = -6.0
    for _ in 0..<12 { sum += nextUniform() }
    return sum
  }
}

/// Returns e to the power of `x`, the same bits everywhere; within 1e-14 of it, relatively.
///
/// - Precondition: |`x`| is at most 700.
func portableExp(_ x: Double) -> Double {
  precondition(abs(x) <= 700, "exponent \(x), not in [-700, 700]")
  // x = k log 2 + r with |r| ≤ log 2 / 2; log 2 in two parts, so that r keeps its digits.
  let k = (x * 1.4426950408889634).rounded()
  let r = (x - k * 0x1.62e42fefa3800p-1) - k * 0x1.ef35793c76730p-45
  var sum = 1.0
  // Taylor to the 13th power: the next term is below 1e-17.
  for n in stride(from: 13.0, through: 1, by: -1) { sum = 1 + sum * r / n }
  return sum * Double(sign: .plus, exponent: Int(k), significand: 1)
}

func portableLogistic(_ linearPredictor: Double) -> Double {
  1 / (1 + portableExp(-linearPredictor))
}
