import CustomerData
import ExperimentFiles
import Experiments
import Plots
import Scoring
import Serving
import ShopSimulator
import Simulation
import Tables
import Training

/// The exit codes, as `sysexits.h` has them where it has one.
enum ExitStatus: Int32 {
  case other = 1
  case usage = 64
  case badData = 65
  case noInput = 66
  case unavailable = 69
  case badConfiguration = 78

  /// The code for an error of ours; `nil` for one that the argument parser words itself.
  init?(_ error: any Error) {
    switch error {
    case let error as TableError: self = Self.status(of: error)
    case let error as ModelError: self = Self.status(of: error)
    case is TrainingError, is InputError, is MarginsFileError, BatchScoringError.notFinite,
      BatchScoringError.offsetMissing, BatchScoringError.choiceSetSplit,
      BatchScoringError.choiceSetMissing:
      self = .badData
    case is BatchScoringError, is SimulationError, is UsageError: self = .usage
    case is YAMLFileError, is IdentityRulesError: self = .badConfiguration
    case let error as ImportError: self = Self.status(of: error)
    case let error as StoreError: self = Self.status(of: error)
    case is DesignError: self = .usage
    case ShopError.cannotMakeFolder: self = .other
    case is ShopError: self = .usage
    case ExperimentFileError.definition: self = .badConfiguration
    case ExperimentError.unknownExperiment: self = .noInput
    case ExperimentError.store: self = .unavailable
    case is ExperimentFileError, is ExperimentError, is PlotError: self = .badData
    default: return nil
    }
  }

  private static func status(of error: TableError) -> ExitStatus {
    switch error {
    case .cannotOpen: .noInput
    case .cannotRead, .cannotWrite: .other
    default: .badData
    }
  }

  private static func status(of error: ImportError) -> ExitStatus {
    switch error {
    case .ruleOutOfRange, .mapping: .badConfiguration
    case .unknownFormat, .jsonOverLines, .nothingReadable, .tooManyRejects: .badData
    }
  }

  private static func status(of error: StoreError) -> ExitStatus {
    switch error {
    case .cannotOpen, .unavailable, .locked, .readOnly, .full, .failed: .unavailable
    case .notAStore, .newerFormat: .badData
    case .noCustomer, .noMerge, .noErasedPerson: .noInput
    case .severalCustomers, .alreadyOnePerson: .usage
    }
  }

  private static func status(of error: ModelError) -> ExitStatus {
    switch error {
    case .invalidName: .usage
    case .unknownModel, .unknownVersion, .noChampion: .noInput
    case .notAModel, .unknownFormat, .changed, .answersDifferently, .datesAfterSnapshot: .badData
    case .nothingToRollBack, .file: .other
    }
  }
}

/// What is wrong with a command in the light of the files it names; flags alone are checked by `validate()`.
struct UsageError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// A fault in a file that was read, with the file's name in front.
struct InputError: Error, CustomStringConvertible {
  let description: String

  init(path: String, _ error: TrainingError) {
    let text = error.description
    description = text.hasPrefix("line ") ? "\(path), \(text)" : "\(path): \(text)"
  }
}
