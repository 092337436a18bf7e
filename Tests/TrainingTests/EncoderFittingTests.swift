import Foundation
import Scoring
import SpecialFunctions
import Tables
import Testing

@testable import Training

@Suite struct EncoderFittingTests {
  private func fit(
    _ columns: [Column], rows: [Int]? = nil, minLevelCount: Int = 1, snapshot: Double? = nil,
    fixesReference: Bool = false, reserved: [String: String] = [:]
  ) -> (encoder: Encoder, leftOut: [LeftOutColumn]) {
    let table = table(columns)
    return EncoderFitting(
      table: table, rows: rows ?? Array(0..<table.rowCount), minLevelCount: minLevelCount,
      snapshot: snapshot, fixesReference: fixesReference
    ).fit(reserved: reserved)
  }

  private func number(_ column: Column) throws -> NumberEncoding {
    let feature = try #require(fit([column]).encoder.features.first)
    guard case .number(let number) = feature.encoding else { throw NotOfThatKind() }
    return number
  }

  private func category(
    _ column: Column, rows: [Int]? = nil, minLevelCount: Int = 1, fixesReference: Bool = false
  ) throws -> CategoryEncoding {
    let fitted = fit(
      [column], rows: rows, minLevelCount: minLevelCount, fixesReference: fixesReference)
    guard case .category(let category) = try #require(fitted.encoder.features.first).encoding
    else { throw NotOfThatKind() }
    return category
  }

  private struct NotOfThatKind: Error {}

