import Scoring
import Training

/// The version in service on the same test rows, or why it could not be judged by them.
struct ChampionComparison: Encodable {
  let version: String
  let evaluation: ModelEvaluation?
  let mayHaveSeenRows: Bool
  let reason: String?
}

extension Model {
  /// Whether this model may have been fitted to rows another one was tested on: surely not where both split
  /// the same outcomes of the same file the same way.
  func mayHaveSeen(_ other: Model) -> Bool {
    training.dataSHA256 != other.training.dataSHA256 || training.split != other.training.split
      || training.unlabelledRowCount != other.training.unlabelledRowCount
  }

  /// The model with its dates counted back from `snapshot`, where it has any.
  func counting(from snapshot: Double?) -> Model {
    guard encoder.snapshot != nil, let snapshot else { return self }
    var model = self
    model.encoder.snapshot = snapshot
    return model
  }
}

extension Predictor {
  /// Whether the two are the same outcome of the same column.
  func means(_ other: Predictor) -> Bool {
    switch (self, other) {
    case (.binary(let own), .binary(let other)):
      own.target.column == other.target.column
        && other.target.positive.allSatisfy { own.target.outcome(of: $0) == 1 }
        && other.target.negative.allSatisfy { own.target.outcome(of: $0) == 0 }
    case (.multinomial(let own), .multinomial(let other)):
      own.column == other.column && own.classes.map(\.name) == other.classes.map(\.name)
        && own.availability == other.availability
    case (.choice(let own), .choice(let other)):
      own.column == other.column && own.choiceSetColumn == other.choiceSetColumn
        && own.offerColumn == other.offerColumn
    default: false
    }
  }

  var words: String {
    switch self {
    case .binary(let binary):
      "'\(targetColumn)' = \(binary.target.positive.joined(separator: " or "))"
    case .multinomial(let multinomial):
      "which of \(multinomial.classes.count) classes '\(targetColumn)' is"
    case .choice: "which row of a choice set has yes in '\(targetColumn)'"
    }
  }
}
