import Experiments
import FoundationEssentials
import Tables
import Yams

/// A mapping of a YAML file under reading: takes no key that it does not know, for a misspelt one would
/// be a setting without effect, and names the line of whatever is wrong.
struct YAMLMapping {
  let path: String
  /// What the mapping is, for messages: `the experiment`, `metric 'purchase'`.
  let name: String
  private let node: Node
  private let entries: [String: (key: Node, value: Node)]

  /// Reads the file's one mapping.
  static func file(_ path: String, name: String, keys: [String]) throws -> YAMLMapping {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw TableError.cannotOpen(path: path, reason: "no readable file of that name")
    }
    return try text(data, path: path, name: name, keys: keys)
  }

  static func text(
    _ data: Data, path: String, name: String, keys: [String]
  ) throws -> YAMLMapping {
    guard let text = String(validating: data, as: UTF8.self) else {
      throw ExperimentFileError.definition(
        path: path, line: nil, problem: "it is not UTF-8 text; save it as UTF-8")
    }
    do {
      guard let root = try Yams.compose(yaml: text) else {
        throw ExperimentFileError.definition(
          path: path, line: 1, problem: "it is empty; see docs/experiment-definition.md")
      }
      return try YAMLMapping(root, path: path, name: name, keys: keys)
    } catch let error as YamlError {
      throw ExperimentFileError(path: path, error)
    }
  }

  init(_ node: Node, path: String, name: String, keys: [String]) throws {
    self.path = path
    self.name = name
    self.node = node
    guard case .mapping(let mapping) = node else {
      throw ExperimentFileError.definition(
        path: path, line: node.mark?.line,
        problem:
          "\(name) is not of the form 'key: value'; its keys are \(keys.joined(separator: ", "))")
    }
    var entries: [String: (key: Node, value: Node)] = [:]
    for (key, value) in mapping {
      guard let text = key.string, keys.contains(text) else {
        let nearest = key.string.flatMap { nearestName(to: $0, among: keys) }
        throw ExperimentFileError.definition(
          path: path, line: key.mark?.line,
          problem: "\(name) has no key '\(key.string ?? "?")'; "
            + (nearest.map { "is '\($0)' meant?" } ?? "its keys are \(keys.joined(separator: ", "))")
        )
      }
      // A key without a value is a key not given.
      if value.isNull { continue }
      entries[text] = (key, value)
    }
    self.entries = entries
  }

  func has(_ key: String) -> Bool { entries[key] != nil }

  func node(_ key: String) -> Node? { entries[key]?.value }

  /// An error at the mapping.
  func fault(_ problem: String) -> ExperimentFileError { fault(nil, problem) }

  /// An error at `key`, or at the mapping where it is not given.
  func fault(_ key: String?, _ problem: String) -> ExperimentFileError {
    let mark = key.flatMap { entries[$0]?.value.mark ?? entries[$0]?.key.mark } ?? node.mark
    return .definition(path: path, line: mark?.line, problem: problem)
  }

  func fault(at node: Node, _ problem: String) -> ExperimentFileError {
    .definition(path: path, line: node.mark?.line ?? self.node.mark?.line, problem: problem)
  }

  /// Runs `body` and puts the line of `key` to what a checked type finds wrong.
  func at<Value>(_ key: String? = nil, _ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let error as DesignError {
      throw fault(key, error.description)
    }
  }

  func string(_ key: String) throws -> String? {
    guard let node = node(key) else { return nil }
    guard let text = node.string else { throw fault(key, "'\(key)' of \(name) is not a word") }
    return text
  }

  func requiredString(_ key: String, _ remedy: String) throws -> String {
    guard let text = try string(key) else { throw fault("\(name) has no '\(key)'; \(remedy)") }
    return text
  }

  func number(_ key: String) throws -> Double? {
    guard let node = node(key) else { return nil }
    return try number(node, key)
  }

  func number(_ node: Node, _ key: String) throws -> Double {
    guard let text = node.string, let value = Double(text), value.isFinite else {
      throw fault(at: node, "'\(key)' of \(name) is not a number; write it as 0.05")
    }
    return value
  }

  /// A number that may be written as a percentage.
  func share(_ key: String) throws -> Double? {
    guard let text = try string(key) else { return nil }
    if text.hasSuffix("%"), let value = Double(text.dropLast()), value.isFinite {
      return value / 100
    }
    return try number(key)
  }

  func count(_ key: String) throws -> Int? {
    guard let value = try number(key) else { return nil }
    guard let count = Int(exactly: value) else {
      throw fault(key, "'\(key)' of \(name) is \(value); give a whole number")
    }
    return count
  }

  /// A stretch of time with its unit, in seconds: `7d`, `24h`, `30m`, `90s`.
  func seconds(_ key: String) throws -> Double? {
    guard let text = try string(key) else { return nil }
    let units: [Character: Double] = ["d": 86_400, "h": 3_600, "m": 60, "s": 1]
    guard let unit = text.last.flatMap({ units[$0] }), let value = Double(text.dropLast()),
      value.isFinite
    else {
      throw fault(key, "'\(key)' of \(name) is '\(text)'; write it as 7d, 24h, 30m or 90s")
    }
    return value * unit
  }

  /// An instant, in seconds since 1970.
  func instant(_ key: String) throws -> Double? {
    guard let text = try string(key) else { return nil }
    let seconds = Array(text.utf8).withUnsafeBytes { DateParser.seconds($0, order: .yearFirst) }
    guard let seconds else {
      throw fault(key, "'\(key)' of \(name) is '\(text)'; write it as 2026-05-31T09:00:00Z")
    }
    return seconds
  }

  func word<Word: RawRepresentable<String> & CaseIterable>(_ key: String) throws -> Word? {
    guard let text = try string(key) else { return nil }
    guard let word = Word(rawValue: text) else {
      let known = Word.allCases.map(\.rawValue).joined(separator: ", ")
      throw fault(key, "'\(key)' of \(name) is '\(text)'; it can be \(known)")
    }
    return word
  }

  /// One word, or a list of them.
  func strings(_ key: String) throws -> [String] {
    guard let node = node(key) else { return [] }
    if let text = node.string { return [text] }
    guard case .sequence(let items) = node else {
      throw fault(key, "'\(key)' of \(name) is not a list; write it as [a, b]")
    }
    return try items.map { item in
      guard let text = item.string else {
        throw fault(at: item, "an item of '\(key)' is not a word")
      }
      return text
    }
  }

  func mapping(_ key: String, name: String, keys: [String]) throws -> YAMLMapping? {
    try node(key).map { try YAMLMapping($0, path: path, name: name, keys: keys) }
  }

  func mappings(_ key: String, name: (Int) -> String, keys: [String]) throws -> [YAMLMapping] {
    guard let node = node(key) else { return [] }
    guard case .sequence(let items) = node else {
      throw fault(key, "'\(key)' of \(self.name) is not a list; begin each item with a dash")
    }
    return try items.enumerated().map { place, item in
      try YAMLMapping(item, path: path, name: name(place + 1), keys: keys)
    }
  }
}

extension Node {
  fileprivate var isNull: Bool {
    scalar?.string.isEmpty == true || string == "null" || string == "~"
  }
}

extension ExperimentFileError {
  /// What the YAML parser found, without the lines it quotes.
  init(path: String, _ error: YamlError) {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      self = .definition(path: path, line: mark.line, problem: "not YAML: \(problem)")
    case .duplicatedKeysInMapping(let names, let context):
      let list = names.sorted().map { "'\($0)'" }.joined(separator: ", ")
      self = .definition(
        path: path, line: context.mark.line,
        problem: "given more than once: \(list); remove all but one")
    case .reader(let problem, _, _, _):
      self = .definition(path: path, line: nil, problem: "not YAML: \(problem)")
    default:
      self = .definition(path: path, line: nil, problem: "it cannot be read as YAML")
    }
  }
}
