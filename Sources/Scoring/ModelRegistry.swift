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

  /// The names of the models, in order; none where there is no folder of models.
  public func names() throws(ModelError) -> [String] {
    var names: [String] = []
    for child in try children(of: directory) where isName(child) {
      if try !versions(of: child).isEmpty { names.append(child) }
    }
    return names
  }

  /// The versions of `name`, oldest first; none where there is no such model.
  public func versions(of name: String) throws(ModelError) -> [String] {
    guard isName(name) else { return [] }
    // A plain file among the models is no model.
    return try children(of: "\(directory)/\(name)", absentIf: [ENOENT, ENOTDIR])
      .compactMap(versionNumber).sorted().map { String($0) }
  }

  /// The version in service; `nil` where there is none yet.
  ///
  /// - Throws: `ModelError.file` where the file that says so is there and cannot be read.
  public func champion(of name: String) throws(ModelError) -> String? {
    try history(of: name).first
  }

  /// Loads `version` of `name`, or the one in service.
  public func load(_ name: String, version: String? = nil) throws(ModelError) -> Entry {
    let versions = try knownVersions(of: name)
    let champion = try champion(of: name)
    guard let wanted = version ?? champion else { throw .noChampion(name: name) }
    guard versions.contains(wanted) else {
      throw .unknownVersion(name: name, version: wanted, versions: versions)
    }
    let path = "\(directory)/\(name)/\(wanted)/model.json"
    guard let data = try contents(of: path, remedy: "restore it or train again") else {
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
    let versions = try versions(of: name)
    guard !versions.isEmpty else {
      throw .unknownModel(
        name: name, directory: directory, nearest: nearestName(to: name, among: try names()))
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
    var number = (try versions(of: model.name).last.flatMap { Int($0) } ?? 0) + 1
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
      let history = try history(of: name)
      if history.first != version { try writeHistory([version] + history, of: name) }
    }
  }

  /// Puts `version` into service if none is; true if it did.
  public func promoteIfFirst(_ name: String, version: String) throws(ModelError) -> Bool {
    _ = try load(name, version: version)
    return try withLock(name) { () throws(ModelError) in
      guard try history(of: name).isEmpty else { return false }
      try writeHistory([version], of: name)
      return true
    }
  }

  /// Puts the version that was in service before the present one back, and returns it; versions whose
  /// folder is gone are passed over.
  public func rollback(_ name: String) throws(ModelError) -> String {
    let versions = try knownVersions(of: name)
    return try withLock(name) { () throws(ModelError) in
      let history = try history(of: name)
      guard let present = history.first else { throw .noChampion(name: name) }
      let earlier = Array(history.drop { $0 == present || !versions.contains($0) })
      guard let version = earlier.first else {
        throw .nothingToRollBack(name: name, version: present)
      }
      // The present version may be the broken one; the one to go back to may not.
      _ = try load(name, version: version)
      try writeHistory(earlier, of: name)
      return version
    }
  }

  /// The versions that were in service, the present one first; none only where there is no such file, since
  /// a first promotion writes it anew.
  private func history(of name: String) throws(ModelError) -> [String] {
    let path = "\(directory)/\(name)/champion"
    let remedy = "restore it, or delete it and promote a version"
    guard isName(name), let data = try contents(of: path, remedy: remedy) else { return [] }
    let lines = String(decoding: data, as: UTF8.self).split(separator: "\n").map { String($0) }
    if lines.isEmpty { throw .file(path: path, reason: "names no version; \(remedy)") }
    for (index, line) in lines.enumerated() where versionNumber(line) == nil {
      throw .file(path: path, reason: "line \(index + 1) is no version; \(remedy)")
    }
    return lines
  }

  private func writeHistory(_ versions: [String], of name: String) throws(ModelError) {
    let path = "\(directory)/\(name)/champion"
    do throws(TableError) {
      let file = try OutputFile(path: path)
      try file.write(Array(versions.map { $0 + "\n" }.joined().utf8))
      try file.commit()
    } catch {
      guard case .cannotWrite(_, let reason) = error else {
        throw .file(path: path, reason: "\(error)")
      }
      throw .file(path: path, reason: "cannot be written: \(reason)")
    }
  }

  /// Holds the model's lock file, so that two programs do not both read and then write `champion`.
  private func withLock<Result>(
    _ name: String, _ body: () throws(ModelError) -> Result
  ) throws(ModelError) -> Result {
    let path = "\(directory)/\(name)/.lock"
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw lockFault(path) }
    defer { close(descriptor) }
    while flock(descriptor, LOCK_EX) != 0 {
      guard errno == EINTR else { throw lockFault(path) }
    }
    return try body()
  }

  private func lockFault(_ path: String) -> ModelError {
    .file(
      path: path,
      reason: "cannot be opened and locked: \(systemErrorText()); let this user write to its folder"
    )
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

  /// The number that `text` is, where it is written as versions are.
  private func versionNumber(_ text: String) -> Int? {
    Int(text).flatMap { $0 > 0 && "\($0)" == text ? $0 : nil }
  }

  /// What the folder at `path` holds, in order; nothing where opening it fails by one of `absentIf`.
  private func children(
    of path: String, absentIf: [Int32] = [ENOENT]
  ) throws(ModelError) -> [String] {
    let remedy = "name another folder by --models"
    guard let folder = opendir(path) else {
      if absentIf.contains(errno) { return [] }
      throw readFault(path, remedy: remedy)
    }
    defer { closedir(folder) }
    var names: [String] = []
    errno = 0
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
      errno = 0
    }
    guard errno == 0 else { throw readFault(path, remedy: remedy) }
    return names.sorted()
  }

  /// The bytes of the file at `path`; `nil` where there is none.
  private func contents(of path: String, remedy: String) throws(ModelError) -> Data? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      // Where a folder on the way is a plain file, there is no file either.
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw readFault(path, remedy: remedy)
    }
    defer { close(descriptor) }
    var data = Data()
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(descriptor, &block, block.count)
      if count == 0 { return data }
      if count > 0 {
        data.append(contentsOf: block[..<count])
      } else if errno != EINTR {
        throw readFault(path, remedy: remedy)
      }
    }
  }

  private func readFault(_ path: String, remedy: String) -> ModelError {
    let remedy = errno == EACCES || errno == EPERM ? "let this user read it" : remedy
    return .file(path: path, reason: "cannot be read: \(systemErrorText()); \(remedy)")
  }
}
