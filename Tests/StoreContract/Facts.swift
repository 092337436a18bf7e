package import CustomerData

/// Short ways to make facts for the laws.
package enum Make {
  package static func day(_ number: Int64) -> Instant {
    Instant(milliseconds: 1_767_225_600_000 + number * 86_400_000)
  }

  package static func user(_ id: String) -> Identity {
    Identity(kind: .userID, normalizedValue: id)
  }

  package static func identity(_ kind: IdentityKind, _ value: String) -> Identity {
    Identity(kind: kind, normalizedValue: value)
  }

  /// A batch whose first person has these identities.
  package static func batch(_ identities: Identity..., day: Int64 = 0) -> FactBatch {
    var batch = FactBatch(source: "test")
    _ = batch.addPerson(Person(identities: identities, knownAt: Self.day(day)))
    return batch
  }

  /// A batch with one event of the user.
  package static func event(
    _ id: String?, user: String = "u", name: String = "Seen", day: Int64 = 0,
    properties: String = "{}"
  ) -> FactBatch {
    var batch = batch(Self.user(user), day: day)
    batch.addEvent(
      messageID: id, person: 0, type: .track, name: name, eventTime: Self.day(day),
      knownAt: Self.day(day), properties: properties)
    return batch
  }

  package static func checkpoint(
    _ file: String, byteOffset: Int, isComplete: Bool = false
  ) -> ImportCheckpoint {
    ImportCheckpoint(
      file: FileFingerprint(text: file), name: "events.jsonl", format: "messages",
      place: ImportPlace(
        byteOffset: byteOffset, line: 3, recordCount: 2, fileBytes: byteOffset / 2),
      rejectedCount: 1, isComplete: isComplete, at: day(1))
  }
}
