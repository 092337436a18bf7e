import ArgumentParser
import CustomerData

extension CustomerCommand {
  struct Allow: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lets a person who was erased come back, as one who has signed up again.",
      discussion: """
        Example: hourglass customer allow email:ann@example.com --store hourglass.db

        Orders, leads and messages from before stay erased by their ids. Events and traits are known by the person \
        alone: import files that begin with the return, or the older ones bring theirs back too.
        """)

    @Argument(help: "An identity, as ann@example.com or email:ann@example.com; one at a time.")
    var id: String
    @OptionGroup var location: StoreOptions
    @Flag(help: "Print one JSON object.") var json = false

    private struct Answer: Encodable {
      let allowedIdentities: Int
    }

    func run() throws {
      let store = try location.open()
      let allowed = try store.allow(possibleIdentities(id))
      guard allowed > 0 else { throw StoreError.noErasedPerson(store: store.location) }
      if json { return try Console.printJSON(Answer(allowedIdentities: allowed)) }
      try Console.print("the identity may be imported again")
    }
  }
}

/// What `KIND:VALUE`, or a value of any kind, may mean.
func possibleIdentities(_ text: String) -> [Identity] {
  let normalizer = IdentityNormalizer()
  let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
  if parts.count == 2, let kind = IdentityKind(rawValue: parts[0]),
    let identity = normalizer.identity(kind, parts[1])
  {
    return [identity]
  }
  return IdentityKind.allCases.compactMap { normalizer.identity($0, text) }
}
