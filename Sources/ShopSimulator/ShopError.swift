/// What is wrong with the settings of a shop.
public enum ShopError: Error, Equatable, Sendable {
  case outOfRange(setting: String, value: Int, allowed: String)
  case unknownWorld(String)
  case unreadableDate(String)
  case notAFolder(String)
  case cannotMakeFolder(path: String, reason: String)
}

extension ShopError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .outOfRange(let setting, let value, let allowed):
      "\(setting) is \(value); give a number \(allowed)"
    case .unknownWorld(let name):
      "there is no world '\(name)'; the worlds are "
        + ShopWorld.allCases.map(\.rawValue).joined(separator: ", ")
    case .unreadableDate(let text):
      "the start is '\(text)'; give a day from 1970-01-01 to 2200-01-01, as 2025-01-01"
    case .notAFolder(let path): "\(path) is a file; name a folder for the shop's files"
    case .cannotMakeFolder(let path, let reason): "the folder \(path) cannot be made: \(reason)"
    }
  }
}
