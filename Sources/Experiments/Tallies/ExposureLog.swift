/// What an exposure carries besides unit, variant and time, column by column.
public struct ExposureLayout: Hashable, Sendable {
  /// Columns whose levels the split is watched by.
  public var dimensions: [String]
  /// Covariates that are texts; each makes indicators.
  public var categories: [String]
  /// Covariates that are numbers.
  public var covariates: [String]
  public var hasScore: Bool
  /// 1 for the probability of the variant that was assigned, one for each variant, or 0.
  public var probabilityCount: Int
  /// Of wide files, where a row holds all that its unit did: the number of events, each a column in the
  /// order of `ConversionLog.events`. 0 where conversions come apart.
  public var outcomeCount: Int

  public init(
    dimensions: [String] = [], categories: [String] = [], covariates: [String] = [],
    hasScore: Bool = false, probabilityCount: Int = 0, outcomeCount: Int = 0
  ) {
    self.dimensions = dimensions
    self.categories = categories
    self.covariates = covariates
    self.hasScore = hasScore
    self.probabilityCount = probabilityCount
    self.outcomeCount = outcomeCount
  }

  /// Columns of texts: dimensions, then categories.
  public var levelCount: Int { dimensions.count + categories.count }

  /// Columns of numbers: covariates, the score, probabilities, outcomes. NaN is missing.
  public var numberCount: Int { outcomeStart + outcomeCount }

  /// The first of the outcomes among the numbers.
  var outcomeStart: Int { covariates.count + (hasScore ? 1 : 0) + probabilityCount }

  /// Seven bytes of key (the partition is the eighth), six of time and variant, then the rest.
  var stride: Int { 13 + 4 * levelCount + 8 * numberCount }
}

/// Instants as logs keep them: whole milliseconds from 1990 to 2059, in 41 bits.
public enum LogInstant {
  static let epochMilliseconds = 631_152_000_000
  static let bitCount = 41
  /// The exclusive end of what can be kept, in seconds since 1970.
  public static let range: Range<Double> =
    631_152_000..<(631_152_000 + Double(1 << bitCount) / 1_000)

  /// Milliseconds since 1990, `nil` outside `range`.
  public static func milliseconds(_ seconds: Double) -> Int? {
    guard range.contains(seconds) else { return nil }
    return Int((seconds * 1_000).rounded()) - epochMilliseconds
  }

  static func seconds(_ milliseconds: Int) -> Double {
    Double(milliseconds + epochMilliseconds) / 1_000
  }
}

/// Exposures of one stretch of a file or stream, sorted into the partitions of a log.
///
/// Made on any thread; then `ExposureLog.append` is a copy of bytes.
public struct ExposureBatch: Sendable {
  let layout: ExposureLayout
  fileprivate var records: [UInt8] = []
  /// Where each partition's records begin in `records`, and where the last ends.
  fileprivate var bounds: [Int] = []
  /// What the codes of each column of texts mean, in this batch.
  fileprivate let levelNames: [[String]]
  fileprivate var earliest = Int.max
  fileprivate var latest = Int.min

  /// - Parameters:
  ///   - milliseconds: since 1990, see `LogInstant`; 0 where time is unknown.
  ///   - levels: codes by column as `layout` has them, then by exposure.
  ///   - levelNames: the texts of the codes, by column; empty for a missing one.
  ///   - numbers: by column as `layout` has them, then by exposure.
  public init(
    layout: ExposureLayout = ExposureLayout(), units: [UnitKey], variants: [UInt8],
    milliseconds: [Int], levels: [[UInt32]] = [], levelNames: [[String]] = [],
    numbers: [[Double]] = []
  ) {
    precondition(
      variants.count == units.count && milliseconds.count == units.count
        && levels.count == layout.levelCount && levelNames.count == levels.count
        && numbers.count == layout.numberCount,
      "\(units.count) units, \(variants.count) variants, \(milliseconds.count) instants")
    self.layout = layout
    self.levelNames = levelNames
    bounds = Self.bounds(units)
    var next = bounds
    let stride = layout.stride
    records = [UInt8](unsafeUninitializedCapacity: units.count * stride) { buffer, count in
      let bytes = UnsafeMutableRawBufferPointer(buffer)
      for row in units.indices {
        let partition = ExposureLog.partition(of: units[row])
        let place = next[partition] * stride
        next[partition] += 1
        let state = UInt64(milliseconds[row]) << 7 | UInt64(variants[row])
        ExposureRecord.write(units[row], state, to: bytes, at: place)
        var end = place + 13
        for column in levels {
          bytes.storeBytes(of: column[row], toByteOffset: end, as: UInt32.self)
          end += 4
        }
        for column in numbers {
          bytes.storeBytes(of: column[row].bitPattern, toByteOffset: end, as: UInt64.self)
          end += 8
        }
      }
      count = units.count * stride
    }
    for instant in milliseconds {
      earliest = min(earliest, instant)
      latest = max(latest, instant)
    }
  }

