internal import SpecialFunctions

/// A marketer's export of leads, invented, with the probability each of them really had.
///
/// One row is one lead: where it came from, what it did, how fast it was answered, and whether it
/// became a customer. The truth is not linear (saturating, U-shaped and joint effects), values are
/// missing for reasons that matter, some levels are rare, and a little dirt is mixed in; see
/// `LeadPopulation` for what and how much.
///
/// Rows depend on `seed` and their number alone: the same seed gives the same bytes on every
/// machine and release, and the first n rows of a longer file are the file of n rows.
public struct LeadSimulation: Hashable, Sendable {
  /// The column that names a lead; every value is different.
  public static let idColumn = "Prospect ID"
  /// The column to predict, 1 or 0.
  public static let targetColumn = "Converted"

  public let rowCount: Int
  public let seed: UInt64
  /// How many months later than the first leads these came, 0 to 24: other sources bring them, and
  /// fewer of them convert.
  public let driftMonths: Int

  /// - Throws: `SimulationError`, when there are fewer than 0 rows, or months outside 0...24.
  public init(rowCount: Int, seed: UInt64, driftMonths: Int = 0) throws(SimulationError) {
    guard rowCount >= 0 else {
      throw .outOfRange(setting: "rowCount", value: rowCount, allowed: "from 0 up")
    }
    guard 0...24 ~= driftMonths else {
      throw .outOfRange(setting: "driftMonths", value: driftMonths, allowed: "from 0 to 24")
    }
    self.rowCount = rowCount
    self.seed = seed
    self.driftMonths = driftMonths
  }

  /// The two files in pieces, to be written one after the other; memory does not grow with rows.
  public var chunks: LeadChunks { LeadChunks(self) }
}

/// A piece of the two files: whole rows, UTF-8, each ended by a line feed. The first piece begins
/// with the headers.
public struct LeadChunk: Hashable, Sendable {
  /// The export. Quoted by RFC 4180, but for the rows counted in `malformedRowCount`.
  public internal(set) var leads: [UInt8]
  /// Columns id and probability, of every lead in `leads`.
  public internal(set) var truth: [UInt8]
  public internal(set) var rowCount = 0
  /// Rows with one field too many, for want of quotes round a comma: a reader should reject them.
  public internal(set) var malformedRowCount = 0
}

/// The pieces of a `LeadSimulation`, in order.
public struct LeadChunks: Sequence, IteratorProtocol, Sendable {
  /// About 2 MB of text: large enough to write at the speed of the disk.
  static let rowsPerChunk = 8192

  private let population: LeadPopulation
  private let rowCount: Int
  private var rowSeeds: SplitMix64
  private var written: Int?

  init(_ simulation: LeadSimulation) {
    population = LeadPopulation(driftMonths: simulation.driftMonths)
    rowCount = simulation.rowCount
    rowSeeds = SplitMix64(seed: simulation.seed)
  }

  public mutating func next() -> LeadChunk? {
    var chunk = LeadChunk(leads: [], truth: [])
    if written == nil {
      LeadRow.appendHeaders(to: &chunk)
    } else if written == rowCount {
      return nil
    }
    let start = written ?? 0
    let end = Swift.min(rowCount, start + Self.rowsPerChunk)
    chunk.leads.reserveCapacity((end - start) * 256)
    chunk.truth.reserveCapacity((end - start) * 32)
    for _ in start..<end {
      // A generator for each row: no draw of one lead can move the next one.
      var generator = SplitMix64(seed: rowSeeds.next())
      let lead = population.draw(using: &generator)
      LeadRow(lead, population).append(to: &chunk, using: &generator)
    }
    written = end
    return chunk
  }
}
