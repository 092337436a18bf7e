/// A sum that carries the digits each addition loses: its error does not grow with the count.
///
/// Method: Neumaier (1974), *ZAMM* 54(1), 39–51.
package struct CompensatedSum: Sendable {
  private var sum = 0.0
  private var lost = 0.0

  package init() {}

  package var value: Double { sum + lost }

  package mutating func add(_ value: Double) {
    let total = sum + value
    lost += abs(sum) >= abs(value) ? (sum - total) + value : (value - total) + sum
    sum = total
  }
}
