/// The character encodings that CSV exports come in.
public enum TextEncoding: String, Codable, Hashable, Sendable, CaseIterable {
  case utf8 = "utf-8"
  case windows1251 = "windows-1251"

  /// Returns `bytes` of this encoding as UTF-8; what is not a character becomes U+FFFD.
  package func decode(_ bytes: some Sequence<UInt8>) -> String {
    switch self {
    case .utf8: return String(decoding: Array(bytes), as: UTF8.self)
    case .windows1251:
      var scalars = String.UnicodeScalarView()
      for byte in bytes { scalars.append(Self.windows1251Scalar(byte)) }
      return String(scalars)
    }
  }

  /// The character of one byte of windows-1251 (Unicode's mapping table CP1251.TXT).
  static func windows1251Scalar(_ byte: UInt8) -> Unicode.Scalar {
    if byte < 0x80 { return Unicode.Scalar(byte) }
    let code: UInt16 =
      byte >= 0xC0 ? 0x0410 + UInt16(byte - 0xC0) : windows1251Upper[Int(byte - 0x80)]
    return Unicode.Scalar(code) ?? "\u{FFFD}"
  }

  /// 0x80 ..< 0xC0; the Cyrillic alphabet proper follows in order from 0xC0.
  private static let windows1251Upper: [UInt16] = [
    0x0402, 0x0403, 0x201A, 0x0453, 0x201E, 0x2026, 0x2020, 0x2021,
    0x20AC, 0x2030, 0x0409, 0x2039, 0x040A, 0x040C, 0x040B, 0x040F,
    0x0452, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
    0xFFFD, 0x2122, 0x0459, 0x203A, 0x045A, 0x045C, 0x045B, 0x045F,
    0x00A0, 0x040E, 0x045E, 0x0408, 0x00A4, 0x0490, 0x00A6, 0x00A7,
    0x0401, 0x00A9, 0x0404, 0x00AB, 0x00AC, 0x00AD, 0x00AE, 0x0407,
    0x00B0, 0x00B1, 0x0406, 0x0456, 0x0491, 0x00B5, 0x00B6, 0x00B7,
    0x0451, 0x2116, 0x0454, 0x00BB, 0x0458, 0x0405, 0x0455, 0x0457,
  ]
}
