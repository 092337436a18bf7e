import Evaluation
import Foundation
import Scoring
import Tables
import TestSupport
import Testing

@testable import Training

/// Training on rows in files gives the model of training in memory, byte for byte.
@Suite struct SpilledTrainingTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func trainer(_ split: SplitRule?) -> Trainer {
    var trainer = Trainer(name: "lead", target: "Converted", split: split)
    trainer.identifier = "id"
    trainer.threadCount = 2
    return trainer
  }

  private func spilled(_ path: String, for trainer: Trainer) throws -> SpilledTable {
    try CSVFile(path: path).spilledTable(
      in: folder.path, schema: trainer.schema([:]), threadCount: 2,
      rejects: RejectLog(path: path, maxRejects: 0.01))
  }

  /// A way to train, and what it is called in the answer of a test.
  struct Way: CustomTestStringConvertible, Sendable {
    let testDescription: String
    var split: SplitRule? = .every(5)
    var rowCount = 3_000
    let set: @Sendable (inout FitSpecification) -> Void
  }

  static let ways = [
    Way(testDescription: "cross-validated") { _ in },
    Way(testDescription: "cross-validated on a drawn share", split: .fraction(0.3, seed: 3)) {
      $0.rule = .oneStandardError
    },
    Way(testDescription: "cross-validated elastic net", rowCount: 1_500) {
      $0.penalty = .crossValidated(l1Share: 0.5)
    },
    Way(testDescription: "an L2 penalty, in parts", rowCount: 70_000) {
      $0.penalty = .fixed(l1: 0, l2: 1e-3)
    },
    Way(testDescription: "both penalties") { $0.penalty = .fixed(l1: 1e-3, l2: 1e-3) },
    Way(testDescription: "no penalty", split: .fraction(0.3, seed: 3)) {
      $0.penalty = .fixed(l1: 0, l2: 0)
    },
    Way(testDescription: "robust errors of columns as they are") {
      $0.penalty = .fixed(l1: 0, l2: 1e-2)
      $0.penaltyScale = .original
      $0.errors = .robust
    },
    Way(testDescription: "weights") { $0.weightColumn = "count" },
    Way(testDescription: "weights and an offset") {
      $0.weightColumn = "count"
      $0.offsetColumn = "base"
      $0.penalty = .fixed(l1: 0, l2: 0)
    },
    Way(testDescription: "all rows", split: nil) { _ in },
  ]

  /// Customers with a weight, 0 for some, and an offset.
  private func customers(_ rowCount: Int) throws -> String {
    var customers = Customers(rowCount, seed: 5)
    let lines = customers.csv().split(separator: "\n").enumerated().map { row, line in
      row == 0 ? "count,base,\(line)" : "\(row % 4),\(Double(row % 9) / 8 - 0.5),\(line)"
    }
    return try folder.write(lines.joined(separator: "\n") + "\n", to: "customers.csv")
  }

  @Test(arguments: Self.ways)
  func theModelHasTheSameBytes(way: Way) throws {
    let path = try customers(way.rowCount)
    var trainer = trainer(way.split)
    way.set(&trainer.specification)
    let inMemory = try trainer.train(
      folder.table(path, for: trainer, threadCount: 2), source: noSource)
    let result = try trainer.train(
      spilled(path, for: trainer), spillingTo: folder.path, source: noSource)
    #expect(try ModelFile.encode(result.model) == ModelFile.encode(inMemory.model))
    #expect(result.isTestRow == inMemory.isTestRow)
    #expect(folder.contents == ["customers.csv"])
  }

  @Test func whatNeedsMemoryIsRefused() throws {
    let path = try customers(200)
    let changes: [(String, (inout FitSpecification) -> Void)] = [
      ("--firth", { $0.penalty = .firth }), ("--group", { $0.groupColumn = "city" }),
      ("--se cluster:city", { $0.errors = .clustered(column: "city") }),
      ("--kind multinomial", { $0.kind = .multinomial }), ("--kind choice", { $0.kind = .choice }),
    ]
    for (flag, change) in changes {
      var trainer = trainer(.every(5))
      change(&trainer.specification)
      #expect(throws: TrainingError.needsMemory(flag)) {
        try trainer.train(
          spilled(path, for: trainer), spillingTo: folder.path, source: noSource)
      }
    }
  }

  /// Types that the first rows do not show: a number that is a word at the end, levels that are numbers.
  @Test func typesAreThoseOfTheTable() throws {
    var lines = ["a,b,c,d,e,note"]
    for row in 0..<60_000 {
      let late = row > 50_000 && row % 3 == 0 ? "x" : "\(row % 7)"
      let date = row == 59_999 ? "2025-13-45" : "2025-01-\(10 + row % 20)"
      lines.append(
        "\(row % 11),\(late),\(row < 5 ? "" : "\(row % 4)"),\(date),yes,text \(row) of many")
    }
    let path = try folder.write(lines.joined(separator: "\n") + "\n", to: "types.csv")
    let (rejects, others) = (
      try RejectLog(path: path, maxRejects: 0.01), try RejectLog(path: path, maxRejects: 0.01)
    )
    let whole = try CSVFile(path: path).table(threadCount: 2, rejects: rejects)
    let spilled = try CSVFile(path: path).spilledTable(
      in: folder.path, threadCount: 2, rejects: others)
    #expect(spilled.rowCount == whole.rowCount && spilled.names == whole.columns.map(\.name))
    #expect(rejects.notes(header: spilled.names) == others.notes(header: spilled.names))
    for column in whole.columns {
      #expect(spilled.kind(of: column.name) == column.kind)
      guard column.kind != .text, column.kind != .identifier else { continue }
      let part = spilled.rows(40_000..<60_000)
      let other = try #require(part.column(named: column.name))
      for row in stride(from: 40_000, to: 60_000, by: 997) {
        #expect(text(column.values, row) == text(other.values, row - 40_000))
      }
    }
  }

  private func text(_ values: ColumnValues, _ row: Int) -> String {
    switch values {
    case .numbers(let numbers): "\(numbers[row])"
    case .categories(let codes, let levels):
      codes[row] == ColumnValues.missingCode ? "-" : levels[Int(codes[row])]
    case .text: "text"
    }
  }

  @Test func aTargetThatIsMissingIsNamedWithTheNearest() throws {
    var customers = Customers(200, seed: 6)
    let path = try folder.write(customers.csv(), to: "customers.csv")
    let table = try spilled(path, for: trainer(.every(5)))
    var other = trainer(.every(5))
    other.target = "Convertd"
    #expect(throws: TrainingError.missingColumn(name: "Convertd", nearest: "Converted")) {
      try other.train(table, spillingTo: folder.path, source: noSource)
    }
  }
}

@Suite struct SpillChoiceTests {
  private let memory: UInt64 = 10_000_000_000

  @Test(
    arguments: [(nil, .memory), (1_500_000_000, .memory), (1_500_000_001, .files)]
      as [(Int?, SpillChoice)])
  func aFileGoesToFilesWhereFourOfItFillSixTenthsOfTheMemory(bytes: Int?, choice: SpillChoice) {
    #expect(
      SpillChoice(fileByteCount: bytes, memoryByteCount: memory, FitSpecification()) == choice)
    #expect(choice.note == nil)
  }

  @Test func whatNeedsMemoryStaysThereAndThatIsSaid() {
    var specification = FitSpecification()
    specification.kind = .multinomial
    let large = SpillChoice(
      fileByteCount: 2_000_000_000, memoryByteCount: memory, specification)
    #expect(large == .memoryForWantOfFiles(obstacle: "--kind multinomial"))
    #expect(
      large.note
        == "--kind multinomial needs all rows in memory, which this file may take more of than there is"
    )
    let small = SpillChoice(fileByteCount: 1_000, memoryByteCount: memory, specification)
    #expect(small == .memory)
  }
}
