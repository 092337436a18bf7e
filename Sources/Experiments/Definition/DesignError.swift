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
  /// Phases are counted from 1.
  case variantsChange(phase: Int)
  case phasesNotInOrder(phase: Int)
  case duplicateMetric(String)
  /// An exact rule on a metric without a largest outcome.
  case noBound(metric: String)
  /// A rule on conversions alone, and a metric that is no share.
  case notAShare(metric: String)
  case twoSidedFutility
  /// A futility stop beside a design that has one of its own.
  case ownFutility(design: String)
  /// A futility stop on a metric whose chances cannot be told.
  case noConditionalPower(metric: String)
  /// A look, counted from 1, whose information is not above that of the one before.
  case looksDoNotRise(look: Int, Double, after: Double)
  case lookAfterTheEnd(look: Int, after: Double)
  /// A setting in units, on a metric of which the past does not tell how many it takes.
  case noPlannedSize(metric: String, setting: String)
  case effectTooSmall(Double)
  /// One that a single unit tells.
  case effectTooLarge(Double)
  case noPast(metric: String)
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
    case .variantsChange(let phase):
      "phase \(phase) has other variants than the first; end the experiment and begin another"
    case .phasesNotInOrder(let phase):
      "phase \(phase) does not start after the one before it; give it a later start"
    case .duplicateMetric(let metric):
      "two metrics are named '\(metric)'; give each a name of its own"
    case .noBound(let metric):
      "metric '\(metric)' has no largest outcome, which an exact design needs;"
        + " give it a cap set before the start, or choose the asymptotic design"
    case .notAShare(let metric):
      "metric '\(metric)' is no share of units, which the multinomial design needs;"
        + " choose another design"
    case .twoSidedFutility:
      "a futility stop needs a one-sided test; make it one-sided, or leave futility out"
    case .ownFutility(let design):
      "the \(design) design stops for futility by itself; remove 'futility', or set it in the design"
    case .noConditionalPower(let metric):
      "how likely '\(metric)' is to be decided cannot be told: give the futility stop its 'units', and a"
        + " primary metric that is no quantile"
    case .looksDoNotRise(let look, let value, let previous):
      "look \(look) is at \(value) after one at \(previous); give information that rises from look"
        + " to look, and planned fractions that end at 1"
    case .lookAfterTheEnd(let look, let fraction):
      "look \(look) comes after one with \(fraction) of the planned information, which ended the"
        + " experiment; leave it out"
    case .noPlannedSize(let metric, let setting):
      setting == "cap"
        ? "the cap of units cannot be told in sizes of the test, for nothing is known of '\(metric)': give"
          + " its baseline (and standardDeviation, where it is no share), or leave the cap out"
        : "the groupSequential design has no planned end: give its '\(setting)', or the baseline of"
          + " '\(metric)' (and its standardDeviation, where it is no share)"
    case .effectTooSmall(let effect):
      "an effect of \(effect) would take over 10^15 units; give a minimum effect worth having"
    case .effectTooLarge(let effect):
      "an effect of \(effect) is so far beyond the spread of outcomes that one unit tells it;"
        + " check the effect and the standard deviation"
    case .noPast(let metric):
      "nothing is known of '\(metric)': give its baseline (and standard deviation, where it is no"
        + " share) in the definition, or its past by --history"
    }
  }
}
