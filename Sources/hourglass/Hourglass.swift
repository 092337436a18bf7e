import ArgumentParser
import Glibc

@main
struct Hourglass: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hourglass",
    abstract: "Scores customers and judges experiments for CRM marketing.",
    discussion: "Data goes to standard output, messages to standard error.",
    version: programVersion,
    subcommands: [
      TrainCommand.self, EvaluateCommand.self, ScoreCommand.self, ModelsCommand.self,
      SimulateCommand.self, VersionCommand.self,
    ])

  static func main() {
    // A reader that closes the pipe early (head) is no error worth a signal.
    signal(SIGPIPE, SIG_IGN)
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let failure as any CustomStringConvertible & Error where ExitStatus(failure) != nil {
      Console.message("hourglass: \(failure)")
      Glibc.exit(ExitStatus(failure)?.rawValue ?? ExitStatus.other.rawValue)
    } catch {
      exit(withError: error)
    }
  }
}

let programVersion = "0.1.0"
