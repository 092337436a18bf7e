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
          target: entry.model.predictor.targetColumn,
          areaUnderROC: entry.model.predictor.evaluation?.areaUnderROC,
          logLoss: entry.model.predictor.evaluation?.logLoss, fault: nil)
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

    struct Report: Encodable {
      let model: ModelSummary
      let kind: Predictor.Kind
      /// Of several classes without words; of a choice the words are yes and no.
      let target: Target
      /// The score of the average training customer, from which reasons are counted; of classes see there.
      let base: Double?
      /// The instant from which a date counts as days before; without dates absent.
      let snapshot: String?
      let intercept: Double?
      /// Its standard error and test, where they were asked for.
      let interceptWald: WaldEstimate?
      let coefficients: [OriginalScale.Term]?
      let inference: InferenceReport?
      let classes: [ClassNumbers]?
      let availability: AvailabilitySource?
      let choiceSet: String?
      let offer: String?
      let training: TrainingRecord
      let evaluation: ModelEvaluation?
    }

    /// The numbers of one class: log-odds against the geometric mean of all.
    struct ClassNumbers: Encodable {
      let name: String
      let share: Double
      let base: Double
      let intercept: Double
      /// Its standard error and test, where they were asked for.
      let interceptWald: WaldEstimate?
      let coefficients: [OriginalScale.Term]
      let inference: InferenceReport?
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
      try Console.printJSON(Report(model, ModelSummary(entry)))
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

extension ModelsCommand.Show.Report {
  fileprivate init(_ model: Model, _ summary: ModelSummary) {
    let (scales, bases) = (model.originalScales, model.scorer.bases)
    self.model = summary
    kind = model.predictor.kind
    snapshot = model.encoder.snapshot.map {
      Date(timeIntervalSince1970: $0).formatted(.iso8601)
    }
    training = model.training
    evaluation = model.predictor.evaluation
    var (classes, availability): ([ModelsCommand.Show.ClassNumbers]?, AvailabilitySource?)
    var (choiceSet, offer): (String?, String?)
    var target = Target(column: model.predictor.targetColumn, positive: [], negative: [])
    switch model.predictor {
    case .binary(let binary): target = binary.target
    case .multinomial(let multinomial):
      availability = multinomial.availability
      classes = zip(multinomial.classes, zip(scales, bases)).map { own, numbers in
        .init(
          name: own.name, share: own.share, base: numbers.1, intercept: numbers.0.intercept,
          interceptWald: numbers.0.interceptWald, coefficients: numbers.0.coefficients,
          inference: own.equation.inference.map(ModelsCommand.Show.InferenceReport.init))
      }
    case .choice(let choice): (choiceSet, offer) = (choice.choiceSetColumn, choice.offerColumn)
    }
    self.target = target
    self.classes = classes
    self.availability = availability
    self.choiceSet = choiceSet
    self.offer = offer
    let isOne = scales.count == 1
    base = isOne ? bases.first : nil
    intercept = isOne ? scales.first?.intercept : nil
    interceptWald = isOne ? scales.first?.interceptWald : nil
    inference =
      isOne
      ? model.predictor.equations.first?.inference.map(
        ModelsCommand.Show.InferenceReport.init) : nil
    coefficients = isOne ? scales.first?.coefficients : nil
  }
}
