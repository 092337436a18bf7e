import Testing

@testable import CustomerData

struct QualityTests {
  private func report(
    _ figures: [QualityMeasure: [QualityFigure]], _ limits: QualityLimits = .standard,
    asOf: String = "2025-03-31"
  ) throws -> QualityReport {
    QualityReport(figures, limits: limits, asOf: try #require(Instant(asOf)))
  }

  @Test(arguments: [(0.0, QualitySeverity.passed), (1.0, .warning), (6.0, .failure)])
  func aShareAboveALimitIsTold(count: Double, severity: QualitySeverity) throws {
    let report = try report([
      .nonPositiveTotals: [QualityFigure(subject: "", value: count, total: 100)]
    ])
    #expect(report.severity == severity)
  }

  @Test func aShareOfNothingPasses() throws {
    let report = try report([.orphanIDs: [QualityFigure(subject: "refunds", value: 0, total: 0)]])
    #expect(report.checks.map(\.measured) == [nil])
    #expect(report.severity == .passed)
  }

  @Test func currenciesThatNobodyHasAreTold() throws {
    let report = try report([
      .currencies: [
        QualityFigure(subject: "EUR", value: 90, total: 100),
        QualityFigure(subject: "XXX", value: 10, total: 100),
      ]
    ])
    #expect(report.checks.map(\.subject) == ["XXX"])
    #expect(report.severity == .failure)
  }

  @Test func aSubjectMayHaveItsOwnLimit() throws {
    var limits = QualityLimits.standard
    limits.set(
      try QualityLimit(warn: nil, fail: 0.1), for: .missingShares, subject: "orders.channel")
    let figures = ["orders.channel", "orders.total"].map {
      QualityFigure(subject: $0, value: 20, total: 100)
    }
    #expect(
      try report([.missingShares: figures], limits).checks.map(\.severity) == [.failure, .passed])
  }

  @Test func aQuietDayStandsOutAgainstItsWeekday() throws {
    // Nine weeks of 100 events a day, 40 on Sundays; then 30 March, a Sunday, with 35, and the 26th with 20.
    let end = try #require(Instant("2025-03-31")).milliseconds / 86_400_000
    let days = (1...63).map { back -> QualityFigure in
      let day = end - Int64(back)
      let date = String(Instant(milliseconds: day * 86_400_000).text.prefix(10))
      let isSunday = (day + 4) % 7 == 0
      let value = date == "2025-03-26" ? 20.0 : date == "2025-03-30" ? 35 : isSunday ? 40 : 100
      return QualityFigure(subject: date, value: value)
    }
    let report = try report([.dailyVolumes: days])
    #expect(report.checks.count == 7)
    let loud = report.checks.filter { $0.severity != .passed }
    #expect(loud.map(\.subject) == ["2025-03-26"])
    // |20 − 100| over √100, as equal days have no spread of their own.
    #expect(loud.map(\.value) == [8])
  }

  @Test func aDayWithoutEventsCountsAsNone() throws {
    let end = try #require(Instant("2025-03-31")).milliseconds / 86_400_000
    let days = (8...63).map { back in
      QualityFigure(
        subject: String(Instant(milliseconds: (end - Int64(back)) * 86_400_000).text.prefix(10)),
        value: 400)
    }
    let checks = try report([.dailyVolumes: days]).checks
    #expect(checks.count == 7 && checks.allSatisfy { $0.severity == .failure })
  }

  @Test func limitsOutOfRangeAreRefused() {
    #expect(throws: QualityError.limitOutOfRange(-1)) { try QualityLimit(warn: -1, fail: nil) }
    #expect(throws: QualityError.limitsOutOfOrder(warn: 2, fail: 1)) {
      try QualityLimit(warn: 2, fail: 1)
    }
  }
}
