import Dispatch
import Foundation
import Scoring
import Synchronization
import TestSupport
import Testing

@Suite struct ModelRegistryTests {
  private let folder: TemporaryFolder
  private let registry: ModelRegistry

  init() throws {
    folder = try TemporaryFolder()
    registry = ModelRegistry(directory: folder.file("models"))
  }

  @discardableResult
  private func add(_ name: String = "lead", seed: UInt64 = 1) throws -> String {
    try registry.add(everyKindModel(name: name, seed: seed)) { "card of version \($0)" }
  }

  private func fault(_ body: () throws -> Void) -> String? {
    do {
      try body()
      return nil
    } catch {
      return error is ModelError ? "\(error)" : "untyped: \(error)"
    }
  }

  @Test func versionsCountFromOne() throws {
    #expect(try (1...11).map { try add(seed: $0) } == (1...11).map { "\($0)" })
    #expect(try registry.versions(of: "lead") == (1...11).map { "\($0)" })
    #expect(try add("churn") == "1")
    #expect(try registry.names() == ["churn", "lead"])
    let card = try String(contentsOfFile: folder.file("models/lead/3/card.md"), encoding: .utf8)
    #expect(card == "card of version 3")
    #expect(try registry.load("lead", version: "3").model == everyKindModel(seed: 3))
  }

