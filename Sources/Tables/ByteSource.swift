import CZlib
import Glibc

/// Bytes in order, from a file or from inside a gzip file.
protocol ByteSource: AnyObject {
  var path: String { get }
  /// Bytes taken from the file so far, for progress; compressed bytes where it is compressed.
  var bytesConsumed: Int { get }
  /// Fills the front of `buffer` and returns how many bytes it put there; 0 is the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(TableError) -> Int
}

/// Opens `path` and looks at its first two bytes to see whether it is gzip.
func openByteSource(path: String) throws(TableError) -> any ByteSource {
  let file = try FileBytes(path: path)
  return try file.startsWithGzipMagic() ? try GzipBytes(file) : file
}

/// The text of `errno` as it is now.
package func systemErrorText() -> String { String(cString: strerror(errno)) }

/// A file read front to back by `read(2)`, which also serves pipes.
final class FileBytes: ByteSource {
  let path: String
  private let descriptor: Int32
  private(set) var bytesConsumed = 0
  /// Bytes read ahead to recognise gzip, given out first; a pipe cannot be rewound.
  private var ahead: [UInt8] = []

  init(path: String) throws(TableError) {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw .cannotOpen(path: path, reason: systemErrorText())
    }
    var status = stat()
    if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
      throw .cannotOpen(path: path, reason: "it is a directory; name a file in it")
    }
    posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  func startsWithGzipMagic() throws(TableError) -> Bool {
    let two = ChunkStorage(byteCount: 2)
    var count = 0
    while count < 2 {
      let got = try readDescriptor(
        into: UnsafeMutableRawBufferPointer(rebasing: two.buffer[count...]))
      if got == 0 { break }
      count += got
    }
    ahead = Array(two.buffer[..<count])
    return ahead == [0x1F, 0x8B]
  }

  /// The file mapped into memory; `nil` where it is no plain file, or one of those of the kernel that
  /// have no size and are made as they are read.
  func mapped() throws(TableError) -> FileContents? {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_size > 0
    else { return nil }
    return try FileContents(mapping: descriptor, byteCount: Int(status.st_size), path: path)
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(TableError) -> Int {
    if !ahead.isEmpty {
      let count = min(ahead.count, buffer.count)
      buffer.copyBytes(from: ahead[..<count])
      ahead.removeFirst(count)
      return count
    }
    return try readDescriptor(into: buffer)
  }

  private func readDescriptor(into buffer: UnsafeMutableRawBufferPointer) throws(TableError) -> Int
  {
    while true {
      let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      if count >= 0 {
        bytesConsumed += count
        return count
      }
      guard errno == EINTR else { throw .cannotRead(path: path, reason: systemErrorText()) }
    }
  }
}

/// The text inside a gzip file, several members in a row included.
final class GzipBytes: ByteSource {
  private let file: FileBytes
  // zlib keeps the address of this and checks it, so it must not move.
  private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
  private let input = ChunkStorage(byteCount: 1 << 18)
  private var available = 0
  private var position = 0
  private var memberEnded = false

  var path: String { file.path }
  var bytesConsumed: Int { file.bytesConsumed }

  init(_ file: FileBytes) throws(TableError) {
    self.file = file
    stream.initialize(to: z_stream())
    // 15 + 32: the largest window, and the gzip header is recognised by zlib itself.
    guard hourglass_inflateInit2(stream, 15 + 32) == Z_OK else {
      throw .cannotRead(path: file.path, reason: "no memory to decompress it")
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(TableError) -> Int {
    guard let target = buffer.baseAddress, buffer.count > 0 else { return 0 }
    stream.pointee.next_out = target.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_out = UInt32(clamping: buffer.count)
    let asked = Int(stream.pointee.avail_out)
    while Int(stream.pointee.avail_out) == asked {
      if position == available, try !refill() { return 0 }
      try inflateSome()
    }
    return asked - Int(stream.pointee.avail_out)
  }

  /// Takes the next compressed bytes; false at a clean end.
  private func refill() throws(TableError) -> Bool {
    available = try file.read(into: input.buffer)
    position = 0
    if available > 0 { return true }
    guard memberEnded else {
      throw .damaged(path: path, reason: "the gzip data ends early; copy the file again")
    }
    return false
  }

  private func inflateSome() throws(TableError) {
    if memberEnded {
      inflateReset(stream)
      memberEnded = false
    }
    let before = available - position
    stream.pointee.next_in = input.buffer.baseAddress.map {
      $0.assumingMemoryBound(to: UInt8.self) + position
    }
    stream.pointee.avail_in = UInt32(before)
    let status = inflate(stream, Z_NO_FLUSH)
    position += before - Int(stream.pointee.avail_in)
    switch status {
    case Z_STREAM_END: memberEnded = true
    case Z_OK, Z_BUF_ERROR: break
    default:
      throw .damaged(path: path, reason: "the gzip data is damaged; copy the file again")
    }
  }
}
