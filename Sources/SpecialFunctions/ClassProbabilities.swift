import Glibc

/// Turns the linear predictors of K classes into probabilities, for n rows at once.
///
/// `scores` stand class by class, row i of class k at k × n + i; −∞ marks a class that a row cannot
/// have, whose probability is 0. A row that can have no class gets 0 for each. The largest score of a row
/// is subtracted first, so that no exponential is above 1. The bits of a row do not depend on the rows
/// beside it.
///
/// - Complexity: O(n K).
package func classProbabilities(
  _ scores: UnsafeMutableBufferPointer<Double>, rowCount: Int, classCount: Int
) {
  precondition(
    scores.count == rowCount * classCount,
    "\(scores.count) scores for \(rowCount) rows of \(classCount) classes")
  guard let base = scores.baseAddress, rowCount > 0 else { return }
  subtractTop(base, rowCount: rowCount, classCount: classCount)
  withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * rowCount) { buffer in
    guard let terms = buffer.baseAddress else { return }
    let sums = terms + rowCount
    sums.update(repeating: 0, count: rowCount)
    for k in 0..<classCount {
      let scores = base + k * rowCount
      VectorMath.exp(scores, into: terms, count: rowCount)
      for i in 0..<rowCount {
        // The vectorised exponential ends at exp(−708); what cannot be had has a probability of 0.
        let term = scores[i] < -708 ? 0 : terms[i]
        scores[i] = term
        sums[i] += term
      }
    }
    for k in 0..<classCount {
      let scores = base + k * rowCount
      for i in 0..<rowCount { scores[i] = sums[i] > 0 ? scores[i] / sums[i] : 0 }
    }
  }
}

private func subtractTop(
  _ scores: UnsafeMutablePointer<Double>, rowCount: Int, classCount: Int
) {
  withUnsafeTemporaryAllocation(of: Double.self, capacity: rowCount) { buffer in
    guard let top = buffer.baseAddress else { return }
    top.update(from: scores, count: rowCount)
    for k in 1..<max(1, classCount) {
      let scores = scores + k * rowCount
      for i in 0..<rowCount { top[i] = scores[i] > top[i] ? scores[i] : top[i] }
    }
    for k in 0..<classCount {
      let scores = scores + k * rowCount
      // A row without any class: −∞ less −∞ would be no number.
      for i in 0..<rowCount { scores[i] = top[i] == -.infinity ? -.infinity : scores[i] - top[i] }
    }
  }
}

/// Returns the log loss of a row, in nats: log Σ exp(scores) − the score of its `outcome`, the sum over
/// `scores` above −∞.
///
/// The outcome's term is set aside: log(1 + others) keeps the digits of a row whose outcome is almost
/// certain.
public func logLoss(scores: some Collection<Double>, outcome: Int) -> Double {
  var own = -Double.infinity
  var top = -Double.infinity
  for (k, score) in scores.enumerated() {
    if k == outcome { own = score }
    top = max(top, score)
  }
  var others = 0.0
  for (k, score) in scores.enumerated() where k != outcome { others += exp(score - top) }
  return own == top ? log1p(others) : log(others + exp(own - top)) - (own - top)
}
