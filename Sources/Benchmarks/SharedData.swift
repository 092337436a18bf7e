import FoundationEssentials
import Glibc
import LinearAlgebra
import Scoring

/// Rows that other software is given too, in a folder that scripts/bench-train-peer fills:
///
/// - `case.json`: the shape;
/// - `features.f64`: n × p numbers of 8 bytes, column by column;
/// - `codes-K.i32`: n level codes of 4 bytes of category K;
/// - `outcomes.f64`: n numbers of 8 bytes, classes counted from 0;
/// - `penalties.f64`: for a path, its penalties, descending.
struct SharedData {
  struct Shape: Decodable {
    let rows: Int
    let columns: Int
    let levels: [Int]
    let classes: Int
  }

  let shape: Shape
  let blocks: FeatureBlocks
  let outcomes: [Double]
  private let folder: String

  init(folder: String) throws {
    self.folder = folder
    let json = try Data(contentsOf: URL(filePath: "\(folder)/case.json"))
    shape = try JSONDecoder().decode(Shape.self, from: json)
    let (n, shape) = (shape.rows, shape)
    let features = try NumberFile(path: "\(folder)/features.f64")
    var dense = DenseBlock(rowCount: n, columnCount: shape.columns)
    try features.read(into: &dense)
    let categories = try shape.levels.enumerated().map { index, levelCount in
      let codes = try NumberFile(path: "\(folder)/codes-\(index).i32").read(n, of: UInt32.self)
      return CategoryBlock(levelCount: levelCount, codes: codes)
    }
    blocks = FeatureBlocks(dense: dense, categories: categories)
    outcomes = try NumberFile(path: "\(folder)/outcomes.f64").read(n, of: Double.self)
  }

  func penalties(count: Int) throws -> [Double] {
    try NumberFile(path: "\(folder)/penalties.f64").read(count, of: Double.self)
  }

  /// What features, codes and outcomes take as they are given.
  var byteCount: Int { shape.rows * (8 * shape.columns + 4 * shape.levels.count + 8) }
}

/// A file of numbers of one kind, read in order.
private final class NumberFile {
  private let path: String
  private let stream: UnsafeMutablePointer<FILE>

  init(path: String) throws {
    self.path = path
    guard let stream = fopen(path, "rb") else {
      throw BenchmarkError.wrongAnswer("cannot open \(path)")
    }
    self.stream = stream
  }

  deinit { fclose(stream) }

  /// Reads column by column straight to its place: no second copy of the rows is to count as memory of the
  /// fit.
  func read(into block: inout DenseBlock) throws {
    let (n, p, size) = (block.rowCount, block.columnCount, DenseBlock.tileRowCount)
    let read = block.withUnsafeMutableValues { values -> Int in
      guard let values = values.baseAddress else { return 0 }
      var read = 0
      for j in 0..<p {
        for first in stride(from: 0, to: n, by: size) {
          read += fread(values + first * p + j * size, 8, min(size, n - first), stream)
        }
      }
      return read
    }
    guard read == n * p else {
      throw BenchmarkError.wrongAnswer("\(path) ends after \(read) of \(n * p) numbers")
    }
  }

  func read<Number: BitwiseCopyable>(_ count: Int, of: Number.Type) throws -> [Number] {
    let values = [Number](unsafeUninitializedCapacity: count) { buffer, initialized in
      initialized = fread(buffer.baseAddress, MemoryLayout<Number>.stride, count, stream)
    }
    guard values.count == count else {
      throw BenchmarkError.wrongAnswer("\(path) ends after \(values.count) of \(count) numbers")
    }
    return values
  }
}

func writeNumbers(_ numbers: [Double], to path: String) throws {
  try numbers.withUnsafeBytes { try Data($0).write(to: URL(filePath: path)) }
}
