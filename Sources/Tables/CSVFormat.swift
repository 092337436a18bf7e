/// How the bytes of a CSV file are to be read: RFC 4180 with the delimiters, encodings and number
/// styles that real exports use.
public struct CSVFormat: Hashable, Sendable {
  public var delimiter: UInt8
  public var encoding: TextEncoding
  /// `.` or `,`; spaces and no-break spaces between groups of three digits are read either way.
  public var decimalMark: UInt8
  public var missing: MissingTokens

  public init(
    delimiter: UInt8 = UInt8(ascii: ","), encoding: TextEncoding = .utf8,
    decimalMark: UInt8 = UInt8(ascii: "."), missing: MissingTokens = MissingTokens()
  ) {
    self.delimiter = delimiter
    self.encoding = encoding
    self.decimalMark = decimalMark
    self.missing = missing
  }
}

/// What a user fixes about a format; the rest is found from the first rows of the file.
public struct CSVOptions: Hashable, Sendable {
  public var delimiter: UInt8?
  public var encoding: TextEncoding?
  public var decimalMark: UInt8?
  /// Words that mean "missing" besides the standing ones of `MissingTokens`.
  public var missing: [String]
  /// The share of rows that may be rejected before reading fails, 0 … 1.
  public var maxRejects: Double

  public init(
    delimiter: UInt8? = nil, encoding: TextEncoding? = nil, decimalMark: UInt8? = nil,
    missing: [String] = [], maxRejects: Double = 0.01
  ) {
    self.delimiter = delimiter
    self.encoding = encoding
    self.decimalMark = decimalMark
    self.missing = missing
    self.maxRejects = maxRejects
  }
}

/// The words that stand for a missing value: nothing or blanks, NA, NaN, null, `\N` and a user's own,
/// in any case.
public struct MissingTokens: Hashable, Sendable {
  private var tokens: Set<[UInt8]>
  private var longest: Int
  /// Whether a user has named words: unlike the standing ones, they may look like a value.
  let hasOwn: Bool
  /// Whether a user's word begins as a number does, as -999 and 0 do.
  let mayLookLikeNumbers: Bool

  public init(_ more: [String] = []) {
    let own = more.map { word in
      var word = word.lowercased()
      return word.withUTF8 { Array(UnsafeRawBufferPointer($0).trimmed()) }
    }
    tokens = Set(["na", "nan", "null", "\\n"].map { Array($0.utf8) } + own)
    longest = tokens.map(\.count).max() ?? 0
    hasOwn = !own.isEmpty
    mayLookLikeNumbers = own.contains { word in
      word.first.map { isDigit($0) || "+-.,".utf8.contains($0) } ?? false
    }
  }

  /// Whether `cell`, without surrounding blanks, stands for a missing value.
  package func contains(_ cell: UnsafeRawBufferPointer) -> Bool {
    if cell.isEmpty { return true }
    guard cell.count <= longest else { return false }
    if tokens.contains(cell.map(asciiLowercased)) { return true }
    // A user's own word may be outside ASCII, where only Unicode knows the cases.
    guard cell.contains(where: { $0 >= 0x80 }) else { return false }
    return tokens.contains(Array(String(decoding: cell, as: UTF8.self).lowercased().utf8))
  }
}

func asciiLowercased(_ byte: UInt8) -> UInt8 {
  byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
}
