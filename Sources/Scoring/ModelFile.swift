import Crypto
public import FoundationEssentials
import SpecialFunctions

/// The bytes of `model.json` and back.
///
/// The file holds its own SHA-256, so that no changed digit passes, and made-up rows with the scores they
/// must have, so that a program that would answer differently refuses it.
public enum ModelFile {
  public static let formatVersion = 2
  /// How far a check row's score may be from the file's.
  static let tolerance = 1e-12

  /// - Throws: `ModelError` where the model holds a number that is not finite.
  public static func encode(_ model: Model) throws(ModelError) -> Data {
    let document = Document(
      formatVersion: formatVersion, sha256: blankSHA256, model: model,
      checks: CheckRow.rows(for: model))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let blank: Data
    do {
      blank = try encoder.encode(document)
    } catch {
      // Nothing else in a document can fail to be written.
      throw .file(
        path: "model '\(model.name)'",
        reason: "cannot be written: it holds a number that is not finite; "
          + "leave columns with extreme values out")
    }
    return sealed(blank, by: blankSHA256, as: hexadecimal(SHA256.hash(data: blank)))
  }

  /// - Parameter path: for errors only.
  /// - Throws: `ModelError` for what is no model file, of another format, changed, or answers otherwise.
  public static func decode(_ data: Data, path: String) throws(ModelError) -> Model {
    let decoder = JSONDecoder()
    let header = try readable(path) { try decoder.decode(Header.self, from: data) }
    guard header.formatVersion == formatVersion else {
      throw .unknownFormat(path: path, version: header.formatVersion, readable: formatVersion)
    }
    let blank = sealed(data, by: header.sha256, as: blankSHA256)
    guard header.sha256 == hexadecimal(SHA256.hash(data: blank)) else { throw .changed(path: path) }
    let document = try readable(path) { try decoder.decode(Document.self, from: data) }
    try check(document, path: path)
    return document.model
  }

  /// The checksum a model file states, which names the very model.
  public static func sha256(_ data: Data) -> String? {
    try? JSONDecoder().decode(Header.self, from: data).sha256
  }

  private static func check(_ document: Document, path: String) throws(ModelError) {
    let model = document.model
    if let reason = model.contradiction { throw .notAModel(path: path, reason: reason) }
    let scorer = model.scorer
    guard
      document.checks.allSatisfy({
        $0.values.count == model.encoder.features.count
          && $0.scores.count == scorer.predictorCount
      })
    else { throw .notAModel(path: path, reason: "check rows and encoder differ in number") }
    let batch = model.encoder.batch(document.checks.map { $0.values.map(\.input) })
    let scores = scorer.scores(batch)
    for (row, check) in document.checks.enumerated() {
      for (k, expected) in check.scores.enumerated() {
        let score = scores[k * document.checks.count + row]
        guard abs(score - expected) <= tolerance * max(1, abs(expected)) else {
          throw .answersDifferently(path: path, row: row + 1, expected: expected, found: score)
        }
      }
    }
  }

  private static func readable<Value>(
    _ path: String, _ body: () throws -> Value
  ) throws(ModelError) -> Value {
    do {
      return try body()
    } catch DecodingError.dataCorrupted {
      throw .notAModel(path: path, reason: "it is not whole JSON")
    } catch DecodingError.keyNotFound(let key, _) {
      throw .notAModel(path: path, reason: "no '\(key.stringValue)'")
    } catch {
      throw .notAModel(path: path, reason: "a value has another type than it should")
    }
  }

  /// `data` with its checksum `old` replaced by `new`.
  private static func sealed(_ data: Data, by old: String, as new: String) -> Data {
    // With the key, whose quotes no text inside the model can hold unescaped.
    func field(_ checksum: String) -> Data { Data("\"sha256\" : \"\(checksum)\"".utf8) }
    guard let range = data.firstRange(of: field(old)) else { return data }
    var sealed = data
    sealed.replaceSubrange(range, with: field(new))
    return sealed
  }

  private static let blankSHA256 = String(repeating: "0", count: 64)

  private struct Header: Codable {
    var formatVersion: Int
    var sha256: String
  }

  private struct Document: Codable {
    var formatVersion: Int
    var sha256: String
    var model: Model
    var checks: [CheckRow]
  }
}

/// The digest as lowercase hexadecimal.
package func hexadecimal(_ digest: some Sequence<UInt8>) -> String {
  digest.map { byte in
    let text = String(byte, radix: 16)
    return text.count == 1 ? "0" + text : text
  }.joined()
}

/// A made-up customer and the scores the model gives, one for each equation; no one's data.
struct CheckRow: Codable, Hashable, Sendable {
  var values: [CheckValue]
  var scores: [Double]

  /// Enough rows to meet an unseen level, a missing value and every level of each feature; of more than
  /// 62 levels, that many.
  static func rows(for model: Model) -> [CheckRow] {
    let features = model.encoder.features
    let mostLevels =
      features.map { feature in
        if case .category(let category) = feature.encoding { category.levels.count } else { 0 }
      }.max() ?? 0
    let rowCount = min(max(16, mostLevels + 2), 64)
    let inputs = (0..<rowCount).map { row in
      features.enumerated().map { index, feature in
        feature.checkInput(row: row, index: index, rowCount: rowCount)
      }
    }
    let scores = model.scorer.scores(model.encoder.batch(inputs))
    return inputs.enumerated().map { row, input in
      CheckRow(
        values: input.map(CheckValue.init),
        scores: stride(from: row, to: scores.count, by: rowCount).map { scores[$0] })
    }
  }
}

extension Feature {
  fileprivate func checkInput(row: Int, index: Int, rowCount: Int) -> FeatureInput {
    switch encoding {
    case .number(let number):
      // A different place in the range for each row and feature; one row in seven has no value.
      let place = (row * 5 + index * 3) % 7
      return place == 6 ? .missing : .number(number.mean + Double(place - 3) * number.scale)
    case .offset(let offset):
      return .number(offset.mean + Double((row * 5 + index * 3) % 7 - 3))
    case .category(let category):
      // Each feature starts at another place, and none leaves one out.
      let placeCount = min(category.levels.count + 2, rowCount)
      let place = (row + index) % rowCount % placeCount
      switch place {
      case 0: return .missing
      case 1: return .level("\u{1}never seen")
      default:
        return .level(category.levels[(place - 2) * category.levels.count / (placeCount - 2)])
      }
    }
  }
}

/// A check value as JSON has it: a number, a string or null.
struct CheckValue: Codable, Hashable, Sendable {
  var input: FeatureInput

  init(_ input: FeatureInput) { self.input = input }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      input = .missing
    } else if let number = try? container.decode(Double.self) {
      input = .number(number)
    } else {
      input = .level(try container.decode(String.self))
    }
  }

  func encode(to encoder: any Swift.Encoder) throws {
    var container = encoder.singleValueContainer()
    switch input {
    case .missing: try container.encodeNil()
    case .number(let value): try container.encode(value)
    case .level(let level): try container.encode(level)
    }
  }
}
