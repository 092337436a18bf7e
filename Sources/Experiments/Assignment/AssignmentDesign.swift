/// What decides which variant a unit sees: checked once, here, and computed ever after.
///
/// Nothing is stored by unit. The same design gives the same unit the same answer on every machine
/// and release, and so do libraries that follow GrowthBook's public specification. Where those
/// replace faulty settings in silence (weights by equal ones, coverage by the nearest bound), this
/// type throws.
public struct AssignmentDesign: Hashable, Sendable {
  /// What sets this experiment's split apart from all others'; GrowthBook's seed, by default its
  /// experiment key. A new salt deals the units anew.
  public let salt: String
  /// The names, in the order that their bucket ranges are laid out.
  public let variants: [String]
  /// The share meant for each variant, of the units taking part. Their sum is 1.
  public let weights: [Double]
  /// The share of units that takes part, of those in the namespace and not held out.
  public let coverage: Double
  public let hashVersion: HashVersion
  public let namespace: Namespace?
  public let holdout: Holdout?
  /// The buckets of each variant: from the sum of the weights before it, `coverage` times its
  /// weight wide, so that growing coverage moves no unit between variants.
  public let bucketRanges: [Range<Double>]
  /// The share of units that each variant truly gets, of those in the namespace and not held out.
  ///
  /// Buckets go whole, so at low coverage the ratio of shares is not that of `weights`: a split is
  /// judged by these.
  public let shares: [Double]

  /// Checks the settings.
  ///
  /// - Parameters:
  ///   - weights: One for each variant; `nil` for equal weights.
  ///   - hashVersion: Version 1 only to go on with an experiment that began with it.
  /// - Throws: `DesignError`, naming the setting at fault and the remedy.
  public init(
    salt: String, variants: [String], weights: [Double]? = nil, coverage: Double = 1,
    hashVersion: HashVersion = .two, namespace: Namespace? = nil, holdout: Holdout? = nil
  ) throws(DesignError) {
    try Self.check(variants: variants)
    let weights =
      weights ?? [Double](repeating: 1 / Double(variants.count), count: variants.count)
    try Self.check(weights: weights, variants: variants)
    guard coverage >= 0, coverage <= 1 else {
      throw .outOfRange("coverage", coverage, allowed: "[0, 1]")
    }
    self.salt = salt
    self.variants = variants
    self.weights = weights
    self.coverage = coverage
    self.hashVersion = hashVersion
    self.namespace = namespace
    self.holdout = holdout
    bucketRanges = Self.bucketRanges(weights: weights, coverage: coverage)
    shares = bucketRanges.map { hashVersion.share(of: $0) }
    try checkSalts()
    try checkShares()
  }

  /// Returns the variant of `unit`, or why it has none.
  ///
  /// - Parameter unit: The id, in the same form wherever it is used; see `HashVersion`.
  /// - Complexity: O(length of the id and the salts, and number of variants).
  public func assignment(of unit: String) -> Assignment {
    guard !unit.isEmpty else { return .excluded(.emptyUnit) }
    if let holdout, holdout.contains(unit) { return .excluded(.holdout) }
    if let namespace, !namespace.contains(unit) { return .excluded(.otherNamespace) }
    guard let index = variantIndex(ofBucket: hashVersion.bucket(of: unit, salt: salt)) else {
      return .excluded(.notInCoverage)
    }
    return .assigned(variant: variants[index])
  }

  /// Eight hexadecimal digits that change with whatever could move a unit from one variant into
  /// another: salt, hash version, variants, their order, weights.
  ///
  /// Designs of one fingerprint differ in who takes part at most, never in who sees what. A change
  /// goes unseen once in 2³².
  public var fingerprint: String {
    let fields = [String(hashVersion.rawValue), salt] + variants + weights.map { "\($0)" }
    // Each field after its length: "a", "bc" must not read as "ab", "c".
    let text = fields.map { "\($0.utf16.count):\($0)" }.joined()
    let digits = String(FNV1a32.hash(text), radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  func variantIndex(ofBucket bucket: Double) -> Int? {
    bucketRanges.firstIndex { $0.contains(bucket) }
  }
}

extension AssignmentDesign {
  /// The operations and their order are GrowthBook's: others would round to other bounds.
  private static func bucketRanges(weights: [Double], coverage: Double) -> [Range<Double>] {
    var start = 0.0
    return weights.map { weight in
      defer { start += weight }
      return start..<(start + coverage * weight)
    }
  }

  private static func check(variants: [String]) throws(DesignError) {
    guard variants.count >= 2 else { throw .tooFewVariants(count: variants.count) }
    var seen: Set<String> = []
    for (index, variant) in variants.enumerated() {
      guard !variant.isEmpty else { throw .empty("the name of variant \(index + 1)") }
      guard seen.insert(variant).inserted else { throw .duplicateVariant(variant) }
    }
  }

  private static func check(weights: [Double], variants: [String]) throws(DesignError) {
    guard weights.count == variants.count else {
      throw .countMismatch(variants: variants.count, weights: weights.count)
    }
    for (variant, weight) in zip(variants, weights) {
      guard weight > 0, weight.isFinite else {
        throw .outOfRange("the weight of variant '\(variant)'", weight, allowed: "(0, 1)")
      }
    }
    let sum = weights.reduce(0, +)
    // Room for three times 0.333333, and none to lose a unit: the last bucket is 0.9999.
    guard abs(sum - 1) < 2e-6 else { throw .weightsDoNotSumToOne(sum: sum) }
  }

  private func checkSalts() throws(DesignError) {
    guard !salt.isEmpty else { throw .empty("the salt of the experiment") }
    guard salt != holdout?.salt else { throw .saltInUse(salt, by: "the holdout") }
    guard hashVersion == .two || salt != namespace?.salt else {
      throw .saltInUse(salt, by: "the namespace")
    }
  }

  private func checkShares() throws(DesignError) {
    guard coverage > 0 else { return }
    for (variant, share) in zip(variants, shares) where share == 0 {
      throw .noBuckets(variant: variant, bucketCount: hashVersion.bucketCount)
    }
  }
}
