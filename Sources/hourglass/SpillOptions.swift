import ArgumentParser
import FoundationEssentials
import Tables
import Training

/// Where the rows of a training go that the memory does not hold.
struct SpillOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A folder for rows that the memory does not hold: 'auto' finds one where needed, 'never'.",
      valueName: "folder"))
  var spill = "auto"

  /// A training in memory takes about so many times the bytes of its CSV file: the table, the training
  /// rows, and both encoded.
  private static let bytesPerByte = 4
  /// Beyond this share of the memory other programs have too little.
  private static let memoryShare = 0.6

  /// The folder to spill to; `nil` to train in memory, which is told by a message where the file is large
  /// for it.
  func directory(for file: CSVFile, _ specification: FitSpecification) throws -> String? {
    guard spill != "never" else { return nil }
    let obstacle = specification.whatNeedsMemory
    let isCompressed = file.path.hasSuffix(".gz")
    if spill != "auto" {
      // Its text would have to be in memory to be read more than once.
      if let obstacle { throw UsageError("\(TrainingError.needsMemory(obstacle))") }
      if isCompressed { throw UsageError("--spill needs a file that is not compressed; unpack it") }
      return spill
    }
    let needed = Double(Self.bytesPerByte * (file.byteCount ?? 0))
    let memory = Double(ProcessInfo.processInfo.physicalMemory)
    guard !isCompressed, needed > Self.memoryShare * memory else { return nil }
    if let obstacle {
      Console.message(
        "\(file.path): \(obstacle) needs all rows in memory, which this file may take more of than "
          + "there is")
      return nil
    }
    // /tmp may itself be memory; what is in /var/tmp is on a disk.
    return ProcessInfo.processInfo.environment["TMPDIR"] ?? "/var/tmp"
  }
}
