/// Infers what a column means from its distinct texts and how often each occurs.
struct TypeInference {
  let format: CSVFormat
  /// The share of a column's cells that must read as a number or date for it to be one; the rest are
  /// dirt, which is counted and taken as missing.
  private static let readableShare = 0.99

  static func isEnough(readable: Int, of present: Int) -> Bool {
    Double(readable) >= readableShare * Double(present)
  }

  /// - Parameters:
  ///   - levels: the distinct texts, missing ones included.
  ///   - counts: how many rows hold each.
  func schema(name: String, levels: LevelDictionary, counts: [Int]) -> ColumnSchema {
    let present = (0..<levels.count).filter {
      !levels.withBytes(of: $0) { format.missing.contains($0) }
    }
    let total = present.reduce(0) { $0 + counts[$1] }
    // With nothing to go by, a number: an empty column is dropped later, and said so.
    if total == 0 { return ColumnSchema(.number) }
    func readable(_ accepts: (UnsafeRawBufferPointer) -> Bool) -> Int {
      present.reduce(0) { $0 + (levels.withBytes(of: $1, accepts) ? counts[$1] : 0) }
    }

    let parser = NumberParser(decimalMark: format.decimalMark)
    if Self.isEnough(readable: readable { parser.number($0) != nil }, of: total) {
      return ColumnSchema(.number)
    }
    let dates = DateOrder.allCases.map { order in
      (order, count: readable { DateParser.seconds($0, order: order) != nil })
    }
    // Of two orders that fit, the one that also reads the few days past the twelfth.
    let most = dates.map(\.count).max() ?? 0
    let orders = dates.filter { $0.count == most && Self.isEnough(readable: most, of: total) }
      .map(\.0)
    if let order = dateOrder(orders, levels: levels, present: present) {
      return ColumnSchema(.date, order: order)
    }
    if isYesOrNo(present.map { levels.level($0).lowercased() }) {
      return ColumnSchema(.boolean)
    }
    let lengths = present.reduce(0) { $0 + levels.withBytes(of: $1) { $0.count } * counts[$1] }
    return ColumnSchema(
      textKind(
        name: name, distinct: present.count, total: total,
        meanLength: Double(lengths) / Double(total)))
  }

  /// Whether the words are one for yes, one for no, or both, whatever their case.
  private func isYesOrNo(_ words: [String]) -> Bool {
    let distinct = Set(words)
    let values = Set(distinct.compactMap { BooleanWords.value($0) })
    return distinct.count <= 2 && values.count == distinct.count
  }

  /// The order that fits; of two, day first only where the mark is a point, as nobody writes mm.dd.yyyy.
  private func dateOrder(
    _ orders: [DateOrder], levels: LevelDictionary, present: [Int]
  ) -> DateOrder? {
    if orders.count == 1 { return orders[0] }
    guard orders == [.dayFirst, .monthFirst], let first = present.first,
      levels.withBytes(of: first, { $0.holds(UInt8(ascii: ".")) })
    else { return nil }
    return .dayFirst
  }

  /// Tells categories from identifiers (nearly every value its own, short) and free text (mostly
  /// distinct, or long).
  private func textKind(
    name: String, distinct: Int, total: Int, meanLength: Double
  ) -> ColumnKind {
    let distinctShare = Double(distinct) / Double(total)
    let isLong = meanLength > 50
    if distinctShare >= 0.95, total >= 20 || namesIdentifier(name) {
      return isLong || meanLength > 24 && !namesIdentifier(name) ? .text : .identifier
    }
    if isLong || distinctShare > 0.5 && total >= 50 { return .text }
    return .category
  }
}

/// Whether a column's name says that it identifies something: `id`, `customer_id`, `customerID`.
package func namesIdentifier(_ name: String) -> Bool {
  let lowered = name.lowercased()
  if ["id", "uuid", "guid", "key"].contains(lowered) { return true }
  return ["_id", " id", "-id", "_uuid", "_key"].contains { lowered.hasSuffix($0) }
    || name.hasSuffix("ID") || name.hasSuffix("Id")
}
