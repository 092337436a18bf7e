import Experiments
import FoundationEssentials
import Tables

/// Where a report goes: `report.html` and `report.json` in a folder, tidy tables and a notebook in
/// `notebooks-export/` below it.
enum ExperimentReportFolder {
  static func write(
    _ definition: ExperimentDefinition, _ evidence: Evidence, _ verdict: Verdict, to folder: String
  ) throws {
    let data = ExperimentReportData(definition, evidence, verdict)
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw TableError.cannotWrite(path: folder, reason: "the folder cannot be created")
    }
    try write(
      try ExperimentReportPage(data: data, definition: definition).html(),
      to: "\(folder)/report.html")
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let json = String(decoding: try encoder.encode(data), as: UTF8.self)
    try write(json + "\n", to: "\(folder)/report.json")
    try ExperimentNotebook(data: data).write(to: "\(folder)/notebooks-export")
  }

  private static func write(_ text: String, to path: String) throws(TableError) {
    let output = try OutputFile(path: path)
    try output.write(Array(text.utf8))
    try output.commit()
  }
}
