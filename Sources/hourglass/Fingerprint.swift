import Crypto
import FoundationEssentials
import Glibc
import Scoring
import Tables

/// The SHA-256 of a file's bytes, in hexadecimal; read in blocks, so that a large file takes no memory.
func fileSHA256(path: String) throws -> String {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else {
    throw TableError.cannotOpen(path: path, reason: systemErrorText())
  }
  defer { close(descriptor) }
  var hash = SHA256()
  var block = [UInt8](repeating: 0, count: 1 << 20)
  while true {
    let count = block.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
    if count < 0 { throw TableError.cannotRead(path: path, reason: systemErrorText()) }
    if count == 0 { return hexadecimal(hash.finalize()) }
    block.withUnsafeBytes {
      hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[..<count]))
    }
  }
}
