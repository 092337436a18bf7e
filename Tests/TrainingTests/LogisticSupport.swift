import Foundation
import LinearAlgebra
import Scoring
import Training

/// SplitMix64 (Steele, Lea and Flood 2014), so that every sample is its seed.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// Dense columns, categories and outcomes of a logistic model with known coefficients.
struct Sample {
  var rows: [[Double]]
  var codes: [[UInt32]]
  var levelCounts: [Int]
  var outcomes: [Double]

  var matrix: Matrix { Matrix(rows: rows) }

  var blocks: FeatureBlocks {
    var dense = DenseBlock(rowCount: rows.count, columnCount: rows.first?.count ?? 0)
    for j in 0..<dense.columnCount { dense.setColumn(j, from: rows.map { $0[j] }) { $0 } }
    return FeatureBlocks(
      dense: dense,
      categories: zip(codes, levelCounts).map { CategoryBlock(levelCount: $1, codes: $0) })
  }

  /// The design with every level written out as a column of 0 and 1.
  var oneHot: Matrix {
    Matrix(
      rows: rows.indices.map { i in
        zip(codes, levelCounts).reduce(rows[i]) { row, category in
          row + (0..<category.1).map { UInt32($0) == category.0[i] ? 1 : 0 }
        }
      })
  }

  init(
    seed: UInt64, rowCount: Int, columnCount: Int, levelCounts: [Int] = [], noLevels: Bool = false
  ) {
    var generator = SeededGenerator(seed)
    rows = (0..<rowCount).map { _ in
      (0..<columnCount).map { _ in Double.random(in: -2...2, using: &generator) }
    }
    codes = levelCounts.map { count in
      (0..<rowCount).map { _ in
        UInt32.random(in: 0...UInt32(noLevels ? count : count - 1), using: &generator)
      }
    }
    self.levelCounts = levelCounts
    let codes = codes
    outcomes = rows.enumerated().map { i, row in
      var eta = row.enumerated().reduce(-0.4) { $0 + $1.1 / Double($1.0 + 1) }
      for category in codes { eta += category[i].isMultiple(of: 2) ? 0.5 : -0.5 }
      return Double.random(in: 0..<1, using: &generator) < 1 / (1 + exp(-eta)) ? 1 : 0
    }
  }
}

/// The largest difference between two fits' intercepts and coefficients, relative to their size or 1.
func distance(_ a: LogisticFit, _ b: LogisticFit) -> Double {
  zip([a.intercept] + a.coefficients, [b.intercept] + b.coefficients)
    .reduce(0) { max($0, abs($1.0 - $1.1) / max(1, abs($1.1))) }
}

/// The gradient of the objective, from its definition in a few lines and in another order.
func gradient(
  at fit: LogisticFit, _ features: Matrix, outcomes: [Double], sampleWeights: [Double]? = nil,
  offset: [Double]? = nil, l2Penalty: Double = 0
) -> [Double] {
  let weights = sampleWeights ?? outcomes.map { _ in 1 }
  let total = weights.reduce(0, +)
  let residuals = outcomes.indices.map { i in
    let eta = fit.coefficients.enumerated().reduce(fit.intercept + (offset?[i] ?? 0)) {
      $0 + $1.1 * features[i, $1.0]
    }
    return weights[i] / total * (1 / (1 + exp(-eta)) - outcomes[i])
  }
  return [residuals.reduce(0, +)]
    + features.columns.enumerated().map { j, column in
      zip(column, residuals).reduce(l2Penalty * fit.coefficients[j]) { $0 + $1.0 * $1.1 }
    }
}
