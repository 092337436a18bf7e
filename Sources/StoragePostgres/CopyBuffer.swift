/// Rows in the form of PostgreSQL's `COPY … (FORMAT binary)`.
///
/// Format: signature, flags and header extension; a row is its number of fields, then each field's length
/// and bytes in network order; −1 stands for null and, as a number of fields, for the end (PostgreSQL 15
/// manual, "COPY", Binary Format).
struct CopyBuffer {
  private(set) var bytes: [UInt8] = []

  init() {
    bytes.reserveCapacity(1 << 20)
    bytes.append(contentsOf: Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0x00])
    append(Int32(0))
    append(Int32(0))
  }

  mutating func beginRow(fieldCount: Int) { append(Int16(truncatingIfNeeded: fieldCount)) }

  mutating func end() { append(Int16(-1)) }

  mutating func putNull() { append(Int32(-1)) }

  /// A text, varchar or json field. PostgreSQL's text holds no NUL: it is left out.
  mutating func put(_ text: String?) {
    guard var text else { return putNull() }
    let place = bytes.count
    append(Int32(0))
    text.withUTF8 { utf8 in
      if utf8.contains(0) {
        bytes.append(contentsOf: utf8.lazy.filter { $0 != 0 })
      } else {
        bytes.append(contentsOf: utf8)
      }
    }
    setLength(at: place)
  }

  /// A text field of bytes that are UTF-8 without zeros.
  @inline(__always)
  mutating func put(bytes field: UnsafeRawBufferPointer) {
    append(Int32(truncatingIfNeeded: field.count))
    bytes.append(contentsOf: field)
  }

  /// A bigint field.
  mutating func put(_ value: Int64?) {
    guard let value else { return putNull() }
    append(Int32(8))
    append(value)
  }

  /// A double precision field.
  mutating func put(_ value: Double?) {
    guard let value else { return putNull() }
    append(Int32(8))
    append(value.bitPattern)
  }

  mutating func put(_ value: Bool?) {
    guard let value else { return putNull() }
    append(Int32(1))
    bytes.append(value ? 1 : 0)
  }

  /// The bytes of `count` fields, the first of which begins at `start`.
  func fields(_ count: Int, from start: Int) -> [UInt8] {
    var end = start
    for _ in 0..<count {
      let length = bytes.withUnsafeBytes {
        Int32(bigEndian: $0.loadUnaligned(fromByteOffset: end, as: Int32.self))
      }
      end += 4 + Int(max(0, length))
    }
    return Array(bytes[start..<end])
  }

  private mutating func setLength(at place: Int) {
    let length = UInt32(truncatingIfNeeded: bytes.count - place - 4).bigEndian
    withUnsafeBytes(of: length) { length in
      for index in 0..<4 { bytes[place + index] = length[index] }
    }
  }

  @inline(__always)
  private mutating func append(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
  }
}
