/// From which figure on a check warns, and from which it fails.
public struct QualityLimit: Hashable, Sendable, Encodable {
  /// `nil` never warns.
  public var warn: Double?
  /// `nil` never fails.
  public var fail: Double?

  /// - Throws: `QualityError` for limits that are not finite, are negative or in the wrong order.
  public init(warn: Double?, fail: Double?) throws(QualityError) {
    for limit in [warn, fail].compactMap(\.self) {
      guard limit.isFinite, limit >= 0 else { throw .limitOutOfRange(limit) }
    }
    if let warn, let fail, warn > fail { throw .limitsOutOfOrder(warn: warn, fail: fail) }
    self.init(uncheckedWarn: warn, fail: fail)
  }

  fileprivate init(uncheckedWarn warn: Double?, fail: Double?) {
    self.warn = warn
    self.fail = fail
  }

  /// The verdict on a figure: a limit is passed when the figure is above it.
  func severity(of value: Double) -> QualitySeverity {
    if let fail, value > fail { return .failure }
    if let warn, value > warn { return .warning }
    return .passed
  }
}

public enum QualitySeverity: String, CaseIterable, Hashable, Sendable, Encodable, Comparable {
  case passed, warning, failure

  public static func < (left: Self, right: Self) -> Bool {
    (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
  }
}

/// The limits of every check: shares of a total where the measure has one, else the figure itself.
public struct QualityLimits: Hashable, Sendable {
  private var byMeasure: [QualityMeasure: QualityLimit]
  /// Limits of single subjects, as `orders.coupon` or `shopify`.
  private var bySubject: [QualityMeasure: [String: QualityLimit]] = [:]

  /// What holds where nothing is said.
  ///
  /// Times in the future, orphans and sums that do not agree are errors of an export, and one in a hundred
  /// is too many to train on. An anonymous visitor has no user id, so missing cells only warn.
  public static let standard = QualityLimits(
    byMeasure: [
      .conflictingEventIDs: QualityLimit(uncheckedWarn: 0, fail: 0.001),
      .futureTimes: QualityLimit(uncheckedWarn: 0, fail: 0.001),
      .receivedBeforeSent: QualityLimit(uncheckedWarn: 0.001, fail: 0.05),
      .ordersWithoutLines: QualityLimit(uncheckedWarn: 0.01, fail: 0.2),
      .lineSumMismatches: QualityLimit(uncheckedWarn: 0, fail: 0.01),
      .nonPositiveTotals: QualityLimit(uncheckedWarn: 0, fail: 0.05),
      .currencies: QualityLimit(uncheckedWarn: 0, fail: 0.001),
      .orphanIDs: QualityLimit(uncheckedWarn: 0, fail: 0.01),
      .stagesBeforeCreation: QualityLimit(uncheckedWarn: 0, fail: 0.01),
      .unreadableIdentities: QualityLimit(uncheckedWarn: 0.01, fail: 0.2),
      .sharedIdentities: QualityLimit(uncheckedWarn: 0.01, fail: 0.2),
      .identitiesPerCustomer: QualityLimit(uncheckedWarn: 50, fail: 1_000),
      .missingShares: QualityLimit(uncheckedWarn: 0.5, fail: nil),
      .dailyVolumes: QualityLimit(uncheckedWarn: 4, fail: 10),
      .freshness: QualityLimit(uncheckedWarn: 48, fail: 24 * 14),
      .rejectedRecords: QualityLimit(uncheckedWarn: 0, fail: 0.01),
    ])

  private init(byMeasure: [QualityMeasure: QualityLimit]) { self.byMeasure = byMeasure }

  public mutating func set(
    _ limit: QualityLimit, for measure: QualityMeasure, subject: String? = nil
  ) {
    if let subject {
      bySubject[measure, default: [:]][subject] = limit
    } else {
      byMeasure[measure] = limit
    }
  }

  public func limit(of measure: QualityMeasure, subject: String) -> QualityLimit {
    bySubject[measure]?[subject] ?? byMeasure[measure]
      ?? QualityLimit(uncheckedWarn: nil, fail: nil)
  }
}

/// What can be wrong with limits. The description says what to write instead.
public enum QualityError: Error, Equatable, Sendable {
  case limitOutOfRange(Double)
  case limitsOutOfOrder(warn: Double, fail: Double)
}

extension QualityError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .limitOutOfRange(let limit): "a limit is \(limit); give a number of 0 or more"
    case .limitsOutOfOrder(let warn, let fail):
      "it warns above \(warn) and fails above \(fail) already; give a warn no higher than fail"
    }
  }
}
