import Foundation
import Glibc
import Testing

@testable import Tables

struct OutputFileTests {
  @Test func theFileAppearsOnlyWhenItIsCommitted() throws {
    let folder = try Folder()
    let path = folder.path + "/out.csv"
    let output = try OutputFile(path: path)
    // More than the buffer, so that bytes reach the disk before the end.
    try output.write([UInt8](repeating: 120, count: 1 << 19))
    try output.write(Array("end".utf8))
    #expect(!FileManager.default.fileExists(atPath: path))
    try output.commit()
    #expect(try folder.names == ["out.csv"])
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)).count == (1 << 19) + 3)
  }

  @Test func theFileThatWasThereStaysUntilTheNewOneIsComplete() throws {
    let folder = try Folder()
    let path = try folder.write("old")
    let output = try OutputFile(path: path)
    try output.write(Array("new".utf8))
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
    try output.commit()
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "new")
  }

  @Test func nothingIsLeftOfAFileThatIsNotCommitted() throws {
    let folder = try Folder()
    do {
      let output = try OutputFile(path: folder.path + "/out.csv")
      try output.write([UInt8](repeating: 120, count: 1 << 19))
      #expect(try folder.names.count == 1)
    }
    #expect(try folder.names == [])
  }

  @Test func twoWritersOfOneNameDoNotMix() throws {
    let folder = try Folder()
    let path = folder.path + "/out.csv"
    let first = try OutputFile(path: path)
    let second = try OutputFile(path: path)
    for _ in 0..<1_000 {
      try first.write([UInt8](repeating: 49, count: 500))
      try second.write([UInt8](repeating: 50, count: 400))
    }
    try second.commit()
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)).allSatisfy { $0 == 50 })
    try first.commit()
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    #expect(bytes.count == 500_000 && bytes.allSatisfy { $0 == 49 })
    #expect(try folder.names == ["out.csv"])
  }

  @Test(arguments: [0o600, 0o644, 0o640, 0o666] as [mode_t])
  func aFileThatIsReplacedKeepsItsPermissions(mode: mode_t) throws {
    let folder = try Folder()
    let path = try folder.write("old")
    #expect(chmod(path, mode) == 0)
    try OutputFile(path: path).commit()
    var status = stat()
    #expect(stat(path, &status) == 0)
    #expect(status.st_mode & 0o777 == mode)
    #expect(status.st_size == 0)
  }

  @Test(arguments: [true, false]) func aSymbolicLinkStaysOne(isThere: Bool) throws {
    let folder = try Folder()
    let files = FileManager.default
    try files.createDirectory(
      atPath: folder.path + "/real", withIntermediateDirectories: false)
    if isThere { try Data("old".utf8).write(to: URL(fileURLWithPath: folder.path + "/real/a")) }
    try files.createSymbolicLink(
      atPath: folder.path + "/real/link", withDestinationPath: "a")
    try files.createSymbolicLink(
      atPath: folder.path + "/out", withDestinationPath: folder.path + "/real/link")
    let output = try OutputFile(path: folder.path + "/out")
    try output.write(Array("new".utf8))
    try output.commit()
    #expect(try String(contentsOfFile: folder.path + "/real/a", encoding: .utf8) == "new")
    #expect(
      try files.destinationOfSymbolicLink(atPath: folder.path + "/out")
        == folder.path + "/real/link")
    #expect(try files.contentsOfDirectory(atPath: folder.path + "/real").sorted() == ["a", "link"])
  }

  @Test func aLinkToItselfIsSaid() throws {
    let folder = try Folder()
    let path = folder.path + "/out"
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "out")
    #expect(
      folder.message { _ = try OutputFile(path: path) }
        == "out: cannot be written: Too many levels of symbolic links")
  }

  @Test func whatCannotBeWrittenIsSaid() throws {
    let folder = try Folder()
    #expect(
      folder.message { _ = try OutputFile(path: folder.path + "/none/out.csv") }
        == "none/out.csv: cannot be written: its folder does not exist; create it first")
    #expect(
      throws: TableError.cannotWrite(
        path: folder.path, reason: "it is a directory; name a file in it")
    ) { _ = try OutputFile(path: folder.path) }
  }

  @Test func aFullDiskIsSaidAtTheLatestOnCommit() throws {
    guard FileManager.default.fileExists(atPath: "/dev/full") else { return }
    let wanted = TableError.cannotWrite(path: "/dev/full", reason: "No space left on device")
    let small = try OutputFile(path: "/dev/full")
    try small.write([1])
    #expect(throws: wanted) { try small.commit() }
    let large = try OutputFile(path: "/dev/full")
    #expect(throws: wanted) { try large.write([UInt8](repeating: 1, count: 1 << 20)) }
    #expect("\(wanted)" == "/dev/full: cannot be written: No space left on device")
  }

  @Test func rejectsThatCannotBeWrittenAreAnErrorOfTheWholeReading() throws {
    guard FileManager.default.fileExists(atPath: "/dev/full") else { return }
    let folder = try Folder()
    let path = try folder.write("a,b\n1,2\n3\n")
    #expect(throws: TableError.cannotWrite(path: "/dev/full", reason: "No space left on device")) {
      let log = try RejectLog(path: path, rejectsPath: "/dev/full", maxRejects: 1)
      _ = try streamed(path: path, [.text, .text], rejects: log)
    }
  }

  @Test func aFieldIsQuotedOnlyWhereItMustBe() {
    func quoted(_ text: String) -> String {
      var line: [UInt8] = []
      UnsafeRawBufferPointer.with(text) { appendCSVField($0, to: &line) }
      return String(decoding: line, as: UTF8.self)
    }
    #expect(quoted("plain текст") == "plain текст")
    #expect(quoted("") == "")
    #expect(quoted("a,b") == "\"a,b\"")
    #expect(quoted("a\"b") == "\"a\"\"b\"")
    #expect(quoted("a\r\nb") == "\"a\r\nb\"")
  }
}
