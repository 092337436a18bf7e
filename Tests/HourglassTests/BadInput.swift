import Foundation
import Testing

/// A file that cannot be used, and what a user is to read then.
struct BadInput: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let data: Data
  var name = "bad.csv"
  /// Behind `--data NAME`.
  var options: [String] = []
  var exitCode: Int32 = 65
  /// Behind `hourglass: `.
  let message: String

  init(
    _ description: String, _ data: Data, name: String = "bad.csv", options: [String] = [],
    exitCode: Int32 = 65, message: String
  ) {
    testDescription = description
    self.data = data
    self.name = name
    self.options = options
    self.exitCode = exitCode
    self.message = message
  }

  init(
    _ description: String, _ text: String, options: [String] = [], exitCode: Int32 = 65,
    message: String
  ) {
    self.init(
      description, Data(text.utf8), options: options, exitCode: exitCode, message: message)
  }
}

extension Workplace {
  /// Runs `command` and expects one line of `message`, no answer, and no file that was not there before.
  func expectRefusal(
    _ command: [String], exitCode: Int32, message: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let before = try names()
    let answer = try run(command)
    #expect(answer.exitCode == exitCode, sourceLocation: sourceLocation)
    #expect(answer.error == "hourglass: \(message)\n", sourceLocation: sourceLocation)
    #expect(answer.output == "", sourceLocation: sourceLocation)
    #expect(!answer.error.contains(Customers.secret), sourceLocation: sourceLocation)
    #expect(try names() == before, sourceLocation: sourceLocation)
  }
}
