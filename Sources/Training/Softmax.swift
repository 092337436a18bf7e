import Scoring
import SpecialFunctions

/// The probabilities of K classes for `rowCount` rows at a time, from scores that stand class by
/// class, `rowCount` apart. Buffers hold one number a row, and belong to one thread.
///
/// The largest score of a row is subtracted first, so that no exponential is above 1.
final class Softmax {
  let rowCount: Int
  let classCount: Int
  /// One number a row and class: linear predictors on the way in, for the caller to fill.
  let scores: UnsafeMutablePointer<Double>
  /// exp(score − largest score of the row).
  let terms: UnsafeMutablePointer<Double>
  /// The sum of a row's terms; after `setOthers` without the term of the row's outcome.
  let sums: UnsafeMutablePointer<Double>
  private let top: UnsafeMutablePointer<Double>

  init(rowCount: Int, classCount: Int) {
    self.rowCount = rowCount
    self.classCount = classCount
    scores = .allocate(capacity: rowCount * classCount)
    terms = .allocate(capacity: rowCount * classCount)
    sums = .allocate(capacity: rowCount)
    top = .allocate(capacity: rowCount)
    scores.initialize(repeating: 0, count: rowCount * classCount)
  }

  deinit {
    for buffer in [scores, terms, sums, top] { buffer.deallocate() }
  }

  /// Turns scores into terms; `available` is asked for `count` rows from `firstRow` on.
  func setTerms(available: Availability?, firstRow: Int, count: Int) {
    if let available { exclude(available, firstRow: firstRow, count: count, scores, -.infinity) }
    subtractTop()
    VectorMath.exp(scores, into: terms, count: rowCount * classCount)
    // The vectorised exponential ends at exp(−708); what cannot be had has a probability of 0.
    if let available { exclude(available, firstRow: firstRow, count: count, terms, 0) }
  }

  /// Sets `sums` to the sum of each row's terms.
  func setSums() {
    sums.update(repeating: 0, count: rowCount)
    for k in 0..<classCount {
      let terms = terms + k * rowCount
      for i in 0..<rowCount { sums[i] += terms[i] }
    }
  }

  private func subtractTop() {
    top.update(from: scores, count: rowCount)
    for k in 1..<max(1, classCount) {
      let scores = scores + k * rowCount
      for i in 0..<rowCount { top[i] = scores[i] > top[i] ? scores[i] : top[i] }
    }
    for k in 0..<classCount {
      let scores = scores + k * rowCount
      for i in 0..<rowCount { scores[i] -= top[i] }
    }
  }

  private func exclude(
    _ available: Availability, firstRow: Int, count: Int,
    _ buffer: UnsafeMutablePointer<Double>, _ value: Double
  ) {
    available.words.withUnsafeBufferPointer { words in
      for i in 0..<count {
        for word in 0..<available.wordCount {
          var missing = ~words[(firstRow + i) * available.wordCount + word]
          while missing != 0 {
            let k = 64 * word + missing.trailingZeroBitCount
            guard k < classCount else { break }
            buffer[k * rowCount + i] = value
            missing &= missing - 1
          }
        }
      }
    }
  }
}
