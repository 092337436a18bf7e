/// Reads one file of one format into batches of facts.
///
/// A reader keeps nothing but its place; it is given the place to begin at, so that an import that was
/// interrupted goes on from its last checkpoint. Batches come in the order of the file, and a reader gives
/// the same ones for the same file whatever the number of threads.
package protocol FactReader {
  /// Calls `deliver` with each batch in order, from `start` on.
  ///
  /// - Parameters:
  ///   - start: the place of the last batch that was written; `nil` at the beginning.
  ///   - threadCount: how many threads may parse at once; `deliver` is called by one at a time.
  ///   - deliver: writes the batch before it returns.
  /// - Throws: `TableError` for what is wrong with the file as a whole, `ImportError`, and what `deliver` throws.
  func read(
    from start: ImportPlace?, threadCount: Int,
    deliver: (FactBatch, ImportPlace) throws -> Void
  ) throws
}

/// A place in a file after a whole record, and what came before it.
public struct ImportPlace: Hashable, Sendable {
  /// Of the text after decompression.
  public var byteOffset: Int
  /// The line that the next record stands on, from 1.
  public var line: Int
  /// Records read before it, rejected ones included.
  public var recordCount: Int
  /// Bytes of the file taken so far, compressed where it is: for progress.
  public var fileBytes: Int

  public init(byteOffset: Int, line: Int, recordCount: Int, fileBytes: Int) {
    self.byteOffset = byteOffset
    self.line = line
    self.recordCount = recordCount
    self.fileBytes = fileBytes
  }
}

/// What tells a file apart from another one, wherever it lies: its content.
public struct FileFingerprint: Hashable, Sendable {
  /// 32 hexadecimal digits of the first and the last 64 KiB, the size, the format and its options.
  public let text: String

  package init(text: String) { self.text = text }
}

/// How far the import of a file has come, written with the facts.
public struct ImportCheckpoint: Hashable, Sendable {
  public let file: FileFingerprint
  /// The file's name without its folder, for people.
  public let name: String
  public let format: String
  public var place: ImportPlace
  public var rejectedCount: Int
  public var isComplete: Bool
  public var at: Instant

  public init(
    file: FileFingerprint, name: String, format: String, place: ImportPlace, rejectedCount: Int,
    isComplete: Bool, at: Instant
  ) {
    self.file = file
    self.name = name
    self.format = format
    self.place = place
    self.rejectedCount = rejectedCount
    self.isComplete = isComplete
    self.at = at
  }
}
