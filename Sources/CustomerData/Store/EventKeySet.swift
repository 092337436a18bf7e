/// The message ids of the events in a store, by their hashes, so that a large import finds duplicates without
/// a search of the disk for each event.
///
/// Open addressing with linear probing (Knuth, vol. 3, 6.4) in 256 parts that grow one by one, so that growing
/// needs little room beside what is there. 12 bytes an entry, parts at most ¾ full: 10 million events take
/// 160 to 240 MB.
package struct EventKeySet {
  /// What the set knows of an event.
  package enum Answer { case new, copy, conflict }

  private var parts = [Part](repeating: Part(), count: 256)
  package private(set) var count = 0

  /// - Parameter expectedCount: an estimate; with room for so many, the set need not grow.
  package init(expectedCount: Int = 0) {
    guard expectedCount > 0 else { return }
    // Most parts get a little more or less than their share.
    let share = min(expectedCount, Self.maxExpected) / parts.count
    let capacity = (share + 4 * Int(Double(share).squareRoot())) * 4 / 3
    for place in parts.indices { parts[place].reserve(capacity) }
  }

  /// An estimate may be wrong, and memory is taken at once: at most some 240 MB.
  private static let maxExpected = 15_000_000

  /// Adds an event unless its id is there.
  package mutating func insert(idHash: UInt64, bodyHash: UInt64) -> Answer {
    // 0 marks an empty place.
    let id = idHash == 0 ? 1 : idHash
    let part = Int(id >> 56)
    let answer = parts[part].insert(id: id, body: UInt32(truncatingIfNeeded: bodyHash))
    if answer == .new { count += 1 }
    return answer
  }

  private struct Part {
    var ids: [UInt64] = []
    var bodies: [UInt32] = []
    var count = 0

    mutating func insert(id: UInt64, body: UInt32) -> Answer {
      if 4 * (count + 1) > 3 * ids.count { grow() }
      let place = place(of: id)
      if ids[place] == id { return bodies[place] == body ? .copy : .conflict }
      ids[place] = id
      bodies[place] = body
      count += 1
      return .new
    }

    /// Where `id` is or would go.
    private func place(of id: UInt64) -> Int {
      // The high bits chose the part, the middle ones choose the place, for any number of places.
      var place = Int((id << 8).multipliedFullWidth(by: UInt64(ids.count)).high)
      while ids[place] != 0, ids[place] != id {
        place += 1
        if place == ids.count { place = 0 }
      }
      return place
    }

    private mutating func grow() { reserve(max(64, ids.count * 3 / 2)) }

    mutating func reserve(_ capacity: Int) {
      let (oldIDs, oldBodies) = (ids, bodies)
      ids = [UInt64](repeating: 0, count: capacity)
      bodies = [UInt32](repeating: 0, count: capacity)
      for (id, body) in zip(oldIDs, oldBodies) where id != 0 {
        let place = place(of: id)
        ids[place] = id
        bodies[place] = body
      }
    }
  }
}
