/// A unit's or event's id as 64 bits, the same on every machine and release.
///
/// Decimal integers from 0 to 2⁶³ − 1 without leading zeros keep their identity: two of them never
/// share a key. Other texts are hashed, byte by byte as they stand: among ten million of them, one
/// pair or more share a key with a chance of 3 in a million, and would count as one unit.
public struct UnitKey: Hashable, Sendable, Comparable {
  public let bits: UInt64

  init(bits: UInt64) { self.bits = bits }

  public init(_ text: String) {
    var text = text
    self = text.withUTF8 { UnitKey(UnsafeRawBufferPointer($0)) }
  }

  /// - Parameter text: UTF-8, without blanks around it.
  public init(_ text: UnsafeRawBufferPointer) {
    bits = Self.integer(text).map(Self.mixed) ?? Self.hash(text)
  }

  public static func < (left: UnitKey, right: UnitKey) -> Bool { left.bits < right.bits }

  /// The value of a decimal integer below 2⁶³, `nil` for any other text.
  private static func integer(_ text: UnsafeRawBufferPointer) -> UInt64? {
    guard text.count >= 1, text.count <= 19 else { return nil }
    if text[0] == UInt8(ascii: "0"), text.count > 1 { return nil }
    var value: UInt64 = 0
    for byte in text {
      let digit = byte &- UInt8(ascii: "0")
      if digit > 9 { return nil }
      value = value &* 10 &+ UInt64(digit)  // 19 digits are below 2⁶⁴
    }
    return value >> 63 == 0 ? value : nil
  }

  /// A bijection of 64 bits, the finish of SplitMix64.
  private static func mixed(_ value: UInt64) -> UInt64 {
    var z = value &+ 0x9e37_79b9_7f4a_7c15
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// Folded multiplications over 16 bytes at a time, as in Wang Yi's wyhash.
  private static func hash(_ text: UnsafeRawBufferPointer) -> UInt64 {
    var state = 0xa076_1d64_78bd_642f ^ UInt64(truncatingIfNeeded: text.count)
    var index = 0
    while index + 16 <= text.count {
      state = folded(
        word(text, index) ^ 0xe703_7ed1_a0b4_28db, word(text, index + 8) ^ state)
      index += 16
    }
    var low: UInt64 = 0
    var high: UInt64 = 0
    for offset in index..<text.count {
      let byte = UInt64(text[offset])
      let place = UInt64(offset - index)
      if place < 8 { low |= byte << (8 * place) } else { high |= byte << (8 * (place - 8)) }
    }
    state = folded(low ^ 0x8ebc_6af0_9c88_c6e3, high ^ state)
    return folded(state ^ 0x5899_65cc_7537_4cc3, 0x1d8e_4e27_c47d_124f)
  }

  private static func word(_ text: UnsafeRawBufferPointer, _ index: Int) -> UInt64 {
    UInt64(littleEndian: text.loadUnaligned(fromByteOffset: index, as: UInt64.self))
  }

  private static func folded(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let product = left.multipliedFullWidth(by: right)
    return product.high ^ product.low
  }
}
