/// What makes the settings of an experiment impossible to run.
public enum DesignError: Error, Hashable, Sendable {
  /// A setting, its value and the interval it must lie in.
  case outOfRange(String, Double, allowed: String)
  /// A text that must not be empty.
  case empty(String)
  case tooFewVariants(count: Int)
  case duplicateVariant(String)
  case countMismatch(variants: Int, weights: Int)
  case weightsDoNotSumToOne(sum: Double)
  /// The variant's bucket range lies between two buckets.
  case noBuckets(variant: String, bucketCount: Int)
  case emptyNamespace(String, from: Double, to: Double)
  case saltInUse(String, by: String)
}

extension DesignError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .outOfRange(let setting, let value, let allowed):
      "\(setting) is \(value); give a number in \(allowed)"
    case .empty(let text):
      "\(text) is empty; give it at least one character"
    case .tooFewVariants(let count):
      "the number of variants is \(count); give at least two, one of them the control"
    case .duplicateVariant(let variant):
      "two variants are named '\(variant)'; give each a name of its own"
    case .countMismatch(let variants, let weights):
      "counts differ: variants \(variants), weights \(weights);"
        + " give one weight for each variant, or none for equal weights"
    case .weightsDoNotSumToOne(let sum):
      "the weights sum to \(sum); make them sum to 1, or give none for equal weights"
    case .noBuckets(let variant, let bucketCount):
      "variant '\(variant)' gets no unit: its weight times the coverage is too small for"
        + " \(bucketCount) buckets; raise either"
    case .emptyNamespace(let id, let lower, let upper):
      "the part of namespace '\(id)' from \(lower) to \(upper) holds no unit;"
        + " make it wider, in steps of 0.001"
    case .saltInUse(let salt, let user):
      "the salt '\(salt)' is that of \(user) too, which would decide the variant;"
        + " give the experiment a salt of its own"
    }
  }
}
