import Scoring
import Tables

/// The table of a training: in memory or in files.
protocol TrainingData {
  associatedtype Rows: EncodedRows

  /// A reader of the columns that tell how each row is to be treated.
  func reader(for trainer: Trainer) throws(TrainingError) -> RowReader

  /// Learns the features from the training rows, and encodes what is to be fitted.
  func encode(_ train: TrainingRows, for trainer: Trainer) throws(TrainingError) -> Rows
}

/// The rows of a training, encoded.
protocol EncodedRows {
  var encoder: Encoder { get }
  var leftOut: [LeftOutColumn] { get }
  /// Of the training rows, in log-odds; `nil` where there are none.
  var offsets: [Double]? { get }

  /// The first of the training rows, which are all or so many that a leak shows.
  func first(of train: [Int]) -> FeatureBatch

  /// The design of the training rows.
  func blocks() -> FeatureBlocks

  /// The scores of rows of the table, whose numbers ascend.
  func scores(
    _ scorer: Scorer, train: [Int], test: [Int]
  ) throws(TrainingError) -> (train: [Double], test: [Double])
}

/// A table in memory.
struct TableRows: TrainingData {
  let table: Table

  func reader(for trainer: Trainer) -> RowReader { RowReader(table: table) }

  func encode(
    _ train: TrainingRows, for trainer: Trainer
  ) throws(TrainingError) -> Trainer.Encoded {
    try trainer.encode(table, train, reserved: trainer.reserved) { _ in }
  }
}

extension Trainer.Encoded: EncodedRows {
  var offsets: [Double]? { encoder.offsets(train) }

  func first(of rows: [Int]) -> FeatureBatch { train }

  func blocks() -> FeatureBlocks { encoder.blocks(train) }

  func scores(
    _ scorer: Scorer, train rows: [Int], test: [Int]
  ) -> (train: [Double], test: [Double]) {
    (scorer.scores(train), scorer.scores(all.rows(test)))
  }
}
