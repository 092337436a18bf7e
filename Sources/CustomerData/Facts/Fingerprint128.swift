/// A 128-bit fingerprint of a sequence of texts, the same on every machine and release.
///
/// Two multiply-and-fold mixers side by side (the folded multiplication of wyhash, Wang Yi 2019), fed eight
/// bytes at a time, with the length of each text so that "ab", "c" and "a", "bc" differ. It tells copies
/// apart from what is new; it is no protection against someone who seeks a collision.
package struct Fingerprint128: Hashable, Sendable {
  private var high: UInt64 = 0x9E37_79B9_7F4A_7C15
  private var low: UInt64 = 0xC2B2_AE3D_27D4_EB4F

  package init() {}

  package var value: (high: UInt64, low: UInt64) {
    (
      Self.fold(high ^ 0xA076_1D64_78BD_642F, low ^ 0xE703_7ED1_A0B4_28DB),
      Self.fold(low ^ 0x8EBC_6AF0_9C88_C6E3, high ^ 0x5899_65CC_7537_4CC3)
    )
  }

  /// 32 hexadecimal digits.
  package var hexText: String {
    [value.high, value.low].map { half in
      let text = String(half, radix: 16)
      return String(repeating: "0", count: 16 - text.count) + text
    }.joined()
  }

  package mutating func add(_ text: String) {
    var text = text
    text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
  }

  @inline(__always)
  package mutating func add(_ bytes: UnsafeRawBufferPointer) {
    add(UInt64(bytes.count))
    guard let base = bytes.baseAddress else { return }
    var position = 0
    while position &+ 8 <= bytes.count {
      add(UInt64(littleEndian: base.loadUnaligned(fromByteOffset: position, as: UInt64.self)))
      position &+= 8
    }
    guard position < bytes.count else { return }
    var rest: UInt64 = 0
    var shift: UInt64 = 0
    while position < bytes.count {
      rest |= UInt64(bytes[position]) << shift
      shift &+= 8
      position &+= 1
    }
    add(rest)
  }

  @inline(__always)
  package mutating func add(_ word: UInt64) {
    let newHigh = Self.fold(high ^ word, 0x2D35_8DCC_AA6C_78A5)
    low = Self.fold(low ^ word, 0x8BB8_4B93_962E_ACC9) ^ high
    high = newHigh
  }

  /// Both halves of the 128-bit product, folded into one.
  @inline(__always)
  private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let product = left.multipliedFullWidth(by: right)
    return product.high ^ product.low
  }
}
