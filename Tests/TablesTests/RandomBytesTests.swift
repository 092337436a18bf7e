import SpecialFunctions
import Testing

@testable import Tables

/// Files that nobody would write: reading one ends in a table or in an error of this module.
struct RandomBytesTests {
  private func randomBytes(_ rng: inout SplitMix64) -> [UInt8] {
    let common = Array(",,,\n\n\n\"\"11a;\t|\r .-eE:/2".utf8)
    let rare: [UInt8] = [0, 0xC2, 0xA0, 0xD0, 0x98, 0xE2, 0x80, 0xAF, 0xFF, 0xEF, 0xBB, 0xBF]
    return (0..<rng.nextIndex(below: 120)).map { _ in
      rng.nextIndex(below: 12) == 0
        ? rare[rng.nextIndex(below: rare.count)] : common[rng.nextIndex(below: common.count)]
    }
  }

  private func outcome(_ body: () throws -> Int) throws -> Result<Int, TableError> {
    do {
      return .success(try body())
    } catch let error as TableError {
      return .failure(error)
    }
  }

  @Test(arguments: 1...12 as ClosedRange<UInt64>)
  func anyBytesGiveRowsOrAnError(seed: UInt64) throws {
    var rng = SplitMix64(seed: seed)
    let folder = try Folder()
    for _ in 0..<40 {
      let bytes = randomBytes(&rng)
      let path = try folder.write(bytes)
      let options = CSVOptions(maxRejects: 1)
      let table = try outcome {
        try Reading(path: path, options: options, threads: 2).table.rowCount
      }
      let stream = try outcome {
        let actions: [ColumnAction] = [.number, .boolean, .date(.dayFirst), .levels, .text]
        let width = try CSVFile(path: path, options: options).header.count
        return try streamed(
          path: path, options: options, (0..<width).map { actions[$0 % actions.count] }, threads: 2
        )[0].count
      }
      #expect(table == stream, "\(bytes)")
    }
  }

  @Test(arguments: 1...12 as ClosedRange<UInt64>)
  func anyBytesAfterAGzipHeaderGiveRowsOrAnError(seed: UInt64) throws {
    var rng = SplitMix64(seed: seed)
    let folder = try Folder()
    for _ in 0..<40 {
      var bytes = gzipMember(Array("a,b\n1,2\n3,4\n".utf8))
      for _ in 0...rng.nextIndex(below: 3) {
        bytes[rng.nextIndex(below: bytes.count)] = UInt8(rng.nextIndex(below: 256))
      }
      let path = try folder.write(bytes)
      _ = try outcome { try Reading(path: path).table.rowCount }
    }
  }
}
