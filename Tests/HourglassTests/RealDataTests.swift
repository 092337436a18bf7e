import Foundation
import Testing

/// A public data set, with what scikit-learn's logistic regression reaches on it; scripts/real-data says how.
struct RealDataSet: CustomTestStringConvertible, Sendable {
  let file: String
  let flags: [String]
  /// Columns of numbers that are names.
  var codes: [String] = []
  let testRowCount: Int
  let areaUnderROC: Double
  let logLoss: Double

  var testDescription: String { file }

  /// The folder of the files as they were published: `HOURGLASS_DATA`, else beside the repository.
  static let folder =
    ProcessInfo.processInfo.environment["HOURGLASS_DATA"].map { URL(filePath: $0) }
    ?? URL(filePath: #filePath).appending(path: "../../../../shared/data").standardizedFileURL

  static let all = [
    RealDataSet(
      file: "WA_Fn-UseC_-Telco-Customer-Churn.csv",
      flags: ["--target", "Churn", "--id", "customerID"],
      testRowCount: 1_408, areaUnderROC: 0.8372, logLoss: 0.4310),
    RealDataSet(
      file: "bank-additional-full.csv.gz", flags: ["--target", "y", "--exclude", "duration"],
      testRowCount: 8_237, areaUnderROC: 0.7734, logLoss: 0.2854),
    RealDataSet(
      file: "online_shoppers_intention.csv", flags: ["--target", "Revenue"],
      codes: ["OperatingSystems", "Browser", "Region", "TrafficType"],
      testRowCount: 2_466, areaUnderROC: 0.9034, logLoss: 0.2825),
  ]

  var path: String { Self.folder.appending(path: file).path }

  static let areThere = all.allSatisfy { FileManager.default.fileExists(atPath: $0.path) }
}

@Test(
  .enabled(if: RealDataSet.areThere, "HOURGLASS_DATA names no folder with the public data files"),
  arguments: RealDataSet.all)
func publicDataGivesTheReferencesQuality(_ set: RealDataSet) throws {
  let place = try Workplace()
  var command = ["train", "real", "--data", set.path, "--test-every", "5", "--json"] + set.flags
  // The default, cross-validation, is judged by scripts/real-data: it is slow without optimisation.
  command += ["--l2", "0.0001"]
  if !set.codes.isEmpty {
    let lines = set.codes.map { "  \($0): {type: category}\n" }
    try place.write("columns:\n" + lines.joined(), to: "schema.yaml")
    command += ["--schema", "schema.yaml"]
  }
  let answer = try place.run(command)
  #expect(answer.exitCode == 0, "\(answer.error)")
  let evaluation = try answer.json().at("evaluation")
  #expect(try evaluation.number("rowCount") == Double(set.testRowCount))
  // Two right programs that impute and regularise differently stay well inside 0.005 and 0.003.
  #expect(try evaluation.number("areaUnderROC.estimate") >= set.areaUnderROC - 0.005)
  #expect(try evaluation.number("logLoss") <= set.logLoss + 0.003)
}
