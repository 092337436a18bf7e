import Glibc

/// A file without a name, for numbers that the memory does not hold: it is gone when its last user is,
/// however the program ends.
package final class SpillFile {
  private let directory: String
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  private static let bufferBytes = 1 << 20
  package private(set) var byteCount = 0

  /// Creates an empty file in the folder `directory`.
  package init(directory: String) throws(TableError) {
    self.directory = directory
    var template = Array((directory + "/hourglass-XXXXXX").utf8CString)
    descriptor = mkstemp(&template)
    guard descriptor >= 0 else {
      throw .cannotWrite(
        path: directory,
        reason: errno == ENOENT ? "there is no such folder; create it first" : systemErrorText())
    }
    unlink(template)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    buffer.reserveCapacity(Self.bufferBytes)
  }

  deinit { close(descriptor) }

  package func append(_ bytes: UnsafeRawBufferPointer) throws(TableError) {
    byteCount += bytes.count
    if buffer.count + bytes.count > Self.bufferBytes { try flush() }
    if bytes.count >= Self.bufferBytes {
      try write(bytes)
    } else {
      buffer.append(contentsOf: bytes)
    }
  }

  /// Maps what has been written, which lives on without this object.
  package func mapped() throws(TableError) -> MappedRegion {
    try flush()
    guard byteCount > 0 else {
      return MappedRegion(UnsafeRawBufferPointer(start: nil, count: 0), in: directory)
    }
    let address = mmap(nil, byteCount, PROT_READ, MAP_SHARED, descriptor, 0)
    guard let address, address != MAP_FAILED else {
      throw .cannotRead(path: directory, reason: "a mapped file there: \(systemErrorText())")
    }
    return MappedRegion(UnsafeRawBufferPointer(start: address, count: byteCount), in: directory)
  }

  private func flush() throws(TableError) {
    try buffer.withUnsafeBufferPointer { bytes throws(TableError) in
      try write(UnsafeRawBufferPointer(bytes))
    }
    buffer.removeAll(keepingCapacity: true)
  }

  private func write(_ bytes: UnsafeRawBufferPointer) throws(TableError) {
    var written = 0
    while written < bytes.count {
      let count = Glibc.write(
        descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written)
      if count < 0 {
        if errno == EINTR { continue }
        throw failure()
      }
      written += count
    }
  }

  private func failure() -> TableError {
    let remedy =
      errno == ENOSPC || errno == EDQUOT
      ? "; the rows take more than \(byteCount >> 20) MB there; name a folder on a larger disk" : ""
    return .cannotWrite(path: directory, reason: systemErrorText() + remedy)
  }
}

/// The bytes of a file, mapped for reading until the last user is gone.
///
/// The system reads them in as they are touched, and may drop them again: they can be more than the memory.
package final class MappedRegion: Sendable {
  // Read-only for the life of this object, which owns it.
  nonisolated(unsafe) package let bytes: UnsafeRawBufferPointer

  /// The folder of the file.
  package let directory: String

  fileprivate init(_ bytes: UnsafeRawBufferPointer, in directory: String) {
    self.bytes = bytes
    self.directory = directory
    // Readers ask for what they want; what the system would read around it is not wanted.
    advise(0..<bytes.count, MADV_RANDOM)
  }

  deinit {
    guard let address = bytes.baseAddress else { return }
    munmap(UnsafeMutableRawPointer(mutating: address), bytes.count)
  }

  /// Has the system begin to read a range of bytes that will be wanted soon.
  package func prefetch(_ range: Range<Int>) {
    advise(range.lowerBound / Self.pageBytes * Self.pageBytes..<range.upperBound, MADV_WILLNEED)
  }

  /// Gives back the memory of the whole pages in a range of bytes. They are read in again when touched.
  package func release(_ range: Range<Int>) {
    let first = (range.lowerBound + Self.pageBytes - 1) / Self.pageBytes * Self.pageBytes
    let end = range.upperBound / Self.pageBytes * Self.pageBytes
    if first < end { advise(first..<end, MADV_DONTNEED) }
  }

  /// Advice changes no answer, so that its failure is no error.
  private func advise(_ range: Range<Int>, _ advice: some BinaryInteger) {
    let range = range.clamped(to: 0..<bytes.count)
    guard !range.isEmpty, let address = bytes.baseAddress else { return }
    madvise(
      UnsafeMutableRawPointer(mutating: address + range.lowerBound), range.count, Int32(advice))
  }

  private static let pageBytes = Int(sysconf(Int32(_SC_PAGESIZE)))
}
