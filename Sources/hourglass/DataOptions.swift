import ArgumentParser
import FoundationEssentials
import Glibc
import Scoring
import Tables

/// How the data file is to be read, for every command that reads one.
struct DataOptions: ParsableArguments {
  @Option(
    help: "The CSV file, perhaps .gz, or '-'; its delimiter and encoding are found by themselves.",
    transform: { $0 == "-" ? "/dev/stdin" : $0 })
  var data: String

  @Option(help: "The delimiter: a character, or 'tab'.")
  var delimiter: String?

  @Option(help: "utf-8 or windows-1251.")
  var encoding: String?

  @Option(help: "The decimal mark: '.' or ','.")
  var decimal: String?

  @Option(
    parsing: .unconditionalSingleValue,
    help: "A word that means a missing value, besides NA, NaN, null and \\N (repeatable).")
  var missing: [String] = []

  @Option(help: ArgumentHelp("Where rejected rows go, as CSV.", valueName: "file"))
  var rejects: String?

  @Option(help: "The share of rows that may be rejected, as 0.01 or 1%.")
  var maxRejects = "1%"

  @Option(help: "Threads; the result does not depend on it.")
  var threads: Int?

  var threadCount: Int { threads ?? ProcessInfo.processInfo.activeProcessorCount }

  func validate() throws {
    _ = try csvOptions()
    try refuseSameFile(("--data", data), ("--rejects", rejects))
    if let threads, threads < 1 {
      throw ValidationError("--threads is \(threads); give a positive number")
    }
    // Every thread holds a chunk of the file; the system may refuse to start thousands.
    let limit = 4 * ProcessInfo.processInfo.activeProcessorCount
    if let threads, threads > limit {
      throw ValidationError("--threads is \(threads); give at most \(limit), 4 per processor")
    }
  }

  /// - Parameter missing: words that mean a missing value to the model, besides the user's own.
  func open(missing: [String] = []) throws -> CSVFile {
    var options = try csvOptions()
    options.missing += missing
    return try CSVFile(path: data, options: options)
  }

  func rejectLog() throws -> RejectLog {
    try RejectLog(
      path: data, rejectsPath: rejects, maxRejects: csvOptions().maxRejects)
  }

  private func csvOptions() throws -> CSVOptions {
    CSVOptions(
      delimiter: try delimiter.map(Self.delimiterByte),
      encoding: try encoding.map(Self.textEncoding), decimalMark: try decimal.map(Self.markByte),
      missing: missing, maxRejects: try Self.share(maxRejects))
  }

  private static func delimiterByte(_ text: String) throws -> UInt8 {
    if text == "tab" || text == "\\t" { return UInt8(ascii: "\t") }
    guard text.utf8.count == 1, let byte = text.utf8.first, !"\"\n\r".utf8.contains(byte) else {
      throw ValidationError("--delimiter is '\(text)'; give one ASCII character, or 'tab'")
    }
    return byte
  }

  private static func textEncoding(_ text: String) throws -> TextEncoding {
    let name = text.lowercased()
    if ["utf8", "utf-8"].contains(name) { return .utf8 }
    if ["windows-1251", "cp1251", "windows1251"].contains(name) { return .windows1251 }
    throw ValidationError("--encoding is '\(text)'; give utf-8 or windows-1251")
  }

  private static func markByte(_ text: String) throws -> UInt8 {
    guard text == "." || text == ",", let byte = text.utf8.first else {
      throw ValidationError("--decimal is '\(text)'; give '.' or ','")
    }
    return byte
  }

  static func share(_ text: String) throws -> Double {
    let isPercent = text.hasSuffix("%")
    let number = Double(isPercent ? String(text.dropLast()) : text)
    guard let number, number >= 0, (isPercent ? number / 100 : number) <= 1 else {
      throw ValidationError("--max-rejects is '\(text)'; give a share such as 0.01 or 1%")
    }
    return isPercent ? number / 100 : number
  }
}

/// Throws where two of the files named are one: a result would replace what is read, or another result.
func refuseSameFile(_ files: (flag: String, path: String?)...) throws {
  for (index, file) in files.enumerated() {
    for other in files[..<index] {
      guard let path = file.path, let otherPath = other.path, isSameFile(path, otherPath) else {
        continue
      }
      throw ValidationError("\(file.flag) names the file of \(other.flag), '\(path)'; name another")
    }
  }
}

/// Whether both paths lead to one plain file, or would once it is written; a device may serve twice.
private func isSameFile(_ path: String, _ other: String) -> Bool {
  guard let first = FileStatus(path), let second = FileStatus(other) else {
    return URL(filePath: path).standardizedFileURL == URL(filePath: other).standardizedFileURL
  }
  return first.isPlainFile && first == second
}

/// What the system knows of a file.
struct FileStatus: Equatable {
  let isPlainFile: Bool
  let isFolder: Bool
  /// Whether it gives its bytes only once.
  let isPipe: Bool
  private let device: UInt
  private let number: UInt

  /// `nil` where there is no such file.
  init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    let kind = status.st_mode & S_IFMT
    isPlainFile = kind == S_IFREG
    isFolder = kind == S_IFDIR
    isPipe = kind == S_IFIFO || kind == S_IFSOCK || kind == S_IFCHR
    device = status.st_dev
    number = status.st_ino
  }
}

/// Where the models are.
struct ModelOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The folder of models.", valueName: "folder"))
  var models = "models"

  var registry: ModelRegistry { ModelRegistry(directory: models) }
}

/// An instant given on the command line, in seconds since 1970.
func instant(_ text: String, flag: String) throws -> Double {
  let seconds = Array(text.utf8).withUnsafeBytes { DateParser.seconds($0, order: .yearFirst) }
  guard let seconds else {
    throw ValidationError("\(flag) is '\(text)'; give a date such as 2026-05-31")
  }
  return seconds
}
