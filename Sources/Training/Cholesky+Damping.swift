import LinearAlgebra

extension Cholesky {
  /// Factors with as little added to the diagonal, in units of `spreads` squared, as makes a factor
  /// exist: rounding, or rows that are all but certain, can leave none. In a Newton step or a
  /// preconditioner what is added slows the solver and changes no answer.
  init(damping symmetric: Matrix, spreads: [Double]) {
    var ridge = 0.0
    while true {
      var trial = symmetric
      for j in spreads.indices { trial[j, j] += ridge * max(spreads[j] * spreads[j], 1e-300) }
      do throws(FactorizationError) {
        self = try Cholesky(trial)
        return
      } catch {
        // The curvature of a softmax is at most ½ spread²: 10²⁰ of them leave only the diagonal.
        ridge = ridge == 0 ? 1e-14 : ridge * 100
        precondition(ridge < 1e20, "no factor of second derivatives that are finite: \(error)")
      }
    }
  }
}
