import CVectorMath

/// The instruction sets that the vector kernels are compiled for.
package enum VectorInstructions: CaseIterable, Sendable {
  case portable, avx2, avx512

  /// The widest of them that this processor has.
  package static let best =
    [portable, avx2, avx512].last { $0.code <= hg_instructions() } ?? portable

  fileprivate var code: HGInstructions {
    switch self {
    case .portable: HGInstructionsPortable
    case .avx2: HGInstructionsAVX2
    case .avx512: HGInstructionsAVX512
    }
  }
}

extension HGInstructions {
  fileprivate static func <= (left: HGInstructions, right: HGInstructions) -> Bool {
    left.rawValue <= right.rawValue
  }
}

/// Functions of many numbers at once.
package enum VectorMath {
  /// Sets `result` to exp of `count` numbers not above 0, within 1 ulp of the C library's; those below
  /// −708 give exp(−708).
  package static func exp(
    _ x: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>, count: Int,
    instructions: VectorInstructions = .best
  ) {
    hg_exp(instructions.code, x, result, count)
  }

  /// The loss of `count` rows and its derivatives by the linear predictor.
  ///
  /// With margin = sign × linear predictor and p = 1 / (1 + exp(margin)), the probability of the other
  /// outcome: `loss` = −share log(1 − p), `residual` = −sign × share × p, `weight` = share × p (1 − p);
  /// none loses digits to cancellation.
  package static func logistic(
    margin: UnsafePointer<Double>, sign: UnsafePointer<Double>, share: UnsafePointer<Double>,
    residual: UnsafeMutablePointer<Double>, weight: UnsafeMutablePointer<Double>,
    loss: UnsafeMutablePointer<Double>, count: Int, instructions: VectorInstructions = .best
  ) {
    hg_logistic(instructions.code, margin, sign, share, residual, weight, loss, count)
  }
}
