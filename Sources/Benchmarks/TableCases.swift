import Evaluation
import FoundationEssentials
import Glibc
import Scoring
import SpecialFunctions
import Tables
import Training

/// The numbers of the base file: `x0` … `x29`, standard normal with four decimals.
private let numberCount = 30
private let columnNames = (0..<numberCount).map { "x\($0)" }

/// Row `row` of the base, the same in every file.
private func baseRow(_ row: Int) -> [Double] {
  var generator = SplitMix64(seed: 0xBA5E &+ UInt64(row))
  return columnNames.map { _ in (generator.nextStandardNormal() * 1e4).rounded() / 1e4 }
}

/// Writes `--rows` rows of an id and 30 numbers to `--out`: 465 MB at 2,000,000 rows.
func makeBase(_ arguments: Arguments) throws {
  let rowCount = try arguments.count("rows", default: 2_000_000)
  let file = try OutputFile(path: try arguments.text("out"))
  try file.write(Array(("id," + columnNames.joined(separator: ",") + "\n").utf8))
  for row in 0..<rowCount {
    var line = "c\(row)"
    for value in baseRow(row) { line += ",\(fixedPoint(value))" }
    try file.write(Array((line + "\n").utf8))
  }
  try file.commit()
}

/// `value` with four decimals.
private func fixedPoint(_ value: Double) -> String {
  let scaled = Int((abs(value) * 1e4).rounded())
  let fraction = String(scaled % 10_000)
  let sign = value < 0 && scaled > 0 ? "-" : ""
  return "\(sign)\(scaled / 10_000)." + String(repeating: "0", count: 4 - fraction.count) + fraction
}

/// Trains the model `base` on made-up outcomes of such rows and writes it, with its coefficients on the
/// columns' own scale, to the folder `--out`.
func makeModel(_ arguments: Arguments) throws {
  let directory = try arguments.text("out")
  let rowCount = 20_000
  let rows = (0..<rowCount).map { baseRow($0) }
  var generator = SplitMix64(seed: 11)
  let outcomes = rows.map { row in
    let score = row.enumerated().reduce(-1.0) { $0 + $1.element * sin(Double($1.offset)) * 0.4 }
    return generator.nextUniform() < logistic(score) ? UInt32(1) : 0
  }
  var columns = columnNames.enumerated().map { index, name in
    Column(
      name: name, schema: ColumnSchema(.number), values: .numbers(rows.map { $0[index] }))
  }
  columns.append(
    Column(
      name: "y", schema: ColumnSchema(.category),
      values: .categories(codes: outcomes, levels: ["no", "yes"])))
  let trainer = Trainer(name: "base", target: "y", split: .every(5))
  let result = try trainer.train(
    Table(rowCount: rowCount, columns: columns),
    source: Trainer.Source(
      command: "Benchmarks make-model", dataSHA256: "none", rejectedRowCount: 0))
  // The base file names its rows by id, which this table has no need of.
  let model = result.model.identified(by: "id")
  let registry = ModelRegistry(directory: directory)
  let version = try registry.add(model) { ModelCard(model: model, version: $0).markdown }
  try registry.promote("base", version: version)
  let scale = model.originalScales[0]
  let shared = SharedCoefficients(
    intercept: scale.intercept, columns: scale.coefficients.map(\.feature),
    coefficients: scale.coefficients.map(\.coefficient))
  try JSONEncoder().encode(shared).write(to: URL(filePath: "\(directory)/coefficients.json"))
}

private struct SharedCoefficients: Codable {
  let intercept: Double
  let columns: [String]
  let coefficients: [Double]
}

extension Model {
  fileprivate func identified(by identifier: String) -> Model {
    Model(
      name: name, identifier: identifier, encoder: encoder, predictor: predictor,
      training: training)
  }
}

private struct ReadReport: Encodable {
  let `case` = "read-table"
  let rows: Int
  let columns: Int
  let seconds: Double
  let megabytesPerSecond: Double
  let threads: Int
}

/// Reads `--data` into a table once; the answer is checked against the rows it was made from.
func readTable(_ arguments: Arguments) throws {
  let path = try arguments.text("data")
  let threads = try arguments.count("threads", default: processorCount)
  var table = Table(rowCount: 0, columns: [])
  var bytes = 0
  let seconds = try seconds {
    let file = try CSVFile(path: path)
    bytes = file.byteCount ?? 0
    table = try file.table(
      threadCount: threads, rejects: RejectLog(path: path, maxRejects: 0))
  }
  for row in [0, table.rowCount / 2, table.rowCount - 1] {
    for (name, expected) in zip(columnNames, baseRow(row)) {
      guard case .numbers(let values) = table.column(named: name)?.values,
        values[row] == expected
      else { throw BenchmarkError.wrongAnswer("row \(row + 1), column \(name)") }
    }
  }
  try printJSON(
    ReadReport(
      rows: table.rowCount, columns: table.columns.count, seconds: seconds,
      megabytesPerSecond: Double(bytes) / seconds / 1e6, threads: threads))
}
