import Scoring

extension InferenceRecord {
  /// Takes the inference of an encoded design to the columns as they stand in the file.
  init(_ inference: CoefficientInference, encoder: Encoder) {
    let original = inference.onOriginalScale(of: encoder).inference
    let categories = encoder.features.filter {
      if case .category = $0.encoding { true } else { false }
    }
    self.init(
      kind: inference.kind.description, isValid: inference.validity.isValid,
      note: inference.validity.note, interceptStandardError: original[0].standardError,
      standardErrors: original.parameters.dropFirst().map(\.standardError),
      tests: categories.enumerated().compactMap { index, feature in
        inference.waldTest(ofCategory: index).map {
          .init(
            feature: feature.name, statistic: $0.statistic,
            degreesOfFreedom: $0.degreesOfFreedom, pValue: $0.pValue)
        }
      })
  }
}
