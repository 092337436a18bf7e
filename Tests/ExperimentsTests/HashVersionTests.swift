import Experiments
import Testing

/// The cases that GrowthBook publishes for libraries in any language (specification 0.7.1).
@Test(arguments: [
  ("", "a", 1, 0.22), ("", "b", 1, 0.077), ("b", "a", 1, 0.946), ("ef", "d", 1, 0.652),
  ("asdf", "8952klfjas09ujk", 1, 0.549), ("", "123", 1, 0.011), ("", "___)((*\":&", 1, 0.563),
  ("seed", "a", 2, 0.0505), ("seed", "b", 2, 0.2696), ("foo", "ab", 2, 0.2575),
  ("foo", "def", 2, 0.2019), ("89123klj", "8952klfjas09ujkasdf", 2, 0.124),
  ("90850943850283058242805", "123", 2, 0.7516), ("()**(%$##$%#$#", "___)((*\":&", 2, 0.0128),
])
func bucketsAreThePublishedOnes(
  salt: String, unit: String, version: Int, bucket: Double
) throws {
  let hashVersion = try #require(HashVersion(rawValue: version))
  #expect(hashVersion.bucket(of: unit, salt: salt) == bucket)
}

@Test func bucketsEqualTheLibrarysInAnyScript() throws {
  let fixture = try Fixture.load()
  #expect(fixture.hashes.count == 10)
  for hash in fixture.hashes {
    let version = try #require(HashVersion(rawValue: hash.hashVersion))
    #expect(fixture.units.map { version.bucket(of: $0, salt: hash.salt) } == hash.buckets)
  }
}

@Test func composedAndDecomposedIdsAreTwoUnits() {
  let composed = HashVersion.two.bucket(of: "caf\u{e9}", salt: "salt")
  #expect(composed != HashVersion.two.bucket(of: "cafe\u{301}", salt: "salt"))
}
