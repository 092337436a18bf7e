import Glibc

/// The first and last bytes of a plain file, as they lie on disk, and its length.
package struct FileEnds: Sendable {
  package let first: [UInt8]
  package let last: [UInt8]
  package let byteCount: Int

  /// - Returns: `nil` where `path` is no plain file and can be read only once.
  package init?(path: String, count: Int) throws(TableError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .cannotOpen(path: path, reason: systemErrorText()) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    byteCount = Int(status.st_size)
    first = try Self.bytes(descriptor, 0..<min(count, byteCount), path)
    last = try Self.bytes(descriptor, max(0, byteCount - count)..<byteCount, path)
  }

  private static func bytes(
    _ descriptor: Int32, _ range: Range<Int>, _ path: String
  ) throws(TableError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: range.count)
    let got = bytes.withUnsafeMutableBytes {
      pread(descriptor, $0.baseAddress, $0.count, off_t(range.lowerBound))
    }
    guard got >= 0 else { throw .cannotRead(path: path, reason: systemErrorText()) }
    return Array(bytes[..<got])
  }
}

/// The first bytes of the text in a file: decompressed, without a byte order mark.
package func firstBytes(of path: String, count: Int) throws(TableError) -> [UInt8] {
  let source = try openByteSource(path: path)
  let storage = ChunkStorage(byteCount: count)
  var filled = 0
  while filled < count {
    let got = try source.read(
      into: UnsafeMutableRawBufferPointer(rebasing: storage.buffer[filled...]))
    if got == 0 { break }
    filled += got
  }
  let bytes = Array(storage.buffer[..<filled])
  try FileMagic.check(bytes, path: path)
  return bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
}
