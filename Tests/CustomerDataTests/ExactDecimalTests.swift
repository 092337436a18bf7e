import Testing

@testable import CustomerData

struct ExactDecimalTests {
  private func read(_ text: String, mark: Character = ".") -> ExactDecimal? {
    var text = text
    return text.withUTF8 {
      ExactDecimal(UnsafeRawBufferPointer($0), decimalMark: mark.asciiValue ?? 0)
    }
  }

  @Test(arguments: [
    ("2.55", 255), ("-11062.06", -1_106_206), ("1 234,50", 123_450), ("1\u{A0}234,50 ₽", 123_450),
    ("1\u{202F}234.50", 123_450), ("$1,234.50", 123_450), ("1.234.567,89 €", 123_456_789),
    ("1,234,567", 123_456_700), ("(12.00)", -1_200), ("−5,00", -500), ("99 руб.", 9_900),
    ("0,5", 50), ("1'000.25", 100_025), ("12.3400000000000000000000", 1_234), (".5", 50),
    ("90071992547409.93", 9_007_199_254_740_993),
  ])
  func anAmountIsReadToTheMinorUnit(text: String, minorUnits: Int64) throws {
    let mark: Character = text.contains(",") && !text.contains("$") ? "," : "."
    #expect(try #require(read(text, mark: mark)).minorUnits(2) == minorUnits)
  }

  @Test(arguments: ["", "-", "abc", "1,2,3", "1.2.3,4,5", "12:30", "1 2/3", "1e5x", "--5"])
  func whatIsNoAmountIsRefused(text: String) { #expect(read(text) == nil) }

  @Test func halvesAreRoundedAwayFromZeroOnceAfterTheProduct() throws {
    let price = try #require(read("0.125"))
    #expect(price.minorUnits(2) == 13)
    #expect(try #require(read("-0.125")).minorUnits(2) == -13)
    // 4 × 0.125 is exactly 0.50; four rounded prices would be 0.52.
    #expect(price.times(ExactDecimal(digits: 4, scale: 0), minorDigits: 2) == 50)
  }

  @Test func aThousandsSeparatorIsToldFromADecimalMark() throws {
    #expect(try #require(read("1,234", mark: ".")).minorUnits(2) == 123_400)
    #expect(try #require(read("1,234", mark: ",")).minorUnits(3) == 1_234)
    #expect(try #require(read("1,5", mark: ".")).minorUnits(2) == 150)
  }

  @Test func numbersTooLargeAreRefusedAndNotWrapped() throws {
    #expect(read("99999999999999999999") == nil)
    let large = try #require(read("99999999999999999"))
    #expect(large.times(large, minorDigits: 2) == nil)
    #expect(large.minorUnits(3) == nil)
  }
}
