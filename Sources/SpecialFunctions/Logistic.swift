import Glibc

/// Returns log(1 + exp(x)) with no overflow for large `x` and no lost digits for small `x`.
public func log1pExp(_ x: Double) -> Double {
  x > 0 ? x + log1p(exp(-x)) : log1p(exp(x))
}

/// Returns the probability 1 / (1 + exp(−`linearPredictor`)).
///
/// The complement is `logistic(-linearPredictor)`, which keeps its digits where
/// `1 - logistic(linearPredictor)` is zero: from a linear predictor of 37 on.
public func logistic(_ linearPredictor: Double) -> Double {
  let decay = exp(-abs(linearPredictor))
  return linearPredictor < 0 ? decay / (1 + decay) : 1 / (1 + decay)
}

/// Returns the log-odds log(p / (1 − p)) of `probability`: −∞ at 0, +∞ at 1.
///
/// - Precondition: `probability` is in [0, 1].
public func logit(_ probability: Double) -> Double {
  precondition(probability >= 0 && probability <= 1, "probability \(probability), not in [0, 1]")
  // The logarithm of a ratio near 1 loses the digits of a small log-odds; 2p − 1 is exact here.
  if probability > 0.25, probability < 0.75 {
    return log1p((2 * probability - 1) / (1 - probability))
  }
  return log(probability / (1 - probability))
}

/// Returns the log loss of one row, in nats: −y log(p) − (1 − y) log(1 − p), p the logistic of
/// `linearPredictor` and y the `outcome`.
///
/// Written on the linear predictor, eta: max(eta, 0) − y eta + log(1 + exp(−|eta|)). It is finite
/// for every finite eta, and a loss as small as exp(−700) keeps its digits.
public func logLoss(linearPredictor: Double, outcome: Double) -> Double {
  max(linearPredictor, 0) - outcome * linearPredictor + log1p(exp(-abs(linearPredictor)))
}
