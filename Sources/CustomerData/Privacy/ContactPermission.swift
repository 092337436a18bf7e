/// Whether a channel may contact a person now: the one place that decides it.
///
/// Only what was known at the instant counts. Of the statements about the channel or about all channels
/// (`*`), and about the purpose or about all purposes, the latest holds; of several of one instant, the one
/// that allows least. Who said nothing may be told what a contract needs (`service`) and nothing else:
/// consent to advertising is given beforehand (GDPR art. 6 and 7; Russian law 38-FZ art. 18 and 152-FZ art. 9).
public enum ContactPermission: Hashable, Sendable {
  case allowed(Ground)
  case refused(Reason)

  public enum Ground: String, Hashable, Sendable, Encodable {
    case consent
    /// A message that a contract needs, which nobody refused.
    case contract
  }

  public enum Reason: String, Hashable, Sendable, Encodable {
    case neverAsked = "never_asked"
    case denied, revoked, expired
  }

  public var isAllowed: Bool {
    if case .allowed = self { true } else { false }
  }

  /// The purpose of messages that carry out what a person ordered.
  public static let servicePurpose = "service"
  public static let everything = "*"

  /// - Parameters:
  ///   - consents: statements of one person, in any order.
  ///   - validDays: how long a grant holds; `nil` for as long as it is not revoked.
  public static func decide(
    _ consents: some Sequence<ConsentStatement>, channel: String, purpose: String, at now: Instant,
    validDays: Int? = nil
  ) -> ContactPermission {
    let latest =
      consents.filter { statement in
        statement.eventTime <= now && statement.knownAt <= now
          && (statement.channel == channel || statement.channel == everything)
          && (statement.purpose == purpose || statement.purpose == everything)
      }
      .max { ($0.eventTime, $0.status.strictness) < ($1.eventTime, $1.status.strictness) }
    guard let latest else {
      return purpose == servicePurpose ? .allowed(.contract) : .refused(.neverAsked)
    }
    switch latest.status {
    case .denied: return .refused(.denied)
    case .revoked: return .refused(.revoked)
    case .expired: return .refused(.expired)
    case .granted:
      guard let validDays else { return .allowed(.consent) }
      let end = latest.eventTime + Int64(validDays) * 86_400_000
      return now < end ? .allowed(.consent) : .refused(.expired)
    }
  }
}

/// What a person said once about a channel and a purpose.
public struct ConsentStatement: Hashable, Sendable {
  public let channel: String
  public let purpose: String
  public let status: ConsentStatus
  public let eventTime: Instant
  public let knownAt: Instant

  public init(
    channel: String, purpose: String, status: ConsentStatus, eventTime: Instant, knownAt: Instant
  ) {
    self.channel = channel
    self.purpose = purpose
    self.status = status
    self.eventTime = eventTime
    self.knownAt = knownAt
  }
}

extension ConsentStatus {
  /// How much a statement forbids, to choose between two of one instant.
  fileprivate var strictness: Int {
    switch self {
    case .granted: 0
    case .expired: 1
    case .denied: 2
    case .revoked: 3
    }
  }
}
