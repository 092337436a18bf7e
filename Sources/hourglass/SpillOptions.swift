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

  /// The folder to spill to; `nil` to train in memory, which is told by a message where the file is large
  /// for it.
  func directory(for file: CSVFile, _ specification: FitSpecification) throws -> String? {
    guard spill != "never" else { return nil }
    let isCompressed = file.path.hasSuffix(".gz")
    if spill != "auto" {
      if let obstacle = specification.whatNeedsMemory {
        throw UsageError("\(TrainingError.needsMemory(obstacle))")
      }
      // Its text would have to be in memory to be read more than once.
      if isCompressed { throw UsageError("--spill needs a file that is not compressed; unpack it") }
      return spill
    }
    let choice = SpillChoice(
      fileByteCount: isCompressed ? nil : file.byteCount,
      memoryByteCount: ProcessInfo.processInfo.physicalMemory, specification)
    Console.messages([choice.note].compactMap(\.self), about: file.path)
    guard choice == .files else { return nil }
    // /tmp may itself be memory; what is in /var/tmp is on a disk.
    return ProcessInfo.processInfo.environment["TMPDIR"] ?? "/var/tmp"
  }
}
