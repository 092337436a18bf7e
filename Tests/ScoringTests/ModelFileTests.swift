import Crypto
import Foundation
import SpecialFunctions
import TestSupport
import Testing

@testable import Scoring

@Suite struct ModelFileTests {
  private func text(_ model: Model) throws -> String {
    String(decoding: try ModelFile.encode(model), as: UTF8.self)
  }

  private func decode(_ text: String) throws -> Model {
    try ModelFile.decode(Data(text.utf8), path: "model.json")
  }

  /// What decoding `text` throws, as text; `nil` where it does not.
  private func fault(_ text: String) -> String? {
    fault(Data(text.utf8))
  }

  private func fault(_ data: Data) -> String? {
    do {
      _ = try ModelFile.decode(data, path: "model.json")
      return nil
    } catch {
      return "\(error)"
    }
  }

  /// `text` with the checksum it should have, as a program that wrote it would.
  private func resealed(_ text: String) throws -> String {
    let line = try #require(text.split(separator: "\n").last { $0.contains("\"sha256\" : ") })
    let blankLine = "  \"sha256\" : \"\(String(repeating: "0", count: 64))\""
    let blank = text.replacing(line, with: blankLine)
    let digest = SHA256.hash(data: Data(blank.utf8))
    return blank.replacing(blankLine, with: "  \"sha256\" : \"\(hexadecimal(digest))\"")
  }

  private let changedText =
    "model.json: the file was changed after it was written (its checksum differs); "
    + "restore it or train again"

  @Test(arguments: 1...5 as ClosedRange<UInt64>, [false, true])
  func roundTripGivesAnEqualModelAndTheSameBytes(seed: UInt64, fixesReference: Bool) throws {
    let model = try everyKindModel(
      seed: seed, encoder: everyKindEncoder(fixesReference: fixesReference))
    let data = try ModelFile.encode(model)
    let read = try ModelFile.decode(data, path: "model.json")
    #expect(read == model)
    #expect(try ModelFile.encode(read) == data)
    #expect(ModelFile.sha256(data)?.count == 64)
  }

  @Test func levelsWithQuotesBreaksAndControlCharactersSurvive() throws {
    let levels = ["\"quoted\"", "\0", "a\nb\r", "\\N", "й", "и\u{306}", "👩‍👩‍👧", "\u{2028}", "1"]
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let encoder = Encoder(
      features: [feature("c", .category, category(levels, levels.map { _ in 1.0 / 9 }))],
      snapshot: nil)
    let model = try everyKindModel(encoder: encoder)
    let read = try ModelFile.decode(try ModelFile.encode(model), path: "model.json")
    guard case .category(let category) = read.encoder.features[0].encoding else {
      Issue.record("the feature is a category")
      return
    }
    #expect(category.levels.map { Array($0.utf8) } == levels.map { Array($0.utf8) })
  }

  @Test func sixtyFourZerosInTheModelAreNotTakenForTheChecksum() throws {
    let zeros = String(repeating: "0", count: 64)
    let model = try everyKindModel(dataSHA256: zeros)
    let data = try ModelFile.encode(model)
    #expect(try ModelFile.decode(data, path: "model.json") == model)
    #expect(ModelFile.sha256(data) != zeros)
  }

  @Test func changedDigitOfACoefficientIsRefused() throws {
    let model = try everyKindModel()
    for coefficient in model.coefficients {
      let digits = "\(coefficient)"
      let last = digits.last == "3" ? "4" : "3"
      let changed = try text(model).replacing(digits, with: digits.dropLast() + last)
      #expect(fault(changed) == changedText)
    }
  }

  @Test func changedBandsAndAddedKeysAreRefused() throws {
    let model = try everyKindModel()
    let text = try text(model)
    let bands = text.replacing("\(model.bands.cuts[4])", with: "0.125")
    #expect(bands != text)
    #expect(fault(bands) == changedText)
    let added = text.replacing("{\n  \"checks\"", with: "{\n  \"a\" : 1,\n  \"checks\"")
    #expect(added != text)
    #expect(fault(added) == changedText)
    #expect(fault(text + "\n") == changedText)
    #expect(fault(text.replacing("  ", with: "\t")) == changedText)
  }