  private static func bounds(_ units: [UnitKey]) -> [Int] {
    var bounds = [Int](repeating: 0, count: ExposureLog.partitionCount + 1)
    for unit in units { bounds[ExposureLog.partition(of: unit) + 1] += 1 }
    for partition in 1...ExposureLog.partitionCount { bounds[partition] += bounds[partition - 1] }
    return bounds
  }
}

/// Exposures in 13 bytes each, parted by unit, so that ten million fit where a table of them would not
/// and each part is joined in the cache.
public struct ExposureLog: Sendable {
  static let partitionCount = 256
  /// The most variants that a record's seven bits tell apart.
  public static let maxVariants = 128

  public let layout: ExposureLayout
  public private(set) var count = 0
  /// Blocks of whole records by partition; blocks never move, so growing copies nothing.
  private var partitions: [[[UInt8]]]
  private var earliest = Int.max
  private var latest = Int.min
  /// The texts met so far by column, in order of arrival, and the code of each.
  private var levelNames: [[String]]
  private var levelCodes: [[String: UInt32]]

  public init(layout: ExposureLayout = ExposureLayout()) {
    self.layout = layout
    partitions = [[[UInt8]]](repeating: [], count: Self.partitionCount)
    levelNames = [[String]](repeating: [], count: layout.levelCount)
    levelCodes = [[String: UInt32]](repeating: [:], count: layout.levelCount)
  }

  /// The first and the last instant, in milliseconds since 1990; `nil` when empty.
  var milliseconds: ClosedRange<Int>? { count > 0 ? earliest...latest : nil }

  public mutating func append(_ batch: ExposureBatch) {
    precondition(batch.layout == layout, "a batch of another layout")
    let stride = layout.stride
    recoded(batch).withUnsafeBytes { records in
      for partition in 0..<Self.partitionCount {
        let range = batch.bounds[partition] * stride..<batch.bounds[partition + 1] * stride
        append(UnsafeRawBufferPointer(rebasing: records[range]), to: partition)
      }
    }
    count += batch.bounds[Self.partitionCount]
    earliest = min(earliest, batch.earliest)
    latest = max(latest, batch.latest)
  }

  /// The records of `batch` with the log's codes of levels in place of its own.
  private mutating func recoded(_ batch: ExposureBatch) -> [UInt8] {
    guard layout.levelCount > 0 else { return batch.records }
    let codes = batch.levelNames.indices.map { column in
      batch.levelNames[column].map { code(of: $0, column: column) }
    }
    let stride = layout.stride
    var records = batch.records
    records.withUnsafeMutableBytes { bytes in
      for record in Swift.stride(from: 0, to: bytes.count, by: stride) {
        for column in codes.indices {
          let place = record + 13 + 4 * column
          let code = bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self)
          bytes.storeBytes(of: codes[column][Int(code)], toByteOffset: place, as: UInt32.self)
        }
      }
    }
    return records
  }

  private mutating func code(of name: String, column: Int) -> UInt32 {
    if let code = levelCodes[column][name] { return code }
    let code = UInt32(truncatingIfNeeded: levelNames[column].count)
    levelNames[column].append(name)
    levelCodes[column][name] = code
    return code
  }

  /// The texts of each column in alphabetical order, and the place of each code in it: an order that
  /// arrival has no say in.
  var sortedLevels: (names: [[String]], ranks: [[UInt32]]) {
    var ranks: [[UInt32]] = []
    for names in levelNames {
      let order = names.indices.sorted { names[$0] < names[$1] }
      var rank = [UInt32](repeating: 0, count: names.count)
      for (place, code) in order.enumerated() { rank[code] = UInt32(truncatingIfNeeded: place) }
      ranks.append(rank)
    }
    return (levelNames.map { $0.sorted() }, ranks)
  }

  private mutating func append(_ records: UnsafeRawBufferPointer, to partition: Int) {
    let capacity = max(1, (16 << 10) / layout.stride) * layout.stride
    var rest = records[...]
    while !rest.isEmpty {
      let last = partitions[partition].count - 1
      let room = last < 0 ? 0 : capacity - partitions[partition][last].count
      if room == 0 {
        var block: [UInt8] = []
        block.reserveCapacity(capacity)
        partitions[partition].append(block)
        continue
      }
      let part = rest.prefix(room)
      partitions[partition][last].append(contentsOf: part)
      rest = rest.dropFirst(part.count)
    }
  }

  /// The records of one partition, in one piece.
  func records(ofPartition partition: Int, ranks: [[UInt32]]) -> ExposureRecords {
    let blocks = partitions[partition]
    var bytes: [UInt8] = []
    bytes.reserveCapacity(blocks.reduce(0) { $0 + $1.count })
    for block in blocks { bytes.append(contentsOf: block) }
    return ExposureRecords(layout: layout, ranks: ranks, bytes: bytes)
  }

  @inline(__always)
  static func partition(of unit: UnitKey) -> Int { Int(truncatingIfNeeded: unit.bits >> 56) }
}

