/// The distinct texts of a column, each with a code in order of first appearance.
///
/// Keys are bytes in one arena and the table is open-addressed, so that a repeated level costs a hash and
/// a comparison and no `String`.
package struct LevelDictionary: Sendable {
  private var arena: [UInt8] = []
  /// Where each level's text ends in `arena`.
  private var ends: [Int] = []
  private var hashes: [UInt64] = []
  /// Codes + 1; 0 is a free slot. The count is a power of two.
  private var slots = [UInt32](repeating: 0, count: 16)

  package init() {}

  package init(_ levels: some Sequence<String>) {
    for level in levels {
      var level = level
      level.withUTF8 { _ = insert(UnsafeRawBufferPointer($0)) }
    }
  }

  package var count: Int { ends.count }

  package func withBytes<Result>(
    of code: Int, _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    let start = code == 0 ? 0 : ends[code - 1]
    return arena[start..<ends[code]].withUnsafeBytes(body)
  }

  package func level(_ code: Int) -> String {
    withBytes(of: code) { String(decoding: $0, as: UTF8.self) }
  }

  package var levels: [String] { (0..<count).map(level) }

  /// The code of `text`, `nil` where it is none of the levels.
  package func code(of text: UnsafeRawBufferPointer) -> UInt32? {
    let slot = slot(of: text, hash: Self.hash(text))
    return slots[slot] == 0 ? nil : slots[slot] - 1
  }

  /// The code of `text`, which becomes a level if it is not one yet.
  package mutating func insert(_ text: UnsafeRawBufferPointer) -> UInt32 {
    let hash = Self.hash(text)
    var slot = slot(of: text, hash: hash)
    if slots[slot] != 0 { return slots[slot] - 1 }
    if (ends.count + 1) * 2 > slots.count {
      grow()
      slot = self.slot(of: text, hash: hash)
    }
    arena.append(contentsOf: text)
    ends.append(arena.count)
    hashes.append(hash)
    let code = UInt32(truncatingIfNeeded: ends.count - 1)
    slots[slot] = code + 1
    return code
  }

  /// The slot that holds `text`, or the free one where it belongs.
  @inline(__always)
  private func slot(of text: UnsafeRawBufferPointer, hash: UInt64) -> Int {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot] != 0 {
      let code = Int(slots[slot]) - 1
      if hashes[code] == hash, isLevel(code, text) { return slot }
      slot = (slot + 1) & mask
    }
    return slot
  }

  @inline(__always)
  private func isLevel(_ code: Int, _ text: UnsafeRawBufferPointer) -> Bool {
    let start = code == 0 ? 0 : ends[code - 1]
    guard ends[code] - start == text.count else { return false }
    return arena.withUnsafeBytes { bytes in
      for index in 0..<text.count where bytes[start + index] != text[index] { return false }
      return true
    }
  }

  private mutating func grow() {
    var grown = [UInt32](repeating: 0, count: slots.count * 2)
    let mask = grown.count - 1
    for (code, hash) in hashes.enumerated() {
      var slot = Int(truncatingIfNeeded: hash) & mask
      while grown[slot] != 0 { slot = (slot + 1) & mask }
      grown[slot] = UInt32(truncatingIfNeeded: code + 1)
    }
    slots = grown
  }

  /// Mixes eight bytes at a time by multiplication; only its speed and spread matter, as codes do not
  /// depend on it.
  @inline(__always)
  private static func hash(_ text: UnsafeRawBufferPointer) -> UInt64 {
    var hash = UInt64(truncatingIfNeeded: text.count) &* 0x9E37_79B9_7F4A_7C15
    var index = 0
    while index + 8 <= text.count {
      hash = mix(hash ^ text.loadUnaligned(fromByteOffset: index, as: UInt64.self))
      index += 8
    }
    var tail: UInt64 = 0
    while index < text.count {
      tail = tail << 8 | UInt64(text[index])
      index += 1
    }
    return mix(hash ^ tail)
  }

  @inline(__always)
  private static func mix(_ value: UInt64) -> UInt64 {
    let product = value &* 0xD6E8_FEB8_6659_FD93
    return product ^ (product >> 32)
  }
}
