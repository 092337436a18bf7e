/// Which identities may join two people, and how many people may share one before it joins nobody.
public struct IdentityRules: Hashable, Sendable {
  /// The most partners that an identity of a kind may have and still join them; 0 joins nobody.
  ///
  /// A partner is a stronger identity seen in one record with it. Two people who signed in on one browser
  /// share an anonymous id: with a limit of 1 it belongs to neither from then on.
  public private(set) var maxPartners: [IdentityKind: Int]

  public static let standard = IdentityRules(uncheckedMaxPartners: [
    .userID: 1, .loyaltyCard: 2, .external: 2, .email: 3, .phone: 3, .device: 1, .anonymousID: 1,
  ])

  private init(uncheckedMaxPartners: [IdentityKind: Int]) { maxPartners = uncheckedMaxPartners }

  /// - Parameter maxPartners: kinds left out keep the standard limit.
  public init(maxPartners: [IdentityKind: Int]) throws(ImportError) {
    self = .standard
    for (kind, limit) in maxPartners {
      guard (0...1_000_000).contains(limit) else {
        throw .ruleOutOfRange(kind: kind.rawValue, limit: limit)
      }
      self.maxPartners[kind] = limit
    }
  }

  package func limit(of kind: IdentityKind) -> Int { maxPartners[kind] ?? 0 }
}
