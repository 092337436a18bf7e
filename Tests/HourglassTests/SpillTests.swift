import Foundation
import Testing

/// Training on rows in files.
@Suite struct SpillTests {
  private let place: Workplace
  private static let train = ["train", "buyers", "--data", "customers.csv", "--target", "bought"]

  init() throws {
    place = try Workplace()
    try place.write(Customers().text, to: "customers.csv")
  }

  @Test func theModelIsThatOfATrainingInMemory() throws {
    try FileManager.default.createDirectory(
      at: place.path("spill"), withIntermediateDirectories: true)
    let inMemory = try place.run(Self.train + ["--models", "a", "--spill", "never"])
    let spilled = try place.run(Self.train + ["--models", "b", "--spill", "spill"])
    #expect(spilled.exitCode == 0 && inMemory.exitCode == 0, "\(spilled.error)")
    #expect(
      untimed(spilled.output.replacing("b/buyers", with: "a/buyers")) == untimed(inMemory.output))
    #expect(try place.bytes("a/buyers/1/model.json") == place.bytes("b/buyers/1/model.json"))
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: place.path("spill").path).isEmpty)
  }

  /// The output without the time that the fit took.
  private func untimed(_ output: String) -> String {
    output.split(separator: "\n", omittingEmptySubsequences: false)
      .filter { !$0.hasPrefix("fitted in ") }.joined(separator: "\n")
  }

  @Test(arguments: [
    ["--firth"], ["--group", "colour"], ["--se", "cluster:colour"], ["--kind", "multinomial"],
  ])
  func whatNeedsMemoryIsRefused(flags: [String]) throws {
    let words =
      flags[0] == "--se"
      ? "--se cluster:colour"
      : flags[0] == "--group"
        ? "--group"
        : flags
          .joined(separator: " ")
    try place.expectRefusal(
      Self.train + flags + ["--spill", "."], exitCode: 64,
      message:
        "\(words) needs all rows in memory; leave --spill out, or train on a sample of the rows")
  }

  @Test func idsAreNotComparedAndThatIsSaid() throws {
    let answer = try place.run(Self.train + ["--id", "id", "--spill", "."])
    #expect(answer.exitCode == 0)
    #expect(
      answer.error == "customers.csv: rows are in files of ., so that duplicates of 'id' are not "
        + "looked for\n")
  }

  @Test func aFolderThatIsMissingIsNamed() throws {
    try place.expectRefusal(
      Self.train + ["--spill", "nowhere"], exitCode: 1,
      message: "nowhere: cannot be written: there is no such folder; create it first")
  }

  @Test func aCompressedFileIsToBeUnpacked() throws {
    _ = try place.shell("gzip -k customers.csv")
    try place.expectRefusal(
      ["train", "buyers", "--data", "customers.csv.gz", "--target", "bought", "--spill", "."],
      exitCode: 64, message: "--spill needs a file that is not compressed; unpack it")
  }
}