/// One exposure's place in bytes.
enum ExposureRecord {
  @inline(__always)
  static func write(
    _ unit: UnitKey, _ state: UInt64, to bytes: UnsafeMutableRawBufferPointer, at place: Int
  ) {
    let low = (unit.bits & 0x00ff_ffff_ffff_ffff) | state << 56
    bytes.storeBytes(of: low, toByteOffset: place, as: UInt64.self)
    bytes.storeBytes(
      of: UInt32(truncatingIfNeeded: state >> 8), toByteOffset: place + 8, as: UInt32.self)
    bytes.storeBytes(
      of: UInt8(truncatingIfNeeded: state >> 40), toByteOffset: place + 12, as: UInt8.self)
  }
}

/// The exposures of one partition.
struct ExposureRecords: Sendable {
  let layout: ExposureLayout
  /// The alphabetical places of the codes, by column.
  let ranks: [[UInt32]]
  let bytes: [UInt8]

  var count: Int { bytes.count / layout.stride }

  /// The low 56 bits of a unit's key: within a partition, all of it.
  @inline(__always)
  func key(_ index: Int) -> UInt64 {
    word(index * layout.stride) & 0x00ff_ffff_ffff_ffff
  }

  /// Time above variant: of two exposures, the earlier has the smaller state.
  @inline(__always)
  func state(_ index: Int) -> UInt64 { word(index * layout.stride + 5) >> 16 }

  @inline(__always)
  func milliseconds(_ index: Int) -> Int { Int(truncatingIfNeeded: state(index) >> 7) }

  @inline(__always)
  func variant(_ index: Int) -> Int { Int(truncatingIfNeeded: state(index) & 0x7f) }

  /// The alphabetical place of the text.
  func level(_ column: Int, _ index: Int) -> Int {
    let place = index * layout.stride + 13 + 4 * column
    let code = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: place, as: UInt32.self) }
    return Int(ranks[column][Int(code)])
  }

  func number(_ column: Int, _ index: Int) -> Double {
    Double(
      bitPattern: word(index * layout.stride + 13 + 4 * layout.levelCount + 8 * column))
  }

  /// Whether record `left` comes before `right` of the same unit: the earlier, then, so that the order
  /// of arrival has no say, the one whose columns are less.
  func isBefore(_ left: Int, _ right: Int) -> Bool {
    let (mine, other) = (state(left), state(right))
    if mine != other { return mine < other }
    for column in 0..<layout.levelCount {
      let (mine, other) = (level(column, left), level(column, right))
      if mine != other { return mine < other }
    }
    for column in 0..<layout.numberCount {
      let (mine, other) = (number(column, left).bitPattern, number(column, right).bitPattern)
      if mine != other { return mine < other }
    }
    return false
  }

  @inline(__always)
  private func word(_ place: Int) -> UInt64 {
    bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: place, as: UInt64.self) }
  }
}
