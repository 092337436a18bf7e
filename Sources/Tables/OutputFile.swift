import Glibc
import Synchronization

/// A file that appears under its name only when it is complete: it is written beside it and renamed.
public final class OutputFile {
  public let path: String
  /// Where `path` leads to, past symbolic links.
  private let targetPath: String
  private let writtenPath: String
  private var descriptor: Int32
  private var buffer: [UInt8] = []
  private static let bufferBytes = 1 << 18
  /// Tells apart the files that this process writes beside one name.
  private static let opened = Atomic(0)
  /// The files that have no name of their own yet.
  private static let partialPaths = Mutex<Set<String>>([])

  /// The path that stands for standard output.
  public static let standardOutput = "/dev/stdout"

  /// A path of `-` is standard output. Where `path` is no plain file (a pipe, a device), there is nothing to rename and it is written directly.
  /// So is standard output, even where a shell has made it a plain file: that file's name is not known here,
  /// and what can be renamed is the link in `/dev`. A symbolic link stays one: the file it leads to is
  /// replaced. A file that is replaced keeps its permissions.
  public init(path: String) throws(TableError) {
    let path = path == "-" ? Self.standardOutput : path
    self.path = path
    var status = stat()
    let target = Self.target(of: path)
    targetPath = target ?? path
    if path == Self.standardOutput {
      writtenPath = path
      descriptor = dup(STDOUT_FILENO)
    } else if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      if status.st_mode & S_IFMT == S_IFDIR {
        throw .cannotWrite(path: path, reason: "it is a directory; name a file in it")
      }
      writtenPath = path
      descriptor = open(path, O_WRONLY | O_CLOEXEC)
    } else if target == nil {
      writtenPath = path
      descriptor = -1
      errno = ELOOP
    } else {
      let number = Self.opened.add(1, ordering: .relaxed).newValue
      let partial = "\(targetPath).\(getpid()).\(number).partial"
      let oldMode = status.st_mode == 0 ? nil : status.st_mode & 0o777
      writtenPath = partial
      descriptor = Self.partialPaths.withLock { paths in
        let flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC
        let descriptor = open(partial, flags, oldMode ?? 0o666)
        if descriptor >= 0 { paths.insert(partial) }
        return descriptor
      }
      // Where the permissions cannot be set, opening has set no more than the old ones.
      if descriptor >= 0, let oldMode { fchmod(descriptor, oldMode) }
    }
    guard descriptor >= 0 else {
      throw .cannotWrite(
        path: path,
        reason: errno == ENOENT ? "its folder does not exist; create it first" : systemErrorText())
    }
    buffer.reserveCapacity(Self.bufferBytes)
  }

  public func write(_ bytes: [UInt8]) throws(TableError) {
    if buffer.count + bytes.count > Self.bufferBytes { try flush() }
    if bytes.count >= Self.bufferBytes {
      try writeThrough(bytes)
    } else {
      buffer.append(contentsOf: bytes)
    }
  }

  /// Writes what is left and gives the file its name.
  public func commit() throws(TableError) {
    try flush()
    let closed = close(descriptor)
    descriptor = -1
    guard closed == 0 else { throw failure() }
    guard writtenPath != path else { return }
    if rename(writtenPath, targetPath) != 0 { throw failure() }
    forget()
  }

  deinit {
    guard descriptor >= 0 else { return }
    close(descriptor)
    if writtenPath != path { discard() }
  }

  /// Ends the program with `status` and leaves no file that is not complete: for signals.
  package static func exitWithoutPartialFiles(_ status: Int32) -> Never {
    // The lock is never given back, so that no other thread begins a file meanwhile.
    partialPaths.withLock { paths in
      for path in paths { unlink(path) }
      _exit(status)
    }
  }

  /// The path behind the symbolic links at `path`, whether there is a file or not; `nil` where the links
  /// go round in a circle.
  private static func target(of path: String) -> String? {
    var path = path
    for _ in 0..<40 {
      var link = [CChar](repeating: 0, count: Int(PATH_MAX))
      let count = readlink(path, &link, link.count)
      guard count >= 0 else { return path }
      let text = String(decoding: link[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
      let folder = path.lastIndex(of: "/").map { path[...$0] } ?? ""
      path = text.hasPrefix("/") ? text : folder + text
    }
    return nil
  }

  private func discard() {
    unlink(writtenPath)
    forget()
  }

  private func forget() {
    Self.partialPaths.withLock { [writtenPath] in _ = $0.remove(writtenPath) }
  }

  private func flush() throws(TableError) {
    try writeThrough(buffer)
    buffer.removeAll(keepingCapacity: true)
  }

  private func writeThrough(_ bytes: [UInt8]) throws(TableError) {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress.map { $0 + written }, bytes.count - written)
      }
      if count < 0 {
        if errno == EINTR { continue }
        throw failure()
      }
      written += count
    }
  }

  private func failure() -> TableError {
    let reason = systemErrorText()
    guard writtenPath != path else { return .cannotWrite(path: path, reason: reason) }
    discard()
    return .cannotWrite(path: path, reason: "\(reason); nothing was left under that name")
  }
}

/// Appends `field` to `line`, in quotes where RFC 4180 asks for them.
package func appendCSVField(_ field: UnsafeRawBufferPointer, to line: inout [UInt8]) {
  let needsQuotes = field.contains {
    $0 == UInt8(ascii: ",") || $0 == quoteByte || $0 == newlineByte || $0 == returnByte
  }
  guard needsQuotes else {
    line.append(contentsOf: field)
    return
  }
  line.append(quoteByte)
  for byte in field {
    if byte == quoteByte { line.append(quoteByte) }
    line.append(byte)
  }
  line.append(quoteByte)
}
