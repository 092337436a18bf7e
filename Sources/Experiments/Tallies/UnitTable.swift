/// The units of one partition: each at its first exposure, and whether it was seen in two variants.
///
/// An open-addressed table over the records, small enough for the cache.
struct UnitTable {
  /// The record of each unit's first exposure.
  private(set) var first: [Int32] = []
  private(set) var isInTwoVariants: [Bool] = []
  private(set) var repeatCount = 0
  /// Units + 1; 0 is a free slot. The count is a power of two.
  private var slots: [Int32]

  init(_ records: ExposureRecords) {
    var slotCount = 16
    while slotCount < 2 * records.count { slotCount *= 2 }
    slots = [Int32](repeating: 0, count: slotCount)
    first.reserveCapacity(records.count)
    isInTwoVariants.reserveCapacity(records.count)
    for index in 0..<records.count { insert(index, records) }
  }

  var count: Int { first.count }

  /// The place of the unit with `key`, `nil` where it was never exposed.
  func unit(_ key: UInt64, _ records: ExposureRecords) -> Int? {
    let unit = Int(slots[slot(of: key & 0x00ff_ffff_ffff_ffff, records)]) - 1
    return unit < 0 ? nil : unit
  }

  private mutating func insert(_ index: Int, _ records: ExposureRecords) {
    let slot = slot(of: records.key(index), records)
    let unit = Int(slots[slot]) - 1
    guard unit >= 0 else {
      first.append(Int32(truncatingIfNeeded: index))
      isInTwoVariants.append(false)
      slots[slot] = Int32(truncatingIfNeeded: first.count)
      return
    }
    repeatCount += 1
    let known = Int(first[unit])
    if records.variant(known) != records.variant(index) { isInTwoVariants[unit] = true }
    if records.isBefore(index, known) { first[unit] = Int32(truncatingIfNeeded: index) }
  }

  @inline(__always)
  private func slot(of key: UInt64, _ records: ExposureRecords) -> Int {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: key) & mask
    while slots[slot] != 0 {
      if records.key(Int(first[Int(slots[slot]) - 1])) == key { return slot }
      slot = (slot + 1) & mask
    }
    return slot
  }
}
