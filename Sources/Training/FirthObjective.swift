import Foundation
import LinearAlgebra

/// What Firth's method maximises, per unit of weight: the mean log-likelihood + ½ log det I / N, for the
/// information I = Σ wᵢ pᵢ (1 − pᵢ) xᵢ xᵢᵀ and the sum of weights N.
///
/// Its gradient (Heinze and Schemper 2002, eq. 2) is Σ [shareᵢ (yᵢ − pᵢ) + hᵢ (½ − pᵢ) / N] xᵢ, with the
/// hat diagonals hᵢ = wᵢ pᵢ (1 − pᵢ) xᵢ I⁻¹ xᵢᵀ.
struct FirthObjective {
  let centered: CenteredDesign
  let problem: LogisticProblem
  let totalWeight: Double
  let threadCount: Int

  struct Evaluation {
    let parameters: [Double]
    let value: Double
    let gradient: [Double]
    /// I / N.
    let information: Matrix
    let logLoss: Double
  }

  /// Returns `nil` where the information has no inverse: at probabilities of 0 and 1.
  func evaluate(_ parameters: [Double]) -> Evaluation? {
    let design = centered.design
    let rows = RowDerivatives(
      design: design, problem: problem, parameters: parameters, threadCount: threadCount)
    let information = design.sandwich(rows.curvatures, threadCount: threadCount)
    let factor: Cholesky
    let hats: [Double]
    do throws(FactorizationError) {
      factor = try Cholesky(information)
      hats = try HatDiagonals(design: design, information: information)
        .values(weights: rows.curvatures, threadCount: threadCount)
    } catch {
      return nil  // which pivot failed says nothing of the columns; they have been checked
    }
    let scores = (0..<design.rowCount).map { i -> Double in
      guard problem.weights[i] > 0 else { return 0 }
      // p − ½, from residual / share = p − y and sign / 2 = y − ½.
      let excess = rows.residuals[i] / problem.weights[i] + Double(problem.signs[i]) / 2
      return -rows.residuals[i] - hats[i] / totalWeight * excess
    }
    let value = -rows.logLoss + factor.logDeterminant / (2 * totalWeight)
    guard value.isFinite else { return nil }
    return Evaluation(
      parameters: parameters, value: value,
      gradient: design.transposeTimes(scores, threadCount: threadCount),
      information: information, logLoss: rows.logLoss)
  }

  /// The penalised log-likelihood of a value: det I = Nᵏ det (I / N).
  func penalizedLogLikelihood(_ value: Double) -> Double {
    totalWeight * value + Double(centered.design.columnCount) * log(totalWeight) / 2
  }

  /// I⁻¹ at a point.
  func covariance(_ point: Evaluation) throws(FitError) -> Matrix {
    do throws(FactorizationError) {
      return try Cholesky(point.information).inverse().scaled(by: 1 / totalWeight)
    } catch {
      throw .offsetDecides  // it has been factored before
    }
  }
}
