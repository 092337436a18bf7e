import ArgumentParser
import CAllocator
import Dispatch
import Glibc
import Tables

@main
struct Hourglass: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hourglass",
    abstract: "Scores customers for CRM marketing.",
    discussion: "Data goes to standard output, messages to standard error.",
    version: programVersion,
    subcommands: [
      TrainCommand.self, EvaluateCommand.self, ScoreCommand.self, ModelsCommand.self,
      ImportCommand.self, CustomerCommand.self, QualityCommand.self, ExperimentCommand.self,
      SimulateCommand.self, VersionCommand.self,
    ])

  static func main() {
    hourglass_return_freed_memory()
    // A reader that closes the pipe early (head) is no error worth a signal.
    signal(SIGPIPE, SIG_IGN)
    // Nor is a limit on a file's size: writing fails and says so.
    signal(SIGXFSZ, SIG_IGN)
    let sources = [SIGINT, SIGTERM, SIGHUP].compactMap(cleaningUp)
    defer { withExtendedLifetime(sources) {} }
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let failure as any CustomStringConvertible & Error where ExitStatus(failure) != nil {
      Console.message("hourglass: \(failure)")
      Glibc.exit(ExitStatus(failure)?.rawValue ?? ExitStatus.other.rawValue)
    } catch  where exitCode(for: error) == .validationFailure {
      Console.message("hourglass: \(usageMessage(error))")
      Glibc.exit(ExitStatus.usage.rawValue)
    } catch {
      exit(withError: error)
    }
  }

  /// What is wrong with the flags and whose help to read, on one line as every other error.
  private static func usageMessage(_ error: any Error) -> String {
    let problem = message(for: error).split(separator: "\n").joined(separator: " ")
    // The parser alone knows which command it was; it says so on its last line.
    let hint = fullMessage(for: error).split(separator: "\n").last.flatMap {
      $0.firstMatch(of: /See ('.+ --help')/)?.output.1
    }
    return "\(problem); see \(hint ?? "'hourglass --help'")"
  }

  /// Lets the signal `number` end the program without leaving partial files; a signal that whoever started
  /// the program ignores (nohup) stays ignored.
  private static func cleaningUp(on number: Int32) -> (any DispatchSourceSignal)? {
    var action = sigaction()
    sigaction(number, nil, &action)
    let handler = action.__sigaction_handler.sa_handler
    guard unsafeBitCast(handler, to: Int.self) != unsafeBitCast(SIG_IGN, to: Int.self) else {
      return nil
    }
    let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
    let isInstalled = DispatchSemaphore(value: 0)
    source.setRegistrationHandler { isInstalled.signal() }
    source.setEventHandler { OutputFile.exitWithoutPartialFiles(128 + number) }
    source.resume()
    isInstalled.wait()
    return source
  }
}

let programVersion = "0.1.0"
