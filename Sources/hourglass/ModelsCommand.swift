import ArgumentParser
import Evaluation
import FoundationEssentials
import Scoring
import Training

struct ModelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models",
    abstract: "Lists models, shows one, and chooses which version is in service.",
    subcommands: [List.self, Show.self, Promote.self, Rollback.self],
    defaultSubcommand: List.self)

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists every version of every model; * is in service.")
    @OptionGroup var location: ModelOptions
    @Flag(help: "Print one JSON object.") var json = false

    struct Line: Codable {
      let name: String
      let version: String
      let isChampion: Bool
      let sha256: String?
      let target: String?
      let areaUnderROC: Double?
      let logLoss: Double?
      /// Why the file cannot be used, where it cannot.
      let fault: String?
    }

    func run() throws {
      let registry = location.registry
      let lines = try registry.names().flatMap { name in
        let champion = Result { () throws(ModelError) in try registry.champion(of: name) }
        return try registry.versions(of: name).map { line(registry, name, $0, champion) }
      }
      if json { return try Console.printJSON(["models": lines]) }
      if lines.isEmpty {
        return Console.message("no models in \(location.models); make one by: hourglass train")
      }
      try Console.print(
        alignedTable(
          [["model", "version", "target", "area under ROC", "log loss"]]
            + lines.map {
              [
                $0.name, $0.version + ($0.isChampion ? "*" : " "), $0.target ?? "-",
                $0.areaUnderROC.map { digits($0, 4) } ?? "-",
                $0.logLoss.map { digits($0, 4) } ?? "-",
              ]
            }))
      var told: Set<String> = []
      for fault in lines.compactMap(\.fault) where told.insert(fault).inserted {
        Console.message(fault)
      }
    }

    /// A file that cannot be used is listed with its fault, so that one does not hide the others.
    private func line(
      _ registry: ModelRegistry, _ name: String, _ version: String,
      _ champion: Result<String?, ModelError>
    ) -> Line {
      do throws(ModelError) {
        let entry = try registry.load(name, version: version)
        return Line(
          name: name, version: version, isChampion: entry.isChampion, sha256: entry.sha256,
          target: entry.model.target.column,
          areaUnderROC: entry.model.evaluation?.areaUnderROC.estimate,
          logLoss: entry.model.evaluation?.logLoss, fault: nil)
      } catch {
        var isChampion = false
        if case .success(version) = champion { isChampion = true }
        return Line(
          name: name, version: version, isChampion: isChampion,
          sha256: nil, target: nil, areaUnderROC: nil, logLoss: nil, fault: "\(error)")
      }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Shows a model: its card, or with --json its numbers on the columns' own scale.")
    @Argument(help: "The model's name.") var name: String
    @OptionGroup var location: ModelOptions
    @Option(help: "A version, instead of the one in service.") var version: String?
    @Flag(help: "Print one JSON object.") var json = false

    struct Report: Codable {
      let model: ModelSummary
      let target: Target
      /// The score of the average training customer, from which reasons are counted.
      let base: Double
      /// The instant from which a date counts as days before; without dates absent.
      let snapshot: String?
      let intercept: Double
      /// Its standard error and test, where they were asked for.
      let interceptWald: WaldEstimate?
      let coefficients: [OriginalScale.Term]
      let inference: InferenceReport?
      let training: TrainingRecord
      let evaluation: ClassificationEvaluation?
    }

    /// What the standard errors are, and the tests of whole categories.
    struct InferenceReport: Codable {
      let kind: String
      let isValid: Bool
      let note: String?
      let tests: [InferenceRecord.FeatureTest]

      init(_ record: InferenceRecord) {
        kind = record.kind
        isValid = record.isValid
        note = record.note
        tests = record.tests
      }
    }

    func run() throws {
      let entry = try location.registry.load(name, version: version)
      let model = entry.model
      guard json else {
        return try Console.print(ModelCard(model: model, version: entry.version).markdown)
      }
      let scale = model.originalScale
      try Console.printJSON(
        Report(
          model: ModelSummary(entry), target: model.target, base: model.scorer.base,
          snapshot: model.encoder.snapshot.map {
            Date(timeIntervalSince1970: $0).formatted(.iso8601)
          },
          intercept: scale.intercept, interceptWald: scale.interceptWald,
          coefficients: scale.coefficients, inference: model.inference.map(InferenceReport.init),
          training: model.training, evaluation: model.evaluation))
    }
  }

  struct Promote: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Puts a version into service.")
    @Argument(help: "The model's name.") var name: String
    @Argument(help: "The version.") var version: String
    @OptionGroup var location: ModelOptions

    func run() throws {
      try location.registry.promote(name, version: version)
      Console.message("model \(name): version \(version) is in service")
    }
  }

  struct Rollback: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Puts the version back that was in service before.")
    @Argument(help: "The model's name.") var name: String
    @OptionGroup var location: ModelOptions

    func run() throws {
      let version = try location.registry.rollback(name)
      Console.message("model \(name): version \(version) is in service again")
    }
  }
}