  @Test func nothingIsLeftBesideTheVersions() throws {
    try add()
    #expect(
      folder.contents
        == [
          "models", "models/lead", "models/lead/1", "models/lead/1/card.md",
          "models/lead/1/model.json",
        ])
  }

  @Test func addingAtOnceGivesEachItsOwnVersion() throws {
    let versions = Mutex<[String: UInt64]>([:])
    let registry = registry
    DispatchQueue.concurrentPerform(iterations: 8) { index in
      do {
        let seed = UInt64(index + 1)
        let version = try registry.add(everyKindModel(seed: seed)) { "card of version \($0)" }
        versions.withLock { $0[version] = seed }
      } catch {
        Issue.record(error)
      }
    }
    let seeds = versions.withLock { $0 }
    #expect(seeds.keys.sorted() == (1...8).map { "\($0)" })
    #expect(Set(seeds.values).count == 8)
    for (version, seed) in seeds {
      #expect(try registry.load("lead", version: version).model.training.seed == seed)
      let card = folder.file("models/lead/\(version)/card.md")
      #expect(try String(contentsOfFile: card, encoding: .utf8) == "card of version \(version)")
    }
    #expect(folder.contents.filter { $0.contains("partial") } == [])
  }

  @Test func firstVersionGoesIntoServiceAndLaterOnesDoNot() throws {
    try add()
    #expect(try registry.champion(of: "lead") == nil)
    #expect(
      fault { _ = try registry.load("lead") }
        == "model 'lead' has no version in service; promote one")
    #expect(try registry.promoteIfFirst("lead", version: "1"))
    try add()
    #expect(try !registry.promoteIfFirst("lead", version: "2"))
    let entry = try registry.load("lead")
    #expect(entry.version == "1")
    #expect(entry.isChampion)
    #expect(try !registry.load("lead", version: "2").isChampion)
    #expect(entry.sha256.count == 64)
  }

  @Test func rollbackGoesBackThroughTheVersionsThatWereInService() throws {
    for seed in 1...3 { try add(seed: UInt64(seed)) }
    for version in ["1", "3", "3", "2", "3"] { try registry.promote("lead", version: version) }
    #expect(try registry.champion(of: "lead") == "3")
    #expect(try registry.rollback("lead") == "2")
    #expect(try registry.rollback("lead") == "3")
    #expect(try registry.rollback("lead") == "1")
    #expect(
      fault { _ = try registry.rollback("lead") }
        == "model 'lead': no version was in service before 1")
    #expect(try registry.champion(of: "lead") == "1")
  }

  @Test func promotingAtOnceLosesNoVersionFromTheHistory() throws {
    for seed in 1...4 { try add(seed: UInt64(seed)) }
    let registry = registry
    DispatchQueue.concurrentPerform(iterations: 4) { index in
      do {
        try registry.promote("lead", version: "\(index + 1)")
      } catch {
        Issue.record(error)
      }
    }
    var seen = [try registry.load("lead").version]
    for _ in 1..<4 { seen.append(try registry.rollback("lead")) }
    #expect(seen.sorted() == ["1", "2", "3", "4"])
  }

  @Test func nothingToRollBackWhereNothingIsInService() throws {
    try add()
    #expect(
      fault { _ = try registry.rollback("lead") }
        == "model 'lead' has no version in service; promote one")
  }

  @Test func versionThatCannotBeLoadedCanBeRolledBackButNotTo() throws {
    for seed in 1...3 { try add(seed: UInt64(seed)) }
    for version in ["1", "2", "3"] { try registry.promote("lead", version: version) }
    try corrupt("3")
    #expect(try registry.rollback("lead") == "2")
    try corrupt("1")
    #expect(fault { _ = try registry.rollback("lead") }?.contains("it is not whole JSON") == true)
    #expect(try registry.champion(of: "lead") == "2")
  }

  private func corrupt(_ version: String) throws {
    _ = try folder.write("{", to: "models/lead/\(version)/model.json")
  }

  @Test func corruptVersionDoesNotHideTheOthers() throws {
    for seed in 1...3 { try add(seed: UInt64(seed)) }
    try corrupt("2")
    #expect(try registry.versions(of: "lead") == ["1", "2", "3"])
    #expect(try registry.load("lead", version: "3").model.training.seed == 3)
    let path = folder.file("models/lead/2/model.json")
    let expected =
      "\(path): not a complete model file: it is not whole JSON; restore it or train again"
    #expect(fault { _ = try registry.load("lead", version: "2") } == expected)
    #expect(fault { try registry.promote("lead", version: "2") } == expected)
    #expect(try registry.champion(of: "lead") == nil)
    #expect(try add(seed: 4) == "4")
  }

  @Test func lostModelFileIsAnErrorThatNamesIt() throws {
    try add()
    let path = folder.file("models/lead/1/model.json")
    try FileManager.default.removeItem(atPath: path)
    #expect(
      fault { _ = try registry.load("lead", version: "1") }
        == "\(path): cannot be read; restore it or train again")
  }

  @Test(arguments: ["../x", "", "a/b", "ä", ".", "..", "a b", "a\0", "имя", ".hidden", "x\n"])
  func invalidNameIsRefusedEverywhere(name: String) throws {
    try add()
    let expected = "'\(name)' cannot name a model; use letters, digits, '-' and '_'"
    #expect(fault { try registry.checkName(name) } == expected)
    #expect(fault { try add(name) } == expected)
    #expect(fault { _ = try registry.load(name) } == expected)
    #expect(fault { try registry.promote(name, version: "1") } == expected)
    #expect(fault { _ = try registry.promoteIfFirst(name, version: "1") } == expected)
    #expect(fault { _ = try registry.rollback(name) } == expected)
    #expect(try registry.versions(of: name) == [])
    #expect(try registry.champion(of: name) == nil)
    #expect(try registry.names() == ["lead"])
    #expect(folder.contents.count == 5)
  }

  @Test func unknownNamesSuggestTheNearest() throws {
    try add("lead_2026")
    try add("churn")
    let directory = registry.directory
    for body in [
      { _ = try registry.load("leda_2026") }, { try registry.promote("leda_2026", version: "1") },
      { _ = try registry.promoteIfFirst("leda_2026", version: "1") },
      { _ = try registry.rollback("leda_2026") },
    ] as [() throws -> Void] {
      #expect(fault(body) == "no model 'leda_2026' in \(directory); is 'lead_2026' meant?")
    }
    #expect(
      fault { _ = try registry.load("offer") }
        == "no model 'offer' in \(directory); train one, or name its folder by --models")
  }

  @Test(arguments: ["4", "0", "-1", "01", "+1", "1/../1", "../lead/1", "", "latest"])
  func unknownVersionListsThoseThereAre(version: String) throws {
    try add()
    try add()
    let expected = "model 'lead' has no version \(version); it has 1, 2"
    #expect(fault { _ = try registry.load("lead", version: version) } == expected)
    #expect(fault { try registry.promote("lead", version: version) } == expected)
    #expect(fault { _ = try registry.promoteIfFirst("lead", version: version) } == expected)
    #expect(try registry.champion(of: "lead") == nil)
  }

  @Test func foldersThatAreNoVersionsAreLeftAlone() throws {
    try add()
    for name in ["lead/notes", "lead/02", "lead/-3", "lead/.x.partial", "not a model/1"] {
      try FileManager.default.createDirectory(
        atPath: folder.file("models/\(name)"), withIntermediateDirectories: true)
    }
    #expect(try registry.versions(of: "lead") == ["1"])
    #expect(try registry.names() == ["lead"])
    #expect(try add() == "2")
  }

  @Test func emptyRegistryHasNoNames() throws {
    #expect(try registry.names() == [])
    #expect(try registry.versions(of: "lead") == [])
    #expect(try registry.champion(of: "lead") == nil)
  }

  @Test func folderThatCannotBeMadeIsAnErrorThatSaysWhy() throws {
    _ = try folder.write("a file where the folder should be", to: "models")
    let home = folder.file("models/lead")
    #expect(
      fault { try add() } == "\(home): cannot be written: Not a directory; no version was added")
    #expect(folder.contents == ["models"])
  }

  /// A folder in the file's place cannot be read by any user; permissions do not stop root.
  @Test func championThatCannotBeReadIsNotNoChampion() throws {
    for seed in 1...2 { try add(seed: UInt64(seed)) }
    let path = folder.file("models/lead/champion")
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    let expected =
      "\(path): cannot be read: Is a directory; restore it, or delete it and promote a version"
    for body in [
      { _ = try registry.champion(of: "lead") }, { _ = try registry.load("lead", version: "1") },
      { _ = try registry.promoteIfFirst("lead", version: "2") },
      { try registry.promote("lead", version: "2") }, { _ = try registry.rollback("lead") },
    ] as [() throws -> Void] {
      #expect(fault(body) == expected)
    }
  }

  @Test(arguments: [
    ("", "names no version"), ("\n", "names no version"), ("latest\n", "line 1 is no version"),
    ("2\n01\n", "line 2 is no version"), ("2\n1\n\0\n", "line 3 is no version"),
  ])
  func championThatIsNoListOfVersionsIsAnError(text: String, problem: String) throws {
    for seed in 1...2 { try add(seed: UInt64(seed)) }
    let path = try folder.write(text, to: "models/lead/champion")
    let expected = "\(path): \(problem); restore it, or delete it and promote a version"
    #expect(fault { _ = try registry.promoteIfFirst("lead", version: "1") } == expected)
    #expect(fault { _ = try registry.load("lead") } == expected)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
  }

  @Test func rollbackPassesOverVersionsThatAreGone() throws {
    for seed in 1...3 { try add(seed: UInt64(seed)) }
    for version in ["1", "3", "2", "3"] { try registry.promote("lead", version: version) }
    try FileManager.default.removeItem(atPath: folder.file("models/lead/2"))
    #expect(try registry.rollback("lead") == "1")
    #expect(try registry.champion(of: "lead") == "1")
  }

  @Test func folderOfModelsThatCannotBeReadIsAnError() throws {
    let path = try folder.write("a file where the folder should be", to: "models")
    let expected = "\(path): cannot be read: Not a directory; name another folder by --models"
    #expect(fault { _ = try registry.names() } == expected)
    #expect(fault { _ = try registry.load("lead") } == expected)
  }

  @Test(.enabled(if: getuid() != 0, "root may read and write everywhere"))
  func whatIsNotPermittedIsSaidToBe() throws {
    try add()
    let home = folder.file("models/lead")
    func without(_ mode: mode_t, at path: String, _ body: () throws -> Void) -> String? {
      chmod(path, mode)
      defer { chmod(path, 0o755) }
      return fault(body)
    }
    #expect(
      without(0, at: home + "/1/model.json") { _ = try registry.load("lead", version: "1") }
        == "\(home)/1/model.json: cannot be read: Permission denied; let this user read it")
    #expect(
      without(0o555, at: home) { try registry.promote("lead", version: "1") }
        == "\(home)/.lock: cannot be opened and locked: Permission denied; "
        + "let this user write to its folder")
    #expect(
      without(0, at: registry.directory) { _ = try registry.names() }
        == "\(registry.directory): cannot be read: Permission denied; let this user read it")
    try registry.promote("lead", version: "1")
    #expect(
      without(0, at: home + "/champion") { _ = try registry.champion(of: "lead") }
        == "\(home)/champion: cannot be read: Permission denied; let this user read it")
  }
}
