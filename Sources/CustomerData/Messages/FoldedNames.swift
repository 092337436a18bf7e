/// A table of names that are found whatever their case and separators: `orderId`, `order_id`, "Order ID".
///
/// A look-up hashes the bytes once, without a copy, and compares one number; names are some hundred and fixed,
/// and that no two of them collide is checked when the table is made.
struct FoldedNames<Value: Sendable>: Sendable {
  private let slots: [(hash: UInt64, value: Value?)]

  init(_ names: KeyValuePairs<String, Value>) {
    var slots = [(hash: UInt64, value: Value?)](repeating: (0, nil), count: 8)
    while slots.count < 3 * names.count { slots += slots }
    for (name, value) in names {
      var name = name
      let hash = name.withUTF8 { foldedHash(UnsafeRawBufferPointer($0)) }
      var place = Int(truncatingIfNeeded: hash) & (slots.count - 1)
      while slots[place].value != nil {
        precondition(slots[place].hash != hash, "'\(name)' is twice in a table of names")
        place = (place + 1) & (slots.count - 1)
      }
      slots[place] = (hash, value)
    }
    self.slots = slots
  }

  @inline(__always)
  subscript(name: UnsafeRawBufferPointer) -> Value? {
    let hash = foldedHash(name)
    var place = Int(truncatingIfNeeded: hash) & (slots.count &- 1)
    while let value = slots[place].value {
      if slots[place].hash == hash { return value }
      place = (place &+ 1) & (slots.count &- 1)
    }
    return nil
  }
}

/// FNV-1a of the letters and digits of a name, in small letters; what stands between them does not count.
@inline(__always)
func foldedHash(_ name: UnsafeRawBufferPointer) -> UInt64 {
  var hash: UInt64 = 0xCBF2_9CE4_8422_2325
  for byte in name {
    var letter = byte
    if byte &- 0x41 < 26 { letter = byte | 0x20 }
    // Space, $, -, ., _ and : separate words or mark a vendor's own names.
    if byte == 0x20 || byte == 0x5F || byte == 0x2D || byte == 0x2E || byte == 0x24 || byte == 0x3A
    {
      continue
    }
    hash = (hash ^ UInt64(letter)) &* 0x100_0000_01B3
  }
  return hash
}
