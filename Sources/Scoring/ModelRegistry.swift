import FoundationEssentials
import Glibc
import Tables

/// A folder of models: `NAME/VERSION/model.json` and `card.md`, and `NAME/champion`.
///
/// Versions are counted from 1 and never change. A version appears whole, by renaming its folder into place;
/// of two trainings at once each gets its own. `champion` lists the versions that were in service, the
/// present one on its first line, and is replaced by one rename.
public struct ModelRegistry: Sendable {
  public let directory: String

  public init(directory: String) { self.directory = directory }

  /// A model as it stands on disk.
  public struct Entry: Sendable {
    public let name: String
    public let version: String
    public let sha256: String
    public let isChampion: Bool
    public let model: Model
  }

  /// The names of the models, in order.
  public func names() -> [String] {
    children(of: directory).filter { isName($0) && !versions(of: $0).isEmpty }
  }

  /// The versions of `name`, oldest first.
  public func versions(of name: String) -> [String] {
    guard isName(name) else { return [] }
    return children(of: "\(directory)/\(name)")
      .compactMap { child in Int(child).flatMap { $0 > 0 && "\($0)" == child ? $0 : nil } }
      .sorted().map { String($0) }
  }

  /// The version in service; `nil` where there is none yet.
  public func champion(of name: String) -> String? { history(of: name).first }

  /// Loads `version` of `name`, or the one in service.
  public func load(_ name: String, version: String? = nil) throws(ModelError) -> Entry {
    let versions = try knownVersions(of: name)
    let champion = champion(of: name)
    guard let wanted = version ?? champion else { throw .noChampion(name: name) }
    guard versions.contains(wanted) else {
      throw .unknownVersion(name: name, version: wanted, versions: versions)
    }
    let path = "\(directory)/\(name)/\(wanted)/model.json"
    guard let data = FileManager.default.contents(atPath: path) else {
      throw .file(path: path, reason: "cannot be read; restore it or train again")
    }
    let model = try ModelFile.decode(data, path: path)
    return Entry(
      name: name, version: wanted, sha256: ModelFile.sha256(data) ?? "",
      isChampion: wanted == champion, model: model)
  }

  /// The versions of `name`, of which there is at least one.
  private func knownVersions(of name: String) throws(ModelError) -> [String] {
    try checkName(name)
    let versions = versions(of: name)
    guard !versions.isEmpty else {
      throw .unknownModel(
        name: name, directory: directory, nearest: nearestName(to: name, among: names()))
    }
    return versions
  }

  /// Adds `model` as the next version of its name and returns that version.
  public func add(_ model: Model, card: (String) -> String) throws -> String {
    try checkName(model.name)
    let home = "\(directory)/\(model.name)"
    // Encoded first, so that a model that cannot be written leaves no trace.
    let data = try ModelFile.encode(model)
    let draft = "\(home)/.\(UUID().uuidString).partial"
    let newFolders = [home, directory].filter { !FileManager.default.fileExists(atPath: $0) }
    defer {
      try? FileManager.default.removeItem(atPath: draft)
      // Refused by the system unless empty, so what another training has added stays.
      for folder in newFolders { rmdir(folder) }
    }
    try attempt(home) {
      try FileManager.default.createDirectory(atPath: draft, withIntermediateDirectories: true)
    }
    try write(data, to: "\(draft)/model.json", of: home)
    var number = (versions(of: model.name).last.flatMap { Int($0) } ?? 0) + 1
    while true {
      try write(Data(card(String(number)).utf8), to: "\(draft)/card.md", of: home)
      // rename(2) does not replace a folder that holds files: the other training's version stays.
      if rename(draft, "\(home)/\(number)") == 0 { return String(number) }
      guard errno == ENOTEMPTY || errno == EEXIST else {
        throw ModelError.file(path: "\(home)/\(number)", reason: systemErrorText())
      }
      number += 1
    }
  }

  /// Puts `version` into service.
  public func promote(_ name: String, version: String) throws(ModelError) {
    _ = try load(name, version: version)
    try withLock(name) { () throws(ModelError) in
      let history = history(of: name)
      if history.first != version { try writeHistory([version] + history, of: name) }
    }
  }

  /// Puts `version` into service if none is; true if it did.
  public func promoteIfFirst(_ name: String, version: String) throws(ModelError) -> Bool {
    _ = try load(name, version: version)
    return try withLock(name) { () throws(ModelError) in
      guard history(of: name).isEmpty else { return false }
      try writeHistory([version], of: name)
      return true
    }
  }

  /// Puts the version that was in service before the present one back, and returns it.
  public func rollback(_ name: String) throws(ModelError) -> String {
    _ = try knownVersions(of: name)
    return try withLock(name) { () throws(ModelError) in
      let history = history(of: name)
      guard let present = history.first else { throw .noChampion(name: name) }
      let earlier = Array(history.drop { $0 == present })
      guard let version = earlier.first else {
        throw .nothingToRollBack(name: name, version: present)
      }
      // The present version may be the broken one; the one to go back to may not.
      _ = try load(name, version: version)
      try writeHistory(earlier, of: name)
      return version
    }
  }

  private func history(of name: String) -> [String] {
    guard isName(name),
      let data = FileManager.default.contents(atPath: "\(directory)/\(name)/champion")
    else { return [] }
    return String(decoding: data, as: UTF8.self).split(separator: "\n").map { String($0) }
  }

  private func writeHistory(_ versions: [String], of name: String) throws(ModelError) {
    let path = "\(directory)/\(name)/champion"
    do throws(TableError) {
      let file = try OutputFile(path: path)
      try file.write(Array(versions.map { $0 + "\n" }.joined().utf8))
      try file.commit()
    } catch {
      throw .file(path: path, reason: "\(error)")
    }
  }

  /// Holds the model's lock file, so that two programs do not both read and then write `champion`.
  private func withLock<Result>(
    _ name: String, _ body: () throws(ModelError) -> Result
  ) throws(ModelError) -> Result {
    let path = "\(directory)/\(name)/.lock"
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .file(path: path, reason: systemErrorText()) }
    defer { close(descriptor) }
    while flock(descriptor, LOCK_EX) != 0 {
      guard errno == EINTR else { throw .file(path: path, reason: systemErrorText()) }
    }
    return try body()
  }

  private func write(_ data: Data, to path: String, of home: String) throws(ModelError) {
    try attempt(home) { try data.write(to: URL(filePath: path)) }
  }

  /// Names the model's folder where `body` fails: its files have passing names until they are complete.
  private func attempt(_ home: String, _ body: () throws -> Void) throws(ModelError) {
    do {
      try body()
    } catch {
      throw .file(
        path: home, reason: "cannot be written: \(systemErrorText()); no version was added")
    }
  }

  /// Throws where `name` cannot name a model, and so a folder.
  public func checkName(_ name: String) throws(ModelError) {
    guard isName(name) else { throw .invalidName(name) }
  }

  private func isName(_ name: String) -> Bool {
    !name.isEmpty
      && name.utf8.allSatisfy { byte in
        isASCIILetterOrDigit(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
      }
  }

  private func isASCIILetterOrDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }

  private func children(of path: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
  }
}