  @Test func numberIsItsMomentsOverTheRowsThatHaveIt() throws {
    #expect(
      try number(numbers("x", [1e9 + 1, nil, 1e9 + 3, nil]))
        == NumberEncoding(
          mean: 1e9 + 2, scale: 1, minimum: 1e9 + 1, maximum: 1e9 + 3, missingShare: 0.5))
    #expect(
      try number(booleans("x", [1, 1, 1, 0]))
        == NumberEncoding(
          mean: 0.75, scale: 1, deviation: 0.1875.squareRoot(), minimum: 0, maximum: 1,
          missingShare: 0))
    #expect(
      try number(numbers("x", [7, nil]))
        == NumberEncoding(
          mean: 7, scale: 1, deviation: 0, minimum: 7, maximum: 7, missingShare: 0.5))
  }

  @Test(arguments: 1...5 as ClosedRange<UInt64>)
  func standardisedColumnHasMeanZeroAndVarianceOne(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let column = numbers("x", (0..<500).map { _ in 1e6 + 30 * generator.nextStandardNormal() })
    let encoder = fit([column]).encoder
    let dense = encoder.blocks(encoder.batch(table([column]))).dense
    let values = (0..<500).map { dense[$0, 0] }
    // The running mean of 500 values near 1e6 is off by some ulp of 1.2e-10; the scale is 30.
    #expect(isClose(values.reduce(0, +) / 500, 0, absolute: 1e-10))
    #expect(isClose(values.reduce(0) { $0 + $1 * $1 } / 500, 1, relative: 1e-10))
  }

  @Test func levelsStandInByteOrderWithTheirShares() throws {
    let values = ["б", "B", "a", "б", nil, "a", "10", "9", "é", "a"]
    #expect(
      try category(words("c", values))
        == CategoryEncoding(
          levels: ["10", "9", "B", "a", "é", "б"], shares: [0.1, 0.1, 0.1, 0.3, 0.1, 0.2],
          pooledShare: 0, missingShare: 0.1))
  }

  @Test func rareLevelsArePooled() throws {
    let values = Array(repeating: "a", count: 5) + Array(repeating: "b", count: 3) + ["c", "d"]
    #expect(
      try category(words("c", values), minLevelCount: 3)
        == CategoryEncoding(
          levels: ["a", "b"], shares: [0.5, 0.3], pooledShare: 0.2, missingShare: 0))
    #expect(
      try category(words("c", values + [nil, nil]), rows: Array(8..<12), minLevelCount: 3)
        == CategoryEncoding(levels: [], shares: [], pooledShare: 0.5, missingShare: 0.5))
  }

  @Test func referenceIsTheLargestPart() throws {
    let most = words("c", ["a", "b", "b", nil])
    #expect(try category(most, fixesReference: true).reference == 1)
    #expect(try category(words("c", ["a", nil, nil]), fixesReference: true).reference == 1)
    #expect(
      try category(words("c", ["a", "a", "b", "c", "d"]), minLevelCount: 2, fixesReference: true)
        .reference == 1)
    #expect(try category(most).reference == nil)
  }

  /// Two tables that differ in the test rows alone.
  @Test(arguments: 1...5 as ClosedRange<UInt64>, [false, true])
  func testRowsTeachNothing(seed: UInt64, fixesReference: Bool) throws {
    let trainRows = (0..<200).filter { $0 % 5 != 4 }
    let encoders = [1.0, 1e6].map { factor -> Encoder in
      var generator = SplitMix64(seed: seed)
      var columns: [[Double?]] = Array(repeating: [], count: 4)
      for row in 0..<200 {
        for column in columns.indices {
          let value = Double(generator.nextIndex(below: 12))
          let isTest = row % 5 == 4
          columns[column].append(
            isTest ? (factor == 1 ? nil : factor + value) : value == 0 ? nil : value)
        }
      }
      return fit(
        [
          numbers("n", columns[0]), words("c", columns[1].map { $0.map { "\($0)" } }),
          dates("d", columns[2]), dates("p", columns[3], encode: .parts),
          booleans("b", columns[0].map { $0.map { $0 > 6 ? 1 : 0 } }),
        ], rows: trainRows, minLevelCount: 14, fixesReference: fixesReference
      ).encoder
    }
    let json = try encoders.map { encoder in
      let writer = JSONEncoder()
      writer.outputFormatting = .sortedKeys
      return try writer.encode(encoder)
    }
    #expect(json[0] == json[1])
    #expect(encoders[0].features.count == 6)
  }

  @Test func columnsThatAreNoFeaturesAreSaid() {
    let columns = [
      numbers("constant", [3, 3, 3, 3]), numbers("empty", [nil, nil, nil, nil]),
      words("one word", ["a", "a", "a", "a"]), words("no word", [nil, nil, nil, nil]),
      words("rare words", ["a", "b", "c", "d"]), booleans("always", [1, 1, 1, 1]),
      dates("same day", [9, 9, 9, 9]), words("x", ["a", "a", "b", "b"]),
      numbers("y", [1, 0, 1, 0]),
      Column(name: "code", schema: ColumnSchema(.identifier), values: columnOfText(["1", "2"])),
      Column(name: "note", schema: ColumnSchema(.text), values: columnOfText(["1", "2"])),
      numbers("half", [1, 1, nil, nil]), numbers("varies in a test row", [1, 1, 1, 1]),
      numbers("huge", [-1e200, 1e200, 0, 0]),
    ]
    let fitted = fit(
      columns, minLevelCount: 2, reserved: ["y": "the target", "x": "excluded"])
    #expect(fitted.encoder.features.map(\.name) == ["half"])
    #expect(
      fitted.leftOut.map { "\($0.column): \($0.reason)" } == [
        "constant: constant in the training rows", "empty: empty in every training row",
        "one word: constant in the training rows", "no word: empty in every training row",
        "rare words: every level has fewer than 2 training rows",
        "always: constant in the training rows", "same day: constant in the training rows",
        "x: excluded", "y: the target",
        "code: identifies customers: nearly every value is distinct",
        "note: free text", "varies in a test row: constant in the training rows",
        "huge: too far apart for their spread to be a number",
      ])
  }

  /// A column of four rows, empty: its values do not matter.
  private func columnOfText(_ values: [String]) -> ColumnValues {
    .categories(codes: [0, 1, 0, 1], levels: values)
  }

  @Test func snapshotIsTheLatestTrainingDate() {
    let columns = [
      dates("signup", [100, 20, nil, 400]), dates("visit", [90, 130, 10, 500], encode: .parts),
    ]
    #expect(fit(columns, rows: [0, 1, 2]).encoder.snapshot == 130.0 * 86_400)
    #expect(fit(columns).encoder.snapshot == 500.0 * 86_400)
    #expect(fit(columns, snapshot: 7).encoder.snapshot == 7)
  }

  @Test func dateThatMeansNeverIsNoSnapshot() {
    // 2026-01-01, 2199-12-31, 2200-01-01 and 9999-12-31, in days since 1970.
    let thisYear = 20_454.0
    let last = 84_005.0
    let never = 2_932_896.0
    let columns = [
      dates("signup", [thisYear, 100, nil]), dates("ends", [never, last + 1, nil]),
    ]
    #expect(fit(columns).encoder.snapshot == thisYear * 86_400)
    #expect(fit([dates("ends", [last, last + 1])]).encoder.snapshot == last * 86_400)
    #expect(
      fit([dates("ends", [never, last + 1])]).encoder.snapshot == never * 86_400,
      "a column of such dates alone")
    #expect(fit(columns, snapshot: never * 86_400).encoder.snapshot == never * 86_400)
  }

  @Test func thereIsNoSnapshotWithoutADateToCountFromIt() {
    let days = dates("time", [1, 2, 3, 4])
    let x = numbers("x", [1, 2, 3, 4])
    #expect(fit([x]).encoder.snapshot == nil)
    #expect(fit([x], snapshot: 7).encoder.snapshot == nil)
    #expect(fit([x, days], reserved: ["time": "splits the rows by time"]).encoder.snapshot == nil)
  }

  @Test func datesBecomeDaysOrParts() {
    // 1970-01-01 was a Thursday; day 31 is 1 February, a Sunday.
    let fitted = fit([
      dates("signup", [0, 31]), dates("visit", [0, 31], encode: .parts), dates("seen", [0, nil]),
    ])
    let features = fitted.encoder.features
    #expect(
      features.map(\.name) == ["signup", "visit month", "visit weekday", "seen"])
    #expect(features.map(\.column) == ["signup", "visit", "visit", "seen"])
    #expect(
      features[0].encoding
        == .number(
          NumberEncoding(mean: 15.5, scale: 15.5, minimum: 0, maximum: 31, missingShare: 0)))
    #expect(
      features[1].encoding
        == .category(
          CategoryEncoding(
            levels: ["1", "2"], shares: [0.5, 0.5], pooledShare: 0, missingShare: 0)))
    #expect(
      features[2].encoding
        == .category(
          CategoryEncoding(
            levels: ["4", "7"], shares: [0.5, 0.5], pooledShare: 0, missingShare: 0)))
  }

  @Test func partsOfADateTakeNoOtherColumnsName() {
    let fitted = fit([
      numbers("visit month", [1, 2]), dates("visit", [0, 31], encode: .parts),
      numbers("visit weekday", [1, 2]),
    ])
    let names = fitted.encoder.features.map(\.name)
    #expect(Set(names).count == 4)
    #expect(names == ["visit month", "visit: month", "visit: weekday", "visit weekday"])
  }

  @Test func fittedEncoderAndTheTrainingRowsHaveNoRowWithoutAColumn() {
    // Rare, missing and every level: each training row meets a part the encoder knows.
    let column = words("c", ["a", "a", "a", "b", "c", nil, nil])
    let encoder = fit([column], minLevelCount: 2).encoder
    let block = encoder.blocks(encoder.batch(table([column]))).categories[0]
    guard case .narrow(let codes) = block.codes else {
      Issue.record("three parts fit a byte")
      return
    }
    #expect(codes.elements == [0, 0, 0, 1, 1, 2, 2])
    #expect(block.levelCount == 3)
  }
}
