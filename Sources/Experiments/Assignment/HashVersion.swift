/// How a unit's text becomes its bucket: the two versions of GrowthBook's public specification.
///
/// Text is hashed by its UTF-16 code units as they stand, as the JavaScript reference does;
/// libraries that hash UTF-8 bytes agree with it on ASCII alone. An "é" of one code unit and one of
/// two are two texts here: bring ids to one form first.
public enum HashVersion: Int, Hashable, Sendable, CaseIterable {
  /// 1,000 buckets. Only to go on with what began on it: under salts that differ in their last
  /// character alone (`exp-a`, `exp-b`), the variants of two experiments are not independent.
  case one = 1
  /// 10,000 buckets, hashed twice.
  case two = 2

  /// The number of buckets: no share finer than its inverse can be had.
  public var bucketCount: Int {
    switch self {
    case .one: 1_000
    case .two: 10_000
    }
  }

  /// Returns the bucket of `unit`: a multiple of 1 / `bucketCount` in [0, 1).
  ///
  /// - Parameter salt: What GrowthBook calls the seed.
  public func bucket(of unit: String, salt: String) -> Double {
    switch self {
    case .one: bucket(FNV1a32.hash(salt, after: FNV1a32.hash(unit)))
    case .two: bucket(FNV1a32.hash(String(FNV1a32.hash(unit, after: FNV1a32.hash(salt)))))
    }
  }

  /// Returns the share of all buckets that lie in `range`, whose bounds are not negative.
  func share(of range: Range<Double>) -> Double {
    let count = countOfBuckets(below: range.upperBound) - countOfBuckets(below: range.lowerBound)
    return Double(count) / Double(bucketCount)
  }

  private func countOfBuckets(below bound: Double) -> Int {
    // The product rounds, so the last steps are taken by comparing, as assignment does.
    var count = max(0, Int(bound * Double(bucketCount)) - 1)
    while count < bucketCount, bucket(UInt32(count)) < bound { count += 1 }
    return count
  }

  private func bucket(_ hash: UInt32) -> Double {
    Double(hash % UInt32(bucketCount)) / Double(bucketCount)
  }
}
