package import Foundation

/// What the times of a file without a zone are times of.
package enum TimeRule: Hashable, Sendable {
  /// Seconds east of Greenwich, the same all year.
  case offset(seconds: Int)
  /// A place of the IANA time zone database, with its summer times.
  case place(TimeZone)

  package static let utc = TimeRule.offset(seconds: 0)

  /// - Parameter name: of the IANA time zone database, as "Europe/Moscow".
  package init?(place name: String) {
    guard let zone = TimeZone(identifier: name) else { return nil }
    self = .place(zone)
  }

  /// The instant, in seconds since 1970, at which clocks show `local`, counted as if they were in Greenwich.
  ///
  /// A time that occurs twice, when clocks are set back, is the first of the two. One that is left out, when
  /// they are set forward, is read by the offset before the change, so that it comes out later by what
  /// was left out (the rule "compatible" of RFC 5545 and of java.time).
  func instant(local: Double) -> Double {
    switch self {
    case .offset(let seconds): return local - Double(seconds)
    case .place(let zone):
      func offset(at instant: Double) -> Double {
        Double(zone.secondsFromGMT(for: Date(timeIntervalSince1970: instant)))
      }
      // No zone changes twice in two days.
      let before = local - offset(at: local - 86_400)
      let after = local - offset(at: local + 86_400)
      if offset(at: before) == local - before { return before }
      return offset(at: after) == local - after ? after : before
    }
  }
}
