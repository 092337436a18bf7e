import ArgumentParser

@main
struct Hourglass: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hourglass",
    abstract: "Scores customers and judges experiments for CRM marketing.")
}
