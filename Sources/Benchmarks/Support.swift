import Dispatch
import FoundationEssentials
import Glibc

/// `--name value` pairs.
struct Arguments {
  private var values: [String: String] = [:]

  init(_ words: [String]) {
    for (name, value) in zip(words, words.dropFirst()) where name.hasPrefix("--") {
      values[String(name.dropFirst(2))] = value
    }
  }

  func has(_ name: String) -> Bool { values[name] != nil }

  func text(_ name: String) throws -> String {
    guard let value = values[name] else { throw BenchmarkError.missing(name) }
    return value
  }

  func optionalText(_ name: String) -> String? { values[name] }

  func count(_ name: String, default standard: Int) throws -> Int {
    guard let text = values[name] else { return standard }
    guard let value = Int(text), value > 0 else { throw BenchmarkError.notPositive(name) }
    return value
  }
}

enum BenchmarkError: Error, CustomStringConvertible {
  case missing(String)
  case notPositive(String)
  case wrongAnswer(String)

  var description: String {
    switch self {
    case .missing(let name): "give --\(name)"
    case .notPositive(let name): "--\(name) takes a positive number"
    case .wrongAnswer(let text): "wrong answer: \(text)"
    }
  }
}

var processorCount: Int { ProcessInfo.processInfo.activeProcessorCount }

func seconds(of body: () throws -> Void) rethrows -> Double {
  let start = DispatchTime.now().uptimeNanoseconds
  try body()
  return Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
}

/// The processor time of all threads of this process so far: steadier than the clock on a busy machine.
var processorSeconds: Double {
  var usage = rusage()
  getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
  func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
  return seconds(usage.ru_utime) + seconds(usage.ru_stime)
}

/// The most memory that this process has had resident so far: its own, and pages of mapped files.
var peakResidentBytes: Int {
  var usage = rusage()
  getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
  return usage.ru_maxrss * 1024
}

func printJSON(_ value: some Encodable) throws {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  print(String(decoding: try encoder.encode(value), as: UTF8.self))
}

func printError(_ text: String) {
  let line = Array((text + "\n").utf8)
  _ = write(STDERR_FILENO, line, line.count)
}
