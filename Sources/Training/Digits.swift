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
