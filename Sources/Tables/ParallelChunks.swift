import Dispatch
import Synchronization

/// Decodes chunks on several threads and delivers the results in the order of the file.
///
/// - Parameters:
///   - work: runs on any thread, on one chunk.
///   - deliver: runs on one thread at a time, in order; at most `4 × threadCount` results wait for it, so
///     memory does not grow with the file.
func forEachChunk<Output: Sendable>(
  of source: any ChunkSource, threadCount: Int,
  work: @Sendable (Chunk) throws -> Output,
  deliver: (Output, _ bytesConsumed: Int) throws -> Void
) throws {
  precondition(threadCount > 0, "\(threadCount) threads cannot read \(source.path)")
  let queue = ChunkQueue<Output>(source)
  let room = DispatchSemaphore(value: 4 * threadCount)
  withoutActuallyEscaping(deliver) { deliver in
    // Only ever called under the queue's lock.
    nonisolated(unsafe) let deliver = deliver
    DispatchQueue.concurrentPerform(iterations: threadCount) { _ in
      while true {
        room.wait()
        guard let chunk = queue.next() else {
          room.signal()
          return
        }
        let result = Result { try work(chunk) }
        let delivered = queue.finish(chunk.number, result, deliver)
        for _ in 0..<delivered { room.signal() }
      }
    }
  }
  try queue.throwFailure()
}

/// The chunks still to do and the results that wait for an earlier one.
private final class ChunkQueue<Output: Sendable>: Sendable {
  private struct State {
    var waiting: [Int: Result<Output, any Error>] = [:]
    var nextToDeliver = 0
    var failure: (any Error)?
  }
  // The caller waits until all chunks are done; meanwhile only the lock's holder touches the source.
  nonisolated(unsafe) private let source: any ChunkSource
  private let state = Mutex(State())

  init(_ source: any ChunkSource) { self.source = source }

  func next() -> Chunk? {
    state.withLock { state in
      guard state.failure == nil else { return nil }
      do {
        return try source.next()
      } catch {
        state.failure = error
        return nil
      }
    }
  }

  /// Delivers what can be delivered in order; returns how many results left the queue.
  func finish(
    _ number: Int, _ result: Result<Output, any Error>,
    _ deliver: (Output, Int) throws -> Void
  ) -> Int {
    state.withLock { state in
      state.waiting[number] = result
      var delivered = 0
      while let ready = state.waiting.removeValue(forKey: state.nextToDeliver) {
        state.nextToDeliver += 1
        delivered += 1
        guard state.failure == nil else { continue }
        do {
          try deliver(ready.get(), source.bytesConsumed)
        } catch {
          state.failure = error
        }
      }
      return delivered
    }
  }

  func throwFailure() throws {
    if let failure = state.withLock({ $0.failure }) { throw failure }
  }
}
