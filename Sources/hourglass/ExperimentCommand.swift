import ArgumentParser

struct ExperimentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "experiment",
    abstract: "Plans experiments and judges them at any look.",
    subcommands: [
      ExperimentPlanCommand.self, ExperimentSimulateCommand.self, ExperimentAuditCommand.self,
      ExperimentReportCommand.self, PolicyValueCommand.self,
    ])
}
