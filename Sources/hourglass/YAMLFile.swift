import FoundationEssentials
import Tables
import Yams

/// A YAML file of settings. Whoever walks it takes nothing that it does not know: a misspelt key would
/// otherwise be a setting without effect.
struct YAMLFile {
  let path: String
  /// Where the form is described, for errors.
  let hint: String
  let root: Node
  /// The file as it is written.
  let text: String

  /// - Throws: `TableError` for a file that cannot be opened, `YAMLFileError` for one that is no YAML.
  init(path: String, hint: String) throws {
    self.path = path
    self.hint = hint
    if FileStatus(path)?.isFolder == true {
      throw TableError.cannotOpen(path: path, reason: "it is a directory; name a file in it")
    }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw TableError.cannotOpen(path: path, reason: "no readable file of that name")
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw YAMLFileError(path: path, "it is not UTF-8 text", hint: hint)
    }
    do {
      guard let root = try Yams.compose(yaml: text) else {
        throw YAMLFileError(path: path, "it is empty", hint: hint)
      }
      self.text = text
      self.root = root
    } catch let error as YamlError {
      throw YAMLFileError(path: path, error, hint: hint)
    }
  }

  func fault(_ node: Node, _ problem: String) -> YAMLFileError {
    YAMLFileError(path: path, mark: node.mark, problem, hint: hint)
  }

  func quoted(_ node: Node) -> String { node.string.map { "'\($0)'" } ?? "not a word" }

  /// The keys and values of a mapping.
  func mapping(_ node: Node, _ what: String) throws -> Node.Mapping {
    guard case .mapping(let mapping) = node else {
      throw fault(node, "\(what) is not of the form key: value")
    }
    return mapping
  }

  /// The word of a list that `node` is.
  func word<Word: RawRepresentable<String> & CaseIterable>(
    _ node: Node, of key: String
  ) throws -> Word {
    guard let word = node.string.flatMap(Word.init(rawValue:)) else {
      let known = Word.allCases.map(\.rawValue).joined(separator: ", ")
      throw fault(node, "\(key) is \(quoted(node)); it can be \(known)")
    }
    return word
  }

  func text(_ node: Node, of key: String) throws -> String {
    guard let text = node.string, !text.isEmpty else {
      throw fault(node, "\(key) is no text")
    }
    return text
  }
}

/// A file of settings that cannot be used: where, and what would do.
struct YAMLFileError: Error, CustomStringConvertible {
  let description: String

  init(path: String, mark: Mark? = nil, _ problem: String, hint: String) {
    let place = mark.map { ", line \($0.line), column \($0.column)" } ?? ""
    description = "\(path)\(place): \(problem); see \(hint) for the form"
  }

  /// What the YAML parser found, without the lines it quotes.
  init(path: String, _ error: YamlError, hint: String) {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      self.init(path: path, mark: mark, problem, hint: hint)
    case .duplicatedKeysInMapping(let names, let context):
      let list = names.sorted().map { "'\($0)'" }.joined(separator: ", ")
      self.init(path: path, mark: context.mark, "given more than once: \(list)", hint: hint)
    case .reader(let problem, _, _, _): self.init(path: path, problem, hint: hint)
    default: self.init(path: path, "it cannot be read as YAML", hint: hint)
    }
  }
}