  @Test func otherChecksumIsRefused() throws {
    let text = try text(everyKindModel())
    let sum = try #require(ModelFile.sha256(Data(text.utf8)))
    #expect(fault(text.replacing(sum, with: "")) == changedText)
    #expect(fault(text.replacing(sum, with: sum.uppercased())) == changedText)
    #expect(fault(text.replacing(sum, with: String(sum.reversed()))) == changedText)
  }

  @Test func everyTruncationIsRefused() throws {
    let data = try ModelFile.encode(everyKindModel())
    for count in stride(from: 0, to: data.count, by: 97) {
      #expect(
        fault(data.prefix(count))
          == "model.json: not a complete model file: it is not whole JSON; "
          + "restore it or train again", "\(count) bytes")
    }
    #expect(fault(data.dropLast())?.contains("it is not whole JSON") == true)
  }

  @Test(arguments: [0, 1, 99])
  func unknownFormatVersionIsNamed(version: Int) throws {
    let other = try text(everyKindModel())
      .replacing("\"formatVersion\" : 2", with: "\"formatVersion\" : \(version)")
    #expect(
      fault(other) == "model.json: format version \(version); this program reads 2: "
        + "use the program it was made with")
    #expect(fault(try resealed(other)) == fault(other))
  }

  @Test(arguments: [
    ("", "it is not whole JSON"), ("model", "it is not whole JSON"),
    ("{\"formatVersion\":1", "it is not whole JSON"), ("\u{0}\u{1}\u{2}", "it is not whole JSON"),
    (String(repeating: "[", count: 100_000), "it is not whole JSON"),
    ("{}", "no 'formatVersion'"), ("{\"formatVersion\":1}", "no 'sha256'"),
    ("[]", "a value has another type than it should"),
    ("null", "a value has another type than it should"),
    ("3", "a value has another type than it should"),
    ("{\"formatVersion\":\"1\",\"sha256\":\"\"}", "a value has another type than it should"),
    ("{\"formatVersion\":null,\"sha256\":\"\"}", "a value has another type than it should"),
  ])
  func otherTextIsNoModel(text: String, reason: String) {
    #expect(
      fault(text)
        == "model.json: not a complete model file: \(reason); restore it or train again")
  }

  @Test func binaryDataIsNoModel() {
    var generator = SplitMix64(seed: 1)
    let bytes = (0..<4096).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    #expect(fault(Data(bytes))?.hasPrefix("model.json: not a complete model file: ") == true)
  }

  @Test func modelThatAnswersDifferentlyIsRefused() throws {
    let model = try everyKindModel()
    let row = try #require(CheckRow.rows(for: model).firstIndex { abs($0.scores[0]) > 0.5 })
    let score = CheckRow.rows(for: model)[row].scores[0]
    let other = score * (1 + 1e-11)
    let changed = try text(model).replacing("        \(score)\n", with: "        \(other)\n")
    #expect(throws: ModelError.changed(path: "model.json")) { try decode(changed) }
    #expect(
      fault(try resealed(changed))
        == "model.json: check row \(row + 1) scores \(score), the file says \(other); "
        + "this program and the file do not belong together: train again")
  }

  @Test func scoresThatDifferByRoundingPass() throws {
    let model = try everyKindModel()
    let row = try #require(CheckRow.rows(for: model).first { abs($0.scores[0]) > 0.5 })
    let score = row.scores[0]
    let near = try text(model)
      .replacing("        \(score)\n", with: "        \(score.nextUp)\n")
    #expect(try decode(try resealed(near)) == model)
  }

  /// Files with a right checksum that no program of ours writes.
  @Test(arguments: [
    (
      "\"intercept\" : -1.25", "\"intercept\" : \"-1.25\"",
      "a value has another type than it should"
    ),
    ("\"intercept\" : -1.25", "\"intercepts\" : -1.25", "no 'intercept'"),
    ("\"scale\" : 12.7", "\"scale\" : 0", "the scale of feature 'age' is 0.0"),
    ("\"reference\" : 1", "\"reference\" : 5", "the reference of feature 'city' is level 5 of 5"),
    ("\"reference\" : 1", "\"reference\" : -1", "the reference of feature 'city' is level -1 of 5"),
    ("0.15\n", "0.15, 0.1\n", "feature 'city' has 3 levels and 4 shares"),
    ("\"Киров\"\n", "\"Paris\"\n", "a level of feature 'city' is listed twice"),
    ("\"visit month\"", "\"visit weekday\"", "two features are named 'visit weekday'"),
    (
      "\"boolean\" :", "\"category\" :",
      "feature 'member' is encoded as another kind than its source"
    ),
    (
      "\"cuts\" : [", "\"cuts\" : [ 99,",
      "there are 10 cuts of the bands, not 9 in descending order"
    ),
  ])
  func contradictionIsRefusedByName(old: String, new: String, reason: String) throws {
    let model = try everyKindModel(encoder: everyKindEncoder(fixesReference: true))
    let original = try text(model)
    let range = try #require(original.firstRange(of: old), "\(old) is in the file")
    let changed = original.replacingCharacters(in: range, with: new)
    #expect(
      fault(try resealed(changed))
        == "model.json: not a complete model file: \(reason); restore it or train again")
  }

  @Test func coefficientsAndEncoderMustAgree() throws {
    let model = try everyKindModel()
    let list = "\"coefficients\" : [\n        "
    let more = try text(model).replacing(list, with: list + "0,")
    #expect(
      fault(try resealed(more)) == "model.json: not a complete model file: "
        + "coefficients and encoder differ in number; restore it or train again")
  }

  @Test func checkRowsAreMadeUpAndMeetEveryPolicy() throws {
    let model = try everyKindModel()
    let rows = CheckRow.rows(for: model)
    for (index, feature) in model.encoder.features.enumerated() {
      let inputs = Set(rows.map { $0.values[index].input })
      #expect(inputs.contains(.missing), "\(feature.name)")
      switch feature.encoding {
      case .number(let number):
        let madeUp = (-3...3).map { FeatureInput.number(number.mean + Double($0) * number.scale) }
        #expect(inputs.subtracting(madeUp) == [.missing])
      case .category(let category):
        let levels = Set(category.levels.map { FeatureInput.level($0) })
        #expect(inputs.isSuperset(of: levels))
        // One more level, which no file has.
        #expect(inputs.subtracting(levels).subtracting([.missing]).count == 1)
      case .offset: Issue.record("the model has no offset")
      }
    }
  }

  @Test func categoriesOfManyLevelsStillMeetTheUnseenAndTheMissing() throws {
    let names = (0..<500).map { "level \($0)" }
    let plain = feature("plain", .number, number(mean: 0, scale: 1))
    let many = feature("many", .category, category(names, names.map { _ in 0.002 }))
    let encoder = Encoder(features: (0..<40).map { _ in plain } + [many, many], snapshot: nil)
    let rows = CheckRow.rows(for: try everyKindModel(encoder: encoder))
    #expect(rows.count <= 64)
    for index in [40, 41] {
      let inputs = rows.map { $0.values[index].input }
      #expect(inputs.contains(.missing))
      let levels = Set(names.map { FeatureInput.level($0) })
      #expect(Set(inputs).subtracting(levels).count == 2)
      #expect(Set(inputs).count > 40)
    }
  }

  @Test func numberThatJSONCannotHoldIsATypedError() throws {
    var model = try everyKindModel()
    var features = model.encoder.features
    features[0] = feature("age", .number, number(mean: 0, scale: .infinity))
    model.encoder = Encoder(features: features, snapshot: snapshot)
    let error = #expect(throws: ModelError.self) { try ModelFile.encode(model) }
    #expect(
      error?.description
        == "model 'lead': cannot be written: it holds a number that is not finite; "
        + "leave columns with extreme values out")
  }
}
