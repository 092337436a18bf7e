/// How many batches of an import share a transaction: pages that every batch touches are then written once,
/// and fewer commits wait for the disk.
package struct ImportTransaction: Sendable {
  /// Facts of the open transaction.
  private var factCount = 0
  /// So many facts end it. The first are small, so that a small file has several; from then on each is twice
  /// as long.
  private var limit = 2_000

  /// A quarter of a second: others who write wait no longer.
  private static let maxLimit = 50_000
  /// A batch of fewer facts is no full block of a file: nothing may follow it for long.
  private static let fullBatch = 500

  package init() {}

  /// Whether the transaction goes on after `batch`, which was written in it with `checkpoint`.
  package mutating func staysOpen(after batch: FactBatch, checkpoint: ImportCheckpoint?) -> Bool {
    let count = batch.factCount
    factCount += count
    if factCount < limit, count >= Self.fullBatch, let checkpoint, !checkpoint.isComplete {
      return true
    }
    if factCount >= limit { limit = min(2 * limit, Self.maxLimit) }
    factCount = 0
    return false
  }
}
