public import Evaluation
public import Scoring

// The numbers of a model of yes or no, by short names. Of another kind they are empty, and no test of one
// asks for them.
extension Model {
  public var target: Target {
    binary?.target ?? Target(column: "", positive: [], negative: [])
  }

  public var bands: DecileBands { binary?.bands ?? DecileBands(scores: []) }

  public var intercept: Double { binary?.equation.intercept ?? .nan }

  public var coefficients: [Double] { binary?.equation.coefficients ?? [] }

  public var inference: InferenceRecord? { binary?.equation.inference }

  public var evaluation: ClassificationEvaluation? { binary?.evaluation }

  public var originalScale: OriginalScale { originalScales[0] }
}
