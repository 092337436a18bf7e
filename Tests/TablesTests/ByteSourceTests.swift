import Foundation
import Testing

@testable import Tables

struct ByteSourceTests {
  private func csv(rows: Int) -> [UInt8] {
    Array(("a,b\n" + (0..<rows).map { "\($0),x\($0 % 5)\n" }.joined()).utf8)
  }

  @Test func aGzipFileIsReadAsItsContent() throws {
    let folder = try Folder()
    // More than the first read of 1 MiB.
    let plain = csv(rows: 120_000)
    let path = try folder.write(gzipMember(plain), to: "t.csv.gz")
    let plainPath = try folder.write(plain)
    let actions: [ColumnAction] = [.number, .skip]
    #expect(try streamed(path: path, actions) == streamed(path: plainPath, actions))
    var rows = 0
    let contents = try CSVFile(path: path).contents()
    for _ in 0..<2 {
      rows = 0
      try contents.stream(
        actions, threadCount: 2, rejects: RejectLog(path: path, maxRejects: 0),
        work: { $0.rowCount }, deliver: { count, _ in rows += count })
      #expect(rows == 120_000)
    }
  }

  /// `printf 'id;имя\n1;Анна\n2;Ольга\n' | gzip -9n | base64`.
  @Test func whatGzipWroteIsRead() throws {
    let encoded = "H4sIAAAAAAACA8tMsb6w48Kei/1chtYXJlzYC4QbuIysL8y7sPtiz4XNQA4AFm/ijiIAAAA="
    let bytes = try #require(Data(base64Encoded: encoded))
    let reading = try Reading(bytes)
    #expect(reading.file.header == ["id", "имя"])
    #expect(reading.cells(1) == ["Анна", "Ольга"])
  }

  @Test func severalGzipMembersAreOneFile() throws {
    let bytes =
      gzipMember(Array("a,b\n1,".utf8)) + gzipMember([]) + gzipMember(Array("2\n3,4".utf8))
    #expect(try Reading(bytes).numbers(1) == [2, 4])
  }

  @Test func aGzipFileThatEndsEarlyIsAnError() throws {
    let folder = try Folder()
    let whole = gzipMember(csv(rows: 50_000))
    for length in [2, 9, 100, whole.count / 2, whole.count - 8, whole.count - 1] {
      let path = try folder.write(whole[..<length], to: "t.gz")
      let wanted = "t.gz: cannot be read: the gzip data ends early; copy the file again"
      #expect(folder.message { _ = try Reading(path: path) } == wanted)
      #expect(folder.message { _ = try streamed(path: path, [.number, .text]) } == wanted)
    }
  }

  @Test func aDamagedGzipFileIsAnError() throws {
    let folder = try Folder()
    var bytes = gzipMember(csv(rows: 1_000))
    bytes[bytes.count - 6] ^= 1
    let path = try folder.write(bytes, to: "t.gz")
    #expect(
      folder.message { _ = try Reading(path: path) }
        == "t.gz: cannot be read: the gzip data is damaged; copy the file again")
    let other = try folder.write(gzipMember([1, 2]) + [9, 9, 9], to: "t.gz")
    #expect(
      folder.message { _ = try Reading(path: other) }
        == "t.gz: cannot be read: the gzip data is damaged; copy the file again")
  }

  @Test func anEmptyFileInGzipIsEmpty() throws {
    let folder = try Folder()
    let path = try folder.write(gzipMember([]), to: "t.gz")
    #expect(
      folder.message { _ = try Reading(path: path) }
        == "t.gz is empty; give a CSV file with a header line")
  }

  @Test(arguments: [false, true], [10, 120_000])
  func aPipeIsRead(isCompressed: Bool, rows: Int) throws {
    let folder = try Folder()
    let path = folder.path + "/pipe"
    #expect(mkfifo(path, 0o600) == 0)
    let bytes = isCompressed ? gzipMember(csv(rows: rows)) : csv(rows: rows)
    writeToPipe(bytes, path: path)
    let file = try CSVFile(path: path)
    #expect(file.byteCount == nil)
    let contents = try file.contents()
    var count = 0
    try contents.stream(
      [.number, .levels], threadCount: 2, rejects: RejectLog(path: path, maxRejects: 0),
      work: { $0.rowCount }, deliver: { rows, _ in count += rows })
    #expect(count == rows)
  }

  @Test func aTableIsReadFromAPipe() throws {
    let folder = try Folder()
    let path = folder.path + "/pipe"
    #expect(mkfifo(path, 0o600) == 0)
    writeToPipe(csv(rows: 1_000), path: path)
    let reading = try Reading(path: path, threads: 2)
    #expect(reading.kinds == [.number, .category])
    #expect(reading.numbers(0) == (0..<1_000).map(Double.init))
  }

  /// Writes from a thread of its own, as opening a pipe waits for the other end.
  private func writeToPipe(_ bytes: [UInt8], path: String) {
    Thread.detachNewThread {
      do {
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try handle.write(contentsOf: Data(bytes))
        try handle.close()
      } catch {
        Issue.record(error)
      }
    }
  }

  @Test func whatCannotBeOpenedIsSaid() throws {
    let folder = try Folder()
    #expect(
      folder.message { _ = try CSVFile(path: folder.path + "/none.csv") }
        == "none.csv: cannot be opened: No such file or directory")
    #expect(
      "\(TableError.cannotOpen(path: "x", reason: "it is a directory; name a file in it"))"
        == "x: cannot be opened: it is a directory; name a file in it")
    #expect(
      throws: TableError.cannotOpen(
        path: folder.path, reason: "it is a directory; name a file in it")
    ) { _ = try CSVFile(path: folder.path) }
  }

  @Test func aFileWithoutASizeIsRead() throws {
    // Files in /proc are plain files of size 0 whose text is made when it is read.
    let path = "/proc/self/net/dev"
    guard FileManager.default.isReadableFile(atPath: path) else { return }
    let reading = try Reading(path: path, options: CSVOptions(maxRejects: 1))
    #expect(reading.table.rowCount > 0)
  }

  @Test func aFileThatIsReplacedWhileItIsOpenIsReadAsItWas() throws {
    let folder = try Folder()
    let path = try folder.write("a,b\n1,2\n3,4\n")
    let file = try CSVFile(path: path)
    try FileManager.default.removeItem(atPath: path)
    _ = try folder.write("x\n9\n")
    let table = try file.table(
      threadCount: 1, rejects: RejectLog(path: path, maxRejects: 0))
    #expect(table.columns.map(\.values.cells) == [["1.0", "3.0"], ["2.0", "4.0"]])
  }

  @Test func progressEndsAtTheFilesSize() throws {
    let folder = try Folder()
    let path = try folder.write(csv(rows: 100_000))
    let file = try CSVFile(path: path)
    var consumed: [Int] = []
    _ = try file.stream(
      [.number, .skip], threadCount: 2, rejects: RejectLog(path: path, maxRejects: 0),
      work: { $0.rowCount }, deliver: { consumed.append($1.bytesConsumed) })
    #expect(consumed.last == file.byteCount)
    #expect(consumed == consumed.sorted())
  }
}
