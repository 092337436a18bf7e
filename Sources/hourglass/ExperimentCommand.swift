import ArgumentParser

struct ExperimentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "experiment",
    abstract: "Plans experiments, assigns variants and judges them at any look.",
    subcommands: [
      ExperimentPlanCommand.self, ExperimentStartCommand.self, ExperimentAssignCommand.self,
      ExperimentCheckCommand.self, ExperimentListCommand.self, ExperimentShowCommand.self,
      ExperimentReportCommand.self, ExperimentAuditCommand.self, ExperimentSimulateCommand.self,
      PolicyValueCommand.self,
    ])
}
