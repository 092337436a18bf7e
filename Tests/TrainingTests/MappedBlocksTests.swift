import Evaluation
import Foundation
import Scoring
import TestSupport
import Testing

@testable import Training

/// Blocks in a file are read as those in memory.
@Suite struct MappedBlocksTests {
  /// Rows enough for samples, steps of several tiles and a last tile that is not full.
  private static let rowCount = 20_003

  private static func sample(_ seed: UInt64) -> Sample {
    Sample(seed: seed, rowCount: rowCount, columnCount: 3, levelCounts: [4, 300], noLevels: true)
  }

  /// The same rows in files of `folder`, in parts that end anywhere.
  private static func mapped(_ sample: Sample, in folder: TemporaryFolder) throws -> FeatureBlocks {
    let spill = try BlockSpill(
      directory: folder.path, denseColumnCount: 3, levelCounts: sample.levelCounts)
    var first = 0
    for size in [1, 510, 512, 513, 3_000, rowCount] {
      let rows = first..<min(first + size, rowCount)
      var part = sample
      part.rows = Array(sample.rows[rows])
      part.codes = sample.codes.map { Array($0[rows]) }
      try spill.append(part.blocks)
      first = rows.upperBound
    }
    return try spill.finish()
  }

  @Test(arguments: [1, 2])
  func aFitHasTheSameBits(threadCount: Int) throws {
    let folder = try TemporaryFolder()
    let sample = Self.sample(1)
    let blocks = try Self.mapped(sample, in: folder)
    #expect(blocks.isMapped)
    let weights = sample.outcomes.indices.map { Double($0 % 3) }
    let recipe = LogisticRegression(l2Penalty: 1e-4, threadCount: threadCount)
    let fit = try recipe.fit(blocks, outcomes: sample.outcomes, sampleWeights: weights)
    #expect(
      try fit == recipe.fit(sample.blocks, outcomes: sample.outcomes, sampleWeights: weights))
  }

  @Test func newtonWithoutAPenaltyHasTheSameBits() throws {
    let folder = try TemporaryFolder()
    let sample = Self.sample(2)
    let recipe = LogisticRegression(threadCount: 2)
    let fit = try recipe.fit(Self.mapped(sample, in: folder), outcomes: sample.outcomes)
    #expect(try fit == recipe.fit(sample.blocks, outcomes: sample.outcomes))
  }

  @Test func crossValidationPathsAndClassesHaveTheSameBits() throws {
    let folder = try TemporaryFolder()
    var sample = Self.sample(3)
    sample.levelCounts = [4]
    sample.codes = [sample.codes[0].map { min($0, 3) }]
    let spill = try BlockSpill(directory: folder.path, denseColumnCount: 3, levelCounts: [4])
    try spill.append(sample.blocks)
    let blocks = try spill.finish()
    let folds = try Folds.grouped(
      by: sample.outcomes.indices.map { UInt32($0 % 3) }, count: 3)
    let validation = CrossValidation(folds: folds, threadCount: 2)
    #expect(
      try validation.fit(l2Penalties: [1e-2, 1e-4], blocks, outcomes: sample.outcomes)
        == validation.fit(l2Penalties: [1e-2, 1e-4], sample.blocks, outcomes: sample.outcomes))
    var net = ElasticNet(l1Share: 0.5, threadCount: 2)
    net.penaltyCount = 5
    net.standardization = .deviation
    #expect(
      try net.fit(blocks, outcomes: sample.outcomes)
        == net.fit(sample.blocks, outcomes: sample.outcomes))
    let classes = sample.codes[0].map { Int($0 % 3) }
    let multinomial = MultinomialRegression(l2Penalty: 1e-3, threadCount: 2)
    let dense = FeatureBlocks(dense: blocks.dense, categories: [])
    let denseInMemory = FeatureBlocks(dense: sample.blocks.dense, categories: [])
    #expect(
      try multinomial.fit(dense, outcomes: classes, classCount: 3)
        == multinomial.fit(denseInMemory, outcomes: classes, classCount: 3))
  }

  @Test func rowsAreCopiedToAnotherFile() throws {
    let folder = try TemporaryFolder()
    let sample = Self.sample(6)
    let indices = stride(from: 1, to: Self.rowCount, by: 3).map { $0 }
    let copy = try Self.mapped(sample, in: folder).rows(indices)
    let inMemory = try sample.blocks.rows(indices)
    #expect(copy.isMapped && !inMemory.isMapped && copy.rowCount == indices.count)
    #expect(copy.dense.values.elements == inMemory.dense.values.elements)
    for (one, other) in zip(copy.categories, inMemory.categories) {
      #expect(codes(one) == codes(other))
    }
    #expect(try Self.mapped(sample, in: folder).rows([]).rowCount == 0)
    #expect(folder.contents.isEmpty)
  }

  private func codes(_ category: CategoryBlock) -> [UInt32] {
    switch category.codes {
    case .narrow(let codes): codes.elements.map { UInt32($0) }
    case .medium(let codes): codes.elements.map { UInt32($0) }
    case .wide(let codes): codes.elements
    }
  }

  @Test func nothingIsLeftInTheFolder() throws {
    let folder = try TemporaryFolder()
    let blocks = try Self.mapped(Self.sample(4), in: folder)
    #expect(folder.contents.isEmpty)
    #expect(blocks.dense[0, 0] == Self.sample(4).rows[0][0])
  }

  @Test func noRowsAreABlock() throws {
    let folder = try TemporaryFolder()
    let spill = try BlockSpill(directory: folder.path, denseColumnCount: 2, levelCounts: [3])
    #expect(try spill.finish().rowCount == 0)
  }

  @Test func aFolderThatIsMissingIsNamed() {
    #expect {
      try BlockSpill(directory: "/nowhere/at-all", denseColumnCount: 1, levelCounts: [])
    } throws: {
      "\($0)"
        == "/nowhere/at-all: cannot be written: there is no such folder; create it first"
    }
  }
}
