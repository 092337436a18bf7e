extension IdentityRules {
  /// `kind=limit` joined by spaces, in the order of the kinds: the form that stores keep.
  package var storedText: String {
    IdentityKind.allCases.map { "\($0.rawValue)=\(maxPartners[$0] ?? 0)" }.joined(separator: " ")
  }

  package init?(stored text: String) {
    var limits: [IdentityKind: Int] = [:]
    for word in text.split(separator: " ") {
      let parts = word.split(separator: "=")
      guard parts.count == 2, let kind = IdentityKind(rawValue: String(parts[0])),
        let limit = Int(parts[1])
      else { return nil }
      limits[kind] = limit
    }
    guard let rules = try? IdentityRules(maxPartners: limits) else { return nil }
    self = rules
  }
}
