/// Returns whether two values differ by no more than `relative` times the larger magnitude, or no
/// more than `absolute`. NaN is close to nothing, an infinity to itself alone.
package func isClose(
  _ left: Double, _ right: Double, relative: Double = 0, absolute: Double = 0
) -> Bool {
  if left == right { return true }
  guard left.isFinite, right.isFinite else { return false }
  return abs(left - right) <= max(relative * max(abs(left), abs(right)), absolute)
}
