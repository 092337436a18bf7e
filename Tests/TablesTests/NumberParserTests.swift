import Foundation
import SpecialFunctions
import Testing

@testable import Tables

struct NumberParserTests {
  private func number(_ text: String, mark: Character = ".") -> Double? {
    let parser = NumberParser(decimalMark: mark.asciiValue ?? 0x2E)
    return UnsafeRawBufferPointer.with(text) { parser.number($0) }
  }

  private func plain(_ text: String, mark: Character = ".") -> Double {
    let bytes = Array(text.utf8)
    return bytes.withUnsafeBufferPointer { bytes in
      NumberParser.exactPowers.withUnsafeBufferPointer { powers in
        guard let start = bytes.baseAddress, let powers = powers.baseAddress else { return .nan }
        return NumberParser.plainNumber(
          start, count: bytes.count, decimalMark: mark.asciiValue ?? 0x2E, powers: powers)
      }
    }
  }

  /// A decimal string of a random form: sign, leading zeros, digits, fraction, exponent.
  private func randomDecimal(_ rng: inout SplitMix64) -> String {
    func digits(_ count: Int) -> String {
      String((0..<count).map { _ in Character("\(rng.nextIndex(below: 10))") })
    }
    var text = ["", "", "-", "+"][rng.nextIndex(below: 4)]
    let whole = rng.nextIndex(below: [3, 10, 18, 40][rng.nextIndex(below: 4)])
    let fraction = rng.nextIndex(below: [2, 10, 18, 40][rng.nextIndex(below: 4)])
    if rng.nextIndex(below: 8) == 0 { text += String(repeating: "0", count: 20) }
    text += digits(whole)
    if fraction > 0 || rng.nextIndex(below: 5) == 0 { text += "." + digits(fraction) }
    if whole + fraction == 0 { text += "0" }
    if rng.nextIndex(below: 3) == 0 {
      text += ["e", "E"][rng.nextIndex(below: 2)] + ["", "-", "+"][rng.nextIndex(below: 3)]
      text += "\(rng.nextIndex(below: [10, 30, 330][rng.nextIndex(below: 3)]))"
    }
    return text
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func everyDecimalIsReadToTheLastBit(seed: UInt64) throws {
    var rng = SplitMix64(seed: seed)
    for _ in 0..<500 {
      let text = randomDecimal(&rng)
      let expected = strtod(text, nil)
      let value = number(text)
      #expect(value?.bitPattern == (expected.isFinite ? expected.bitPattern : nil), "\(text)")
      let quick = plain(text)
      #expect(quick.isNaN || quick.bitPattern == expected.bitPattern, "\(text)")
      let comma = text.replacing(".", with: ",")
      #expect(number(comma, mark: ",")?.bitPattern == value?.bitPattern, "\(comma)")
    }
  }

  @Test(arguments: 1...10 as ClosedRange<UInt64>)
  func everyDoubleComesBackFromItsDescription(seed: UInt64) throws {
    var rng = SplitMix64(seed: seed)
    for _ in 0..<500 {
      let value = Double(bitPattern: rng.next())
      if !value.isFinite { continue }
      #expect(number("\(value)")?.bitPattern == value.bitPattern)
      let short = (value.remainder(dividingBy: 1e6) * 100).rounded() / 100
      #expect(plain("\(abs(short) < 1e-3 ? 0 : short)").isFinite)
      #expect(number("\(short)")?.bitPattern == short.bitPattern)
    }
  }

  @Test func thePlainFormTakesFifteenDigits() {
    #expect(plain("123456789012345") == 123_456_789_012_345)
    #expect(plain("0.12345678901234") == 0.12345678901234)
    #expect(plain("1234567890123456").isNaN)
    #expect(plain("99999999999999999999999999").isNaN)
    #expect(number("1234567890123456789012") == 1.234567890123456789012e21)
    #expect(plain("-0").sign == .minus)
    #expect(plain("5.") == 5 && plain(".5") == 0.5)
  }

  @Test func textThatIsNoNumberIsUnreadable() {
    let texts = [
      "", "-", "+", ".", "-.", "e5", "1e", "1e+", "1.2.3", "1,5", "0x10", "inf", "nan", "1_000",
      "--1", "+-1", "1-", "1 2", "1 23", "12 34 567", "1234 567", "1 234 ", " 1", "1  234",
      "1 234.5 6", "٣", "5%", "1e5.5",
    ]
    for text in texts {
      #expect(number(text) == nil, "\(text)")
      if !text.isEmpty { #expect(plain(text).isNaN, "\(text)") }
    }
  }

  @Test func aNumberTooLargeForADoubleIsUnreadable() throws {
    #expect(number("1e308") == 1e308)
    #expect(number("1e309") == nil)
    #expect(number("-1e309") == nil)
    #expect(number(String(repeating: "9", count: 400)) == nil)
    #expect(number("1" + String(repeating: "0", count: 308)) == 1e308)
    #expect(number(String(repeating: "0", count: 500)) == nil)
    #expect(number("1e-400") == 0)
    #expect(number("1e99999999999999999999") == nil)
  }

  @Test func groupsOfThreeDigitsAreRead() {
    for space in [" ", "\u{A0}", "\u{202F}", "\u{2009}"] {
      #expect(number("1\(space)234\(space)567.25") == 1_234_567.25)
      #expect(number("-12\(space)345e2") == -1_234_500)
    }
  }
}
