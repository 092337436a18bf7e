/// What can go wrong with a store. No case carries a customer's data.
public enum StoreError: Error, Equatable, Sendable {
  case cannotOpen(store: String, reason: String)
  /// A server that cannot be reached, lets nobody in or broke off; the reason names it.
  case unavailable(reason: String)
  case notAStore(store: String, reason: String)
  /// Written by a later release.
  case newerFormat(store: String, migration: String)
  case locked(store: String, waitedSeconds: Int)
  case readOnly(store: String)
  case full(store: String)
  case failed(store: String, action: String, reason: String)
  case noCustomer(store: String)
  case severalCustomers(store: String, kinds: [String])
  case alreadyOnePerson(store: String)
  case noMerge(store: String, mergeID: Int64)
  case noErasedPerson(store: String)
}

extension StoreError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .cannotOpen(let store, let reason):
      "\(store): cannot be opened: \(reason)"
    case .unavailable(let reason): reason
    case .notAStore(let store, let reason):
      "\(store): is no store of this program: \(reason); name another file by --store"
    case .newerFormat(let store, let migration):
      "\(store): was written by a newer release (migration '\(migration)'); update this program"
    case .locked(let store, let seconds):
      "\(store): another program has been writing to it for \(seconds) s; try again when it is done"
    case .readOnly(let store):
      "\(store): may only be read; check the permissions of the file and of its folder"
    case .full(let store):
      "\(store): the disk is full; what was written before stays, free some space and run it again"
    case .failed(let store, let action, let reason):
      "\(store): \(action) failed: \(reason)"
    case .noCustomer(let store):
      "\(store): no customer has this id; give a customer's number as #12, or any identity"
    case .severalCustomers(let store, let kinds):
      "\(store): several customers have this id, as \(kinds.joined(separator: ", ")); "
        + "write the kind before it, as in \(kinds.first ?? "email"):VALUE"
    case .alreadyOnePerson(let store):
      "\(store): the two are one customer already"
    case .noErasedPerson(let store):
      "\(store): no person who was erased has this id; write the kind before it, as in email:VALUE"
    case .noMerge(let store, let mergeID):
      "\(store): no merge \(mergeID) that is not undone; 'customer show' lists them"
    }
  }
}
