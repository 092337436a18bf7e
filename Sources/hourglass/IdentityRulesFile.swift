import CustomerData
import FoundationEssentials
import Yams

/// The rules of identity resolution as YAML:
///
///     max_partners:
///       phone: 3
///       anonymous_id: 1
enum IdentityRulesFile {
  static func rules(path: String) throws -> IdentityRules {
    let text: String
    do {
      text = try String(contentsOf: URL(filePath: path), encoding: .utf8)
    } catch {
      throw IdentityRulesError(path: path, "cannot be read as UTF-8 text")
    }
    let value: Any?
    do {
      value = try Yams.load(yaml: text)
    } catch {
      throw IdentityRulesError(path: path, "is not YAML")
    }
    guard let file = value as? [String: Any], Set(file.keys) == ["max_partners"],
      let limits = file["max_partners"] as? [String: Any]
    else {
      throw IdentityRulesError(path: path, "needs one key, max_partners, with kinds and numbers")
    }
    var maxPartners: [IdentityKind: Int] = [:]
    for (name, limit) in limits {
      guard let kind = IdentityKind(rawValue: name) else {
        let kinds = IdentityKind.allCases.map(\.rawValue).joined(separator: ", ")
        throw IdentityRulesError(path: path, "'\(name)' is no kind of identity; give \(kinds)")
      }
      guard let limit = limit as? Int else {
        throw IdentityRulesError(path: path, "max_partners of \(name) is no whole number")
      }
      maxPartners[kind] = limit
    }
    return try IdentityRules(maxPartners: maxPartners)
  }
}

/// What is wrong with a file of identity rules.
struct IdentityRulesError: Error, CustomStringConvertible {
  let description: String

  init(path: String, _ problem: String) { description = "\(path): \(problem)" }
}
