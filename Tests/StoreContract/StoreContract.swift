package import CustomerData
import Testing

/// What every store must do: one list of laws, run on SQLite and on PostgreSQL.
package struct StoreLaw: Sendable, CustomTestStringConvertible {
  /// The claim, as a test's name has it.
  package let claim: String
  /// Checks a store that is empty.
  package let check: @Sendable (any CustomerStore) throws -> Void

  package var testDescription: String { claim }
}

extension StoreLaw {
  package static let all: [StoreLaw] = [
    StoreLaw(claim: "a new store is empty") { store in
      #expect(try store.rowCounts().allSatisfy { $0.value == 0 })
    }
  ]
}
