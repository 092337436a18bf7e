import Foundation
import Testing

/// Pinned fits through the command line, against other software; scripts/reference/train_command.py made
/// the expected numbers.
struct PinnedFitTests {
  private let place: Workplace

  init() throws {
    place = try Workplace()
    try place.write(Data(contentsOf: Self.fixture("pinned.csv")), to: "pinned.csv")
  }

  private static func fixture(_ name: String) throws -> URL {
    try #require(Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: nil))
  }

  private static let cases: [Case] =
    (try? JSONSerialization.jsonObject(with: Data(contentsOf: fixture("pinned.json"))))
    .flatMap { try? JSON($0).array("cases") }?.map(Case.init) ?? []

  struct Case: CustomTestStringConvertible, @unchecked Sendable {
    // Immutable: read from a file once.
    let expected: JSON
    var flags: [String] { (try? expected.array("flags").map { try $0.string() }) ?? [] }
    var testDescription: String { flags.dropFirst(7).joined(separator: " ") }
  }

  @Test func thereAreCases() { #expect(Self.cases.count == 19) }

  @Test(arguments: cases)
  func theFitIsThatOfOtherSoftware(_ pinned: Case) throws {
    let training = try place.run(
      ["train", "pinned", "--data", "pinned.csv", "--json"] + pinned.flags)
    #expect(training.exitCode == 0, "\(training.error)")
    #expect(try !training.json().has("evaluation"))
    let shown = try place.run("models", "show", "pinned", "--json").json()
    let expected = pinned.expected
    if expected.has("classes") {
      let (classes, others) = try (shown.array("classes"), expected.array("classes"))
      #expect(try classes.map { try $0.string("name") } == others.map { try $0.string("name") })
      for (ours, theirs) in zip(classes, others) { try expectEquation(ours, theirs) }
    } else {
      try expectEquation(shown, expected)
    }
    if expected.has("interceptStandardError") {
      try expectClose(
        shown.number("interceptWald.standardError"), expected.number("interceptStandardError"),
        relative: 1e-6)
    }
    if expected.has("objective") {
      try expectClose(
        shown.number("training.fit.objective"), expected.number("objective"), relative: 1e-10)
    }
    if expected.has("test") { try expectTest(shown, expected.at("test")) }
  }

  private func expectEquation(_ shown: JSON, _ expected: JSON) throws {
    // The references agree with each other to 1e-8; the fits stop at 1e-10 of the objective or less.
    try expectClose(shown.number("intercept"), expected.number("intercept"), relative: 1e-6)
    let terms = try shown.array("coefficients")
    for term in try expected.array("terms") {
      let ours = try #require(try terms.first { try same($0, term) })
      try expectClose(
        ours.number("coefficient"), term.number("coefficient"), relative: 1e-6)
      if term.has("standardError") {
        try expectClose(
          ours.number("wald.standardError"), term.number("standardError"), relative: 1e-6)
      }
    }
    #expect(try terms.count == expected.array("terms").count)
  }

  private func expectTest(_ shown: JSON, _ expected: JSON) throws {
    let tests = try shown.array("inference.tests")
    #expect(try tests.map { try $0.string("feature") } == [expected.string("feature")])
    try expectClose(
      tests[0].number("statistic"), expected.number("statistic"), relative: 1e-6)
    #expect(
      try tests[0].number("degreesOfFreedom") == expected.number("degreesOfFreedom"))
  }

  private func same(_ term: JSON, _ other: JSON) throws -> Bool {
    let level = term.has("level") ? try term.string("level") : nil
    let otherLevel = other.has("level") ? try other.string("level") : nil
    return try term.string("feature") == other.string("feature") && level == otherLevel
  }

  /// Numbers near 0 are held to a thousandth of the tolerance.
  private func expectClose(_ value: Double, _ expected: Double, relative: Double) throws {
    #expect(abs(value - expected) <= relative * max(abs(expected), 1e-3))
  }
}
