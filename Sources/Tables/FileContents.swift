import Glibc

/// A whole file in memory: mapped where it is a plain file, read where it is compressed or a pipe.
final class FileContents: Sendable {
  let path: String
  // Read-only for the life of this object, which owns it.
  nonisolated(unsafe) let bytes: UnsafeRawBufferPointer
  private let isMapped: Bool

  /// Maps the first `byteCount` bytes of the plain file that `descriptor` has open.
  init(mapping descriptor: Int32, byteCount count: Int, path: String) throws(TableError) {
    self.path = path
    let address = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let address, address != MAP_FAILED else {
      throw .cannotRead(path: path, reason: systemErrorText())
    }
    madvise(address, count, MADV_SEQUENTIAL)
    bytes = UnsafeRawBufferPointer(start: address, count: count)
    isMapped = true
  }

  /// Takes `start`, which was already read, and the rest of `source`.
  init(start: [UInt8], rest source: any ByteSource) throws(TableError) {
    path = source.path
    isMapped = false
    var buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(1 << 20, start.count * 2), alignment: 64)
    buffer.copyBytes(from: start)
    var count = start.count
    do {
      while true {
        if count == buffer.count { Self.double(&buffer) }
        let got = try source.read(
          into: UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
        if got == 0 { break }
        count += got
      }
    } catch {
      buffer.deallocate()
      throw error
    }
    bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
  }

  deinit {
    if isMapped {
      munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
    } else {
      bytes.deallocate()
    }
  }

  /// Gives back the memory of the whole pages in a range of bytes, where they can be read in again.
  func release(_ range: Range<Int>) {
    guard isMapped, let address = bytes.baseAddress else { return }
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let first = (range.lowerBound + page - 1) / page * page
    let end = range.upperBound / page * page
    guard first < end else { return }
    madvise(UnsafeMutableRawPointer(mutating: address + first), end - first, MADV_DONTNEED)
  }

  private static func double(_ buffer: inout UnsafeMutableRawBufferPointer) {
    let larger = UnsafeMutableRawBufferPointer.allocate(
      byteCount: buffer.count * 2, alignment: 64)
    larger.copyMemory(from: UnsafeRawBufferPointer(buffer))
    buffer.deallocate()
    buffer = larger
  }
}
