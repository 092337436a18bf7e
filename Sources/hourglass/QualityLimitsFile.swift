import CustomerData
import Yams

/// The YAML of limits of `hourglass quality --limits`; docs/quality.md describes it.
///
///     missing_shares:
///       warn: 0.5
///       subjects:
///         orders.channel: {warn: 0.05, fail: 0.2}
enum QualityLimitsFile {
  /// The standard limits with what the file says otherwise.
  static func read(path: String) throws -> QualityLimits {
    let file = try YAMLFile(path: path, hint: "docs/quality.md")
    var limits = QualityLimits.standard
    for (key, value) in try file.mapping(file.root, "the file") {
      let measure: QualityMeasure = try file.word(key, of: "a check")
      try read(value, of: measure, file, &limits)
    }
    return limits
  }

  private static func read(
    _ node: Node, of measure: QualityMeasure, _ file: YAMLFile, _ limits: inout QualityLimits
  ) throws {
    var own: [(Node, Node)] = []
    for (key, value) in try file.mapping(node, measure.rawValue) {
      guard key.string == "subjects" else {
        own.append((key, value))
        continue
      }
      for (subject, limit) in try file.mapping(value, "subjects") {
        let pairs = try file.mapping(limit, "a subject's limits").map { ($0.key, $0.value) }
        limits.set(
          try self.limit(pairs, at: limit, file), for: measure,
          subject: try file.text(subject, of: "a subject"))
      }
    }
    if !own.isEmpty { limits.set(try limit(own, at: node, file), for: measure) }
  }

  /// What is left out is no limit.
  private static func limit(
    _ pairs: [(Node, Node)], at node: Node, _ file: YAMLFile
  ) throws -> QualityLimit {
    var values: [String: Double] = [:]
    for (key, value) in pairs {
      guard let name = key.string, ["warn", "fail"].contains(name) else {
        throw file.fault(key, "unknown key \(file.quoted(key)); keys are warn, fail, subjects")
      }
      guard let number = value.float ?? value.int.map(Double.init) else {
        throw file.fault(value, "\(name) is \(file.quoted(value)); give a number")
      }
      values[name] = number
    }
    do {
      return try QualityLimit(warn: values["warn"], fail: values["fail"])
    } catch {
      throw file.fault(node, error.description)
    }
  }
}
