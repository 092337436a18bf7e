import SpecialFunctions
import TestSupport
import Testing

@testable import Tables

@Suite struct LineBlocksTests {
  @Test func blocksTogetherAreTheFile() throws {
    var generator = SplitMix64(seed: 3)
    let lines = (0..<20_000).map { _ in
      String(repeating: "я", count: Int.random(in: 0..<150, using: &generator))
    }
    let folder = try TemporaryFolder()
    let text = lines.joined(separator: "\n")
    let blocks = try all(LineBlocks(path: try folder.write(text, to: "a")))
    #expect(blocks.count > 1)
    #expect(blocks.map { String(decoding: $0.bytes, as: UTF8.self) }.joined() == text)
    #expect(blocks.last?.nextByteOffset == text.utf8.count)
    for (block, next) in zip(blocks, blocks.dropFirst()) {
      #expect(block.nextLine == next.firstLine)
      #expect(block.nextByteOffset == next.byteOffset)
      let rest = try all(
        LineBlocks(path: folder.file("a"), byteOffset: next.byteOffset, line: next.firstLine))
      let whole = rest.map { String(decoding: $0.bytes, as: UTF8.self) }.joined()
      #expect(whole == String(decoding: Array(text.utf8)[next.byteOffset...], as: UTF8.self))
    }
  }

  @Test(arguments: [false, true])
  func aLineBeyondTheLimitIsPassedOverAndNamed(isLast: Bool) throws {
    let folder = try TemporaryFolder()
    let long = String(repeating: "x", count: LineBlocks.maxLineBytes + 5)
    let path = try folder.write("a\n" + long + (isLast ? "" : "\nb\n"), to: "a")
    let blocks = try all(LineBlocks(path: path))
    let lines = blocks.flatMap { block in
      String(decoding: block.bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }
    #expect(lines == (isLast ? ["a"] : ["a", "b"]))
    #expect(blocks.flatMap(\.oversized).map(\.line) == [2])
    #expect(blocks.last?.nextByteOffset == 2 + long.utf8.count + (isLast ? 0 : 3))
    #expect(blocks.map(\.bytes.count).max() ?? 0 < 5 << 20)
  }

  @Test func aByteOrderMarkIsNoText() throws {
    let folder = try TemporaryFolder()
    let block = try #require(
      try LineBlocks(path: try folder.write("\u{FEFF}{}\n", to: "a")).next())
    #expect(String(decoding: block.bytes, as: UTF8.self) == "{}\n")
    #expect(block.nextByteOffset == 6)
  }

  private func all(_ blocks: LineBlocks) throws -> [LineBlock] {
    var result: [LineBlock] = []
    while let block = try blocks.next() { result.append(block) }
    return result
  }
}

@Suite struct OrderedPipelineTests {
  private struct Failure: Error, Equatable { let number: Int }

  private func numbers(_ count: Int) -> sending (() -> Int?) {
    var next = 0
    return {
      next += 1
      return next <= count ? next : nil
    }
  }

  @Test(arguments: [1, 2, 5])
  func resultsComeInTheOrderOfTheItems(threadCount: Int) throws {
    var results: [Int] = []
    try forEachInOrder(
      of: numbers(500), threadCount: threadCount,
      work: { number in
        var generator = SplitMix64(seed: UInt64(number))
        for _ in 0..<(number * 37 % 2_000) { _ = generator.next() }
        return number * 2
      }, deliver: { results.append($0) })
    #expect(results == (1...500).map { $0 * 2 })
  }

  @Test func whatComesBeforeAFailureIsDelivered() throws {
    var results: [Int] = []
    #expect(throws: Failure(number: 40)) {
      try forEachInOrder(
        of: numbers(500), threadCount: 3,
        work: { number in
          if number == 40 { throw Failure(number: number) }
          return number
        }, deliver: { results.append($0) })
    }
    #expect(results == Array(1...39))
  }

  @Test func aReceiverThatFailsEndsTheWork() throws {
    #expect(throws: Failure(number: 7)) {
      try forEachInOrder(
        of: numbers(100_000), threadCount: 2, work: { $0 },
        deliver: { if $0 == 7 { throw Failure(number: 7) } })
    }
  }
}
