import Foundation

/// `value` with `count` decimals.
package func digits(_ value: Double, _ count: Int) -> String {
  var scale = 1.0
  for _ in 0..<count { scale *= 10 }
  let rounded = (abs(value) * scale).rounded()
  guard rounded < 1e15 else { return "\(value)" }
  let whole = Int(rounded / scale)
  let fraction = String(Int(rounded) - whole * Int(scale))
  let sign = value < 0 && rounded > 0 ? "-" : ""
  if count == 0 { return "\(sign)\(whole)" }
  return "\(sign)\(whole)." + String(repeating: "0", count: count - fraction.count) + fraction
}

/// `value` with `count` significant digits.
package func significant(_ value: Double, _ count: Int) -> String {
  guard value.isFinite, value != 0 else { return value == 0 ? "0" : "\(value)" }
  let exponent = Int(log10(abs(value)).rounded(.down))
  let isLong = exponent < -4 || exponent >= max(count, 6)
  if !isLong { return digits(value, max(0, count - 1 - exponent)) }
  let mantissa = value / pow(10, Double(exponent))
  return digits(mantissa, count - 1) + "e\(exponent)"
}

/// `value` without a fraction of zero.
package func shortest(_ value: Double) -> String {
  value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
}
