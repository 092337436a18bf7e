import Foundation
import SpecialFunctions
import Testing

@Suite struct VectorMathTests {
  /// Those this processor can run.
  static let instructions = VectorInstructions.allCases.prefix {
    $0 == VectorInstructions.best
      || VectorInstructions.allCases.firstIndex(of: $0) ?? 0
        < VectorInstructions.allCases.firstIndex(of: .best) ?? 0
  }

  private func distanceInUlp(_ value: Double, _ expected: Double) -> Double {
    abs(value - expected) / expected.ulp
  }

  @Test(arguments: instructions)
  func expIsWithinOneUlpOfTheLibrary(instructions: VectorInstructions) {
    var generator = SplitMix64(seed: 1)
    // Half over the whole range, half where most rows are; 1003 is no multiple of a vector.
    let x = (0..<1003).map { -generator.nextUniform() * ($0 % 2 == 0 ? 708 : 5) }
    var result = [Double](repeating: 0, count: x.count)
    VectorMath.exp(x, into: &result, count: x.count, instructions: instructions)
    for (value, argument) in zip(result, x) {
      #expect(distanceInUlp(value, exp(argument)) <= 1)
    }
  }

  /// Portable code has no fused multiply-add, which is all they differ by.
  @Test(arguments: [3, 4, 5] as [UInt64])
  func instructionSetsDifferByOneUlpAtMost(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let x = (0..<20_000).map { -generator.nextUniform() * ($0 % 2 == 0 ? 708 : 2) }
    let results = Self.instructions.map { instructions in
      var result = [Double](repeating: 0, count: x.count)
      VectorMath.exp(x, into: &result, count: x.count, instructions: instructions)
      return result
    }
    for other in results.dropFirst() {
      let largest = zip(other, results[0]).reduce(0) { max($0, distanceInUlp($1.0, $1.1)) }
      #expect(largest <= 1)
    }
  }

  @Test(arguments: instructions)
  func expOfVeryLowNumbersStaysAboveZero(instructions: VectorInstructions) {
    let x = [0, -0.0, -708, -709, -1e300, -Double.infinity]
    var result = [Double](repeating: 0, count: x.count)
    VectorMath.exp(x, into: &result, count: x.count, instructions: instructions)
    #expect(result[0] == 1 && result[1] == 1)
    #expect(result[2...].allSatisfy { $0 == result[2] && $0 > 0 })
  }

  @Test(arguments: instructions)
  func lossAndDerivativesKeepTheirDigits(instructions: VectorInstructions) {
    var generator = SplitMix64(seed: 2)
    let margin = (0..<1003).map { index in
      (generator.nextUniform() - 0.5) * (index % 2 == 0 ? 1400 : 12)
    }
    let sign = margin.map { _ in generator.nextUniform() < 0.5 ? 1.0 : -1 }
    let share = margin.map { _ in generator.nextUniform() }
    var (residual, weight, loss) = (margin, margin, margin)
    VectorMath.logistic(
      margin: margin, sign: sign, share: share, residual: &residual, weight: &weight,
      loss: &loss, count: margin.count, instructions: instructions)
    for row in margin.indices {
      let p = logistic(-margin[row])
      // Products of three factors, each within an ulp or two of its own.
      #expect(isClose(loss[row], share[row] * log1pExp(-margin[row]), relative: 2e-15))
      #expect(isClose(residual[row], -sign[row] * share[row] * p, relative: 2e-15))
      #expect(isClose(weight[row], share[row] * p * logistic(margin[row]), relative: 2e-15))
    }
  }
}
