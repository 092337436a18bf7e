import Foundation
import Testing

/// A folder of its own in which one test runs the program; removed with it.
///
/// Answers go to files and not to pipes, so that no child waits for a reader; what needs a pipe says so by
/// `shell`.
final class Workplace {
  let directory: URL
  /// Beside `directory`, so that a listing shows only what the program left.
  private let answers: URL

  /// The program, which is built beside the tests.
  static let program =
    Bundle.main.executableURL?.resolvingSymlinksInPath().deletingLastPathComponent()
    .appending(path: "hourglass").path ?? "hourglass"

  init() throws {
    let home = FileManager.default.temporaryDirectory
      .appending(path: "hourglass-tests-\(UUID().uuidString)")
    directory = home.appending(path: "work")
    answers = home.appending(path: "answers")
    for folder in [directory, answers] {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }
  }

  deinit { try? FileManager.default.removeItem(at: directory.deletingLastPathComponent()) }

  /// What one run of the program gave.
  struct Answer {
    let exitCode: Int32
    let output: String
    let error: String
  }

  /// Runs the program with `arguments` in the folder.
  func run(
    _ arguments: String..., input: String = "/dev/null", environment: [String: String] = [:]
  ) throws -> Answer {
    try start(arguments, input: input, environment: environment).wait()
  }

  func run(_ arguments: [String]) throws -> Answer { try start(arguments).wait() }

  /// Runs `script` by bash, for which `hourglass` is the program.
  func shell(_ script: String) throws -> Answer {
    try launch(
      "/bin/bash", ["-c", "hourglass() { \"$PROGRAM\" \"$@\"; }\n" + script], input: "/dev/null",
      environment: ["PROGRAM": Self.program]
    ).wait()
  }

  /// Starts the program and does not wait, for two at once.
  func start(
    _ arguments: [String], input: String = "/dev/null", environment: [String: String] = [:]
  ) throws -> Running {
    try launch(Self.program, arguments, input: input, environment: environment)
  }

  private func launch(
    _ executable: String, _ arguments: [String], input: String, environment: [String: String]
  ) throws -> Running {
    let process = Process()
    process.executableURL = URL(filePath: executable)
    process.arguments = arguments
    process.currentDirectoryURL = directory
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = try FileHandle(forReadingFrom: URL(filePath: input))
    let name = UUID().uuidString
    return try Running(
      process, output: answers.appending(path: name + ".out"),
      error: answers.appending(path: name + ".err"))
  }

  /// A run that has begun.
  final class Running {
    /// Far more than any run takes; a hang fails the test and does not stop the suite.
    static let timeoutSeconds = 120.0
    private let process: Process
    private let output: URL
    private let error: URL
    private let ended = DispatchSemaphore(value: 0)

    init(_ process: Process, output: URL, error: URL) throws {
      self.process = process
      self.output = output
      self.error = error
      for file in [output, error] { try Data().write(to: file) }
      process.standardOutput = try FileHandle(forWritingTo: output)
      process.standardError = try FileHandle(forWritingTo: error)
      process.terminationHandler = { [ended] _ in ended.signal() }
      try process.run()
    }

    func wait() throws -> Answer {
      guard ended.wait(timeout: .now() + Self.timeoutSeconds) == .success else {
        process.terminate()
        throw TimedOut(arguments: process.arguments ?? [])
      }
      return Answer(
        exitCode: process.terminationReason == .uncaughtSignal
          ? 128 + process.terminationStatus : process.terminationStatus,
        output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
        error: String(decoding: try Data(contentsOf: error), as: UTF8.self))
    }
  }

  struct TimedOut: Error { let arguments: [String] }
}

extension Workplace {
  func path(_ name: String) -> URL { directory.appending(path: name) }

  func write(_ text: String, to name: String) throws { try write(Data(text.utf8), to: name) }

  func write(_ data: Data, to name: String) throws { try data.write(to: path(name)) }

  func bytes(_ name: String) throws -> Data { try Data(contentsOf: path(name)) }

  func text(_ name: String) throws -> String {
    String(decoding: try bytes(name), as: UTF8.self)
  }

  /// The lines of a file, each cut at its commas; for files without quotes.
  func cells(_ name: String) throws -> [[String]] { cellsOfLines(try text(name)) }

  /// Every file and folder below, in order.
  func names() throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: directory.path).sorted()
  }
}

func cellsOfLines(_ text: String) -> [[String]] {
  text.split(separator: "\n").map {
    $0.split(separator: ",", omittingEmptySubsequences: false).map { String($0) }
  }
}

extension Workplace.Answer {
  var lines: [String] { output.split(separator: "\n").map { String($0) } }
  var errorLines: [String] { error.split(separator: "\n").map { String($0) } }

  /// The one JSON object on standard output.
  func json() throws -> JSON {
    try JSON(JSONSerialization.jsonObject(with: Data(output.utf8)))
  }
}

/// A JSON value, to be asked for by dotted paths: `evaluation.areaUnderROC.lower`.
struct JSON {
  private let value: Any

  init(_ value: Any) { self.value = value }

  func at(_ path: String) throws -> JSON {
    try path.split(separator: ".").reduce(self) { json, key in
      let object = try #require(json.value as? [String: Any], "no object above '\(key)' in \(path)")
      return JSON(try #require(object[String(key)], "no '\(key)' in \(path)"))
    }
  }

  func has(_ key: String) -> Bool { (value as? [String: Any])?[key] != nil }

  func number(_ path: String) throws -> Double {
    try #require(at(path).value as? NSNumber, "\(path) is no number").doubleValue
  }

  func string(_ path: String = "") throws -> String {
    try #require(at(path).value as? String, "\(path) is no string")
  }

  func bool(_ path: String) throws -> Bool {
    try #require(at(path).value as? Bool, "\(path) is no boolean")
  }

  func array(_ path: String) throws -> [JSON] {
    try #require(at(path).value as? [Any], "\(path) is no array").map(JSON.init)
  }
}
