import Glibc

/// Numbers as short text that is the same on every machine.
public enum NumberText {
  /// Returns `value` with `decimals` digits after the point, and groups of three before it.
  ///
  /// What rounds to 0 is written without a sign.
  public static func fixed(_ value: Double, decimals: Int) -> String {
    guard value.isFinite else { return "–" }
    guard abs(value) < 1e15 else { return significant(value, digits: 3) }
    let scale = pow(10, Double(min(max(decimals, 0), 12)))
    let scaled = (abs(value) * scale).rounded(.toNearestOrEven)
    guard scaled < 9e18 else { return significant(value, digits: 3) }
    var digits = String(Int64(scaled))
    let places = min(max(decimals, 0), 12)
    if digits.count <= places {
      digits = String(repeating: "0", count: places + 1 - digits.count) + digits
    }
    let whole = grouped(String(digits.dropLast(places)))
    let sign = value < 0 && scaled > 0 ? "−" : ""
    return sign + whole + (places > 0 ? "." + digits.suffix(places) : "")
  }

  /// Returns `value` with `digits` significant digits: 0.0123, 12.3, 12,300, 1.23e+16.
  public static func significant(_ value: Double, digits: Int) -> String {
    guard value.isFinite else { return "–" }
    guard value != 0 else { return "0" }
    let exponent = Int(log10(abs(value)).rounded(.down))
    if exponent >= -6, exponent < 15 {
      return fixed(value, decimals: max(0, digits - 1 - exponent))
    }
    let mantissa = fixed(value / pow(10, Double(exponent)), decimals: max(0, digits - 1))
    return "\(mantissa)e\(exponent < 0 ? "−" : "+")\(abs(exponent))"
  }

  /// Returns `value` for a scale whose marks are `step` apart: 0.25, 1,500, 20k, 3.5M.
  static func tick(_ value: Double, step: Double) -> String {
    let largest = max(abs(value), abs(step))
    for (unit, suffix) in [(1e9, "G"), (1e6, "M"), (1e4, "k")] where largest >= unit {
      let divisor = suffix == "k" ? 1e3 : unit
      if value == 0 { return "0" }
      return fixed(value / divisor, decimals: decimals(of: step / divisor)) + suffix
    }
    return fixed(value, decimals: decimals(of: step))
  }

  /// The digits after the point that tell multiples of `step` apart.
  static func decimals(of step: Double) -> Int {
    var decimals = 0
    var scaled = abs(step)
    while decimals < 12, abs(scaled - scaled.rounded()) > 1e-6 * scaled {
      scaled *= 10
      decimals += 1
    }
    return decimals
  }

  private static func grouped(_ digits: String) -> String {
    guard digits.count > 4 else { return digits }
    var groups: [Substring] = []
    var rest = Substring(digits)
    while rest.count > 3 {
      groups.insert(rest.suffix(3), at: 0)
      rest = rest.dropLast(3)
    }
    return ([rest] + groups).joined(separator: ",")
  }
}
