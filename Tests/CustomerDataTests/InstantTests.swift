import Testing

@testable import CustomerData

@Suite struct InstantTests {
  @Test(arguments: [
    ("0000-01-01", "0000-01-01T00:00:00.000Z"),
    ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
    ("2026-03-29T02:30:00+03:00", "2026-03-28T23:30:00.000Z"),
    ("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.500Z"),
  ])
  func anInstantIsWrittenInUTC(text: String, written: String) throws {
    #expect(try #require(Instant(text)).text == written)
  }

  @Test func whatTheCalendarDoesNotHaveIsNoInstant() {
    #expect(Instant("2026-02-29") == nil)
    #expect(Instant("10000-01-01") == nil)
    #expect(Instant(seconds: 1e300) == nil)
    #expect(Instant(seconds: .nan) == nil)
  }
}

@Suite struct MoneyTests {
  @Test(
    arguments: [
      ("19.99", 2, 1_999), ("-0.005", 2, -1), ("0.004", 2, 0), ("1e3", 2, 100_000),
      ("1.5E-1", 2, 15),
      ("1234.5", 0, 1_235), ("0.1", 3, 100), ("92233720368547758.07", 2, Int64.max),
      ("1.00000000000000000000000000001", 2, 100), ("2.675", 2, 268),
    ] as [(String, Int, Int64)])
  func decimalsBecomeMinorUnitsExactly(text: String, digits: Int, units: Int64) {
    #expect(Money.minorUnits(decimal: text, digits: digits) == units)
  }

  @Test(arguments: [
    "", "-", ".", "1.2.3", "1e", "1e5000", "99999999999999999999",
    "92233720368547758.079", "1 2", "NaN",
  ])
  func whatIsNoAmountIsRefused(text: String) {
    #expect(Money.minorUnits(decimal: text, digits: 2) == nil)
  }

  @Test func currenciesKnowTheirMinorUnits() throws {
    #expect(try #require(Currency("rub")).code == "RUB")
    #expect(try #require(Currency("JPY")).minorDigits == 0)
    #expect(try #require(Currency("KWD")).minorDigits == 3)
    #expect(Currency("руб") == nil)
    #expect(Currency("RU") == nil)
  }
}
