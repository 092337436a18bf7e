import SpecialFunctions
import Testing

@testable import CustomerData

@Suite struct EventKeySetTests {
  @Test(arguments: 1...3 as ClosedRange<UInt64>)
  func itAnswersAsADictionaryDoes(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    var set = EventKeySet()
    var bodies: [UInt64: UInt64] = [:]
    for _ in 0..<30_000 {
      // Ids that agree in their first bits, that are few, and that are 0 or 1.
      let id = generator.next() & (Bool.random(using: &generator) ? 0xFF00_0000_0000_0FFF : 0xFFFF)
      let body = generator.next() & 1
      let answer = set.insert(idHash: id, bodyHash: body)
      let key = id == 0 ? 1 : id
      switch bodies[key] {
      case nil: #expect(answer == .new)
      case body: #expect(answer == .copy)
      default: #expect(answer == .conflict)
      }
      if bodies[key] == nil { bodies[key] = body }
    }
    #expect(set.count == bodies.count)
  }
}
