import LinearAlgebra
import SpecialFunctions

/// A joint test that several parameters are 0.
public struct WaldTest: Sendable, Hashable {
  /// Chi-squared with `degreesOfFreedom` where the parameters are 0, in large samples.
  public let statistic: Double
  public let degreesOfFreedom: Int

  public var pValue: Double {
    chiSquaredSurvival(statistic, degreesOfFreedom: degreesOfFreedom)
  }
}

extension CoefficientInference {
  /// Tests that `parameters` are all 0: bᵀ V⁻ b, whose degrees of freedom are the rank of V, their
  /// covariance.
  ///
  /// - Returns: `nil` when the data say nothing of any of them.
  public func waldTest(of parameters: [Int]) -> WaldTest? {
    let known = parameters.filter { covariance[$0, $0] > 0 }
    let errors = known.map { covariance[$0, $0].squareRoot() }
    var correlation = Matrix(rowCount: known.count, columnCount: known.count, repeating: 0)
    for j in known.indices {
      for i in 0...j {
        correlation[i, j] = covariance[known[i], known[j]] / (errors[i] * errors[j])
      }
    }
    let factor: PivotedCholesky
    do throws(FactorizationError) {
      // Rounding of a sandwich of hundreds of columns leaves 10⁻¹³ of a combination that cannot vary.
      factor = try PivotedCholesky(correlation, tolerance: 1e-10)
    } catch {
      return nil
    }
    guard factor.rank > 0 else { return nil }
    let z = zip(known, errors).map { estimates[$0] / $1 }
    return WaldTest(
      statistic: zip(z, factor.solve(z)).reduce(0) { $0 + $1.0 * $1.1 },
      degreesOfFreedom: factor.rank)
  }

  /// Tests that the levels of category `index` do not differ, in one test for all of them.
  ///
  /// With a reference level (coded as no level) that is: all its coefficients are 0. Where a penalty
  /// stands in for a reference, only differences of levels mean anything, and those are tested; the
  /// degrees of freedom are one less than the levels either way.
  public func waldTest(ofCategory index: Int) -> WaldTest? {
    let category = categories[index]
    let levels = Array(category.parameters)
    let isKnown = levels.allSatisfy { covariance[$0, $0] > 0 }
    guard category.isWhole, isKnown, let first = levels.first else { return waldTest(of: levels) }
    let differences = levels.dropFirst().map { level in
      [(parameter: level, factor: 1.0), (parameter: first, factor: -1.0)]
    }
    return mapped(by: differences).waldTest(of: Array(differences.indices))
  }
}
