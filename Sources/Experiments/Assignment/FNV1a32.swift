/// The 32-bit FNV-1a hash, taken over UTF-16 code units instead of bytes.
///
/// Method: Fowler, Noll, Vo & Eastlake, "The FNV non-cryptographic hash algorithm".
enum FNV1a32 {
  /// Returns the hash of `text`, or of a text and then `text` given the `hash` of the former.
  static func hash(_ text: String, after hash: UInt32 = 0x811c_9dc5) -> UInt32 {
    var hash = hash
    for unit in text.utf16 { hash = (hash ^ UInt32(unit)) &* 0x0100_0193 }
    return hash
  }
}
