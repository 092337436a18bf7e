/// What kind of thing tells who somebody is.
public enum IdentityKind: String, CaseIterable, Hashable, Sendable, Encodable {
  case userID = "user_id"
  case anonymousID = "anonymous_id"
  case email
  case phone
  case loyaltyCard = "loyalty_card"
  case device
  /// An identifier of another system, written SYSTEM:VALUE.
  case external

  /// The order in which identities name a person: the first there is names the customer.
  package static let byStrength: [IdentityKind] = [
    .userID, .loyaltyCard, .external, .email, .phone, .device, .anonymousID,
  ]

  package var strength: Int { Self.byStrength.firstIndex(of: self) ?? Self.byStrength.count }
}

/// One name of a person: a kind and its normalised value, made by `IdentityNormalizer`.
public struct Identity: Hashable, Sendable, Encodable {
  public let kind: IdentityKind
  public let value: String

  public init(kind: IdentityKind, normalizedValue: String) {
    self.kind = kind
    value = normalizedValue
  }
}

/// The one place that says when two spellings are one identity.
public struct IdentityNormalizer: Hashable, Sendable {
  /// The country code put before a national phone number: "7" for 8 (9xx) → +79xx.
  public var countryCode: String

  public init(countryCode: String = "7") { self.countryCode = countryCode }

  /// Ids longer than this are no ids; they would make an index of the base useless.
  package static let maxBytes = 512

  /// - Returns: `nil` for what identifies nobody: blank, a word for "none", no address, no phone.
  public func identity(_ kind: IdentityKind, _ text: String) -> Identity? {
    let trimmed = Self.trimmed(text)
    guard !trimmed.isEmpty, trimmed.utf8.count <= Self.maxBytes, !Self.meansNobody(trimmed) else {
      return nil
    }
    let value: String? =
      switch kind {
      case .email: Self.email(trimmed)
      case .phone: phone(trimmed)
      case .userID, .anonymousID, .loyaltyCard, .device, .external: trimmed
      }
    return value.map { Identity(kind: kind, normalizedValue: $0) }
  }

  private static func trimmed(_ text: String) -> String {
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
    let bytes = text.utf8
    guard let first = bytes.first, let last = bytes.last, isBlank(first) || isBlank(last) else {
      return text
    }
    let front = bytes.drop(while: isBlank)
    guard let end = front.lastIndex(where: { !isBlank($0) }) else { return "" }
    return String(Substring(front[...end]))
  }

  /// Words that programs write where there is no id; joining people by them would make one of all.
  private static func meansNobody(_ text: String) -> Bool {
    text.utf8.count <= 36 && nobody.contains(text.lowercased())
  }

  private static let nobody: Set<String> = [
    "null", "nil", "none", "undefined", "nan", "na", "n/a", "unknown", "anonymous", "guest", "0",
    "-1", "-", "false", "true", "[object object]", "00000000-0000-0000-0000-000000000000",
  ]

  /// One `@` with something on both sides and a dot in the domain, in small letters.
  private static func email(_ text: String) -> String? {
    let parts = text.utf8.split(
      separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, let dot = parts[1].firstIndex(of: 0x2E),
      dot != parts[1].startIndex, parts[1].last != 0x2E,
      !text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x2C || $0 == 0x3B })
    else { return nil }
    return text.lowercased()
  }

  /// E.164: plus and 8 to 15 digits. A number of eleven digits that begins with 8, or of ten that begins
  /// with 9, is a Russian one written at home where `countryCode` is 7.
  private func phone(_ text: String) -> String? {
    var digits: [UInt8] = []
    for byte in text.utf8 {
      if byte >= 0x30, byte <= 0x39 {
        digits.append(byte)
      } else if byte | 0x20 >= 0x61, byte | 0x20 <= 0x7A {
        return nil
      }
    }
    let number = String(decoding: digits, as: UTF8.self)
    let international = text.utf8.first == UInt8(ascii: "+") || number.hasPrefix("00")
    var full = number
    if number.hasPrefix("00") {
      full = String(number.dropFirst(2))
    } else if !international, countryCode == "7", digits.count == 11, number.hasPrefix("8") {
      full = "7" + number.dropFirst()
    } else if !international, digits.count == 10 {
      full = countryCode + number
    }
    guard (8...15).contains(full.utf8.count), full.utf8.first != 0x30 else { return nil }
    return "+" + full
  }
}

extension Array where Element == Identity {
  /// The first of the strongest kind.
  package var strongest: Identity? {
    self.min { $0.kind.strength < $1.kind.strength }
  }
}
