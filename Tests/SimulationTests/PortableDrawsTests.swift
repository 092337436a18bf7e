import Foundation
import SpecialFunctions
import Testing

@testable import Simulation

@Test func portableExpIsTheExponential() {
  for step in -1000...1000 {
    let x = Double(step) * 0.7
    // 13 rounded steps of at most half an ulp each, and the last term of the series left out.
    #expect(abs(portableExp(x) / exp(x) - 1) <= 1e-14, "\(x)")
  }
}

@Test func portableLogisticOfZeroIsHalfAndIsSymmetric() {
  #expect(portableLogistic(0) == 0.5)
  for x in stride(from: 0.25, through: 20, by: 0.25) {
    // Both are within a few ulp of 1 / (1 + exp(∓x)), which add up to 1.
    #expect(abs(portableLogistic(x) + portableLogistic(-x) - 1) <= 1e-15)
  }
}

@Test(arguments: 1...3 as ClosedRange<UInt64>)
func bellHasMeanZeroAndVarianceOne(seed: UInt64) {
  var generator = SplitMix64(seed: seed)
  var moments = Moments()
  for _ in 0..<100_000 { moments.add(generator.nextBell()) }
  // Five standard deviations of a mean of 1e5 values; those of a variance are √2 as wide.
  #expect(abs(moments.mean ?? .nan) <= 5 / 1e5.squareRoot())
  #expect(abs((moments.variance ?? .nan) - 1) <= 5 * (2 / 1e5).squareRoot())
}

@Test(arguments: [
  (0, "1970-01-01"), (11_016, "2000-02-29"), (11_017, "2000-03-01"), (19_782, "2024-02-29"),
  (20_088, "2024-12-31"), (20_089, "2025-01-01"), (47_540, "2100-02-28"), (47_541, "2100-03-01"),
])
func datesAreThoseOfTheCalendar(day: Int, text: String) {
  var bytes: [UInt8] = []
  bytes.appendDate(daysFrom1970: day)
  #expect(String(decoding: bytes, as: UTF8.self) == text)
}

@Test(arguments: [
  (0, "0.00"), (5, "0.05"), (50, "0.50"), (100, "1.00"), (12_345, "123.45"),
])
func decimalsKeepTheirZeros(value: Int, text: String) {
  var bytes: [UInt8] = []
  bytes.appendDecimal(value, digits: 2)
  #expect(String(decoding: bytes, as: UTF8.self) == text)
}

@Test(arguments: 1...5 as ClosedRange<UInt64>)
func anyFieldsReadBack(seed: UInt64) throws {
  var generator = SplitMix64(seed: seed)
  let alphabet = Array("a,\"\n\r ".utf8)
  for _ in 0..<500 {
    let fields = (0...generator.nextIndex(below: 4)).map { _ in
      (0..<generator.nextIndex(below: 6)).map { _ in
        alphabet[generator.nextIndex(below: alphabet.count)]
      }
    }
    var bytes: [UInt8] = []
    for (index, field) in fields.enumerated() { bytes.appendField(field, isFirst: index == 0) }
    bytes.append(.lineFeed)
    #expect(try parsedCSV(bytes) == [fields.map { String(decoding: $0, as: UTF8.self) }])
  }
}
