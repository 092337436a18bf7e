import Dispatch
import Synchronization

/// Works on items on several threads while the calling thread takes the results, in order.
///
/// - Parameters:
///   - source: gives the items, `nil` at the end; called by one thread at a time.
///   - threadCount: how many threads work besides the calling one; at most `threadCount + 2` items are under way, so memory does not grow with their number.
///   - deliver: takes the results in the order of the items. Where `work` or `source` throws, what came
///     before is delivered first.
package func forEachInOrder<Item: Sendable, Output: Sendable>(
  of source: sending @escaping () throws -> Item?, threadCount: Int,
  work: @escaping @Sendable (Item) throws -> Output, deliver: (Output) throws -> Void
) throws {
  let pipeline = OrderedPipeline(source, work, threadCount: threadCount)
  pipeline.start()
  defer { pipeline.stop() }
  while let output = try pipeline.next() { try deliver(output) }
}

private final class OrderedPipeline<Item: Sendable, Output: Sendable>: Sendable {
  private struct State {
    var finished: [Int: Result<Output, any Error>] = [:]
    /// The number of items, once it is known.
    var count: Int?
    var nextToDeliver = 0
  }
  private struct Source: ~Copyable {
    let next: () throws -> Item?
    var number = 0
    var isAtEnd = false
  }

  private let source: Mutex<Source>
  private let work: @Sendable (Item) throws -> Output
  private let state = Mutex(State())
  private let threadCount: Int
  /// Places for items under way.
  private let room: DispatchSemaphore
  /// Signalled whenever there may be something to deliver.
  private let news = DispatchSemaphore(value: 0)
  private let workers = DispatchGroup()

  init(
    _ source: sending @escaping () throws -> Item?,
    _ work: @escaping @Sendable (Item) throws -> Output, threadCount: Int
  ) {
    self.source = Mutex(Source(next: source))
    self.work = work
    self.threadCount = threadCount
    room = DispatchSemaphore(value: threadCount + 2)
  }

  func start() {
    for _ in 0..<threadCount {
      DispatchQueue.global().async(group: workers) { self.run() }
    }
  }

  /// Ends the workers, also where not all was delivered.
  func stop() {
    source.withLock { $0.isAtEnd = true }
    for _ in 0..<threadCount { room.signal() }
    workers.wait()
    // A semaphore may not end with fewer places than it began with.
    while state.withLock({ $0.finished.popFirst() != nil }) { room.signal() }
  }

  private func run() {
    while true {
      room.wait()
      guard let (number, item) = take() else {
        room.signal()
        news.signal()
        return
      }
      let result = Result { try work(item.get()) }
      state.withLock { $0.finished[number] = result }
      news.signal()
    }
  }

  /// The next item and its number; where the source fails, the failure takes its place and is the last.
  private func take() -> (Int, Result<Item, any Error>)? {
    source.withLock { source in
      guard !source.isAtEnd else { return nil }
      let number = source.number
      do {
        guard let item = try source.next() else {
          source.isAtEnd = true
          state.withLock { $0.count = number }
          return nil
        }
        source.number += 1
        return (number, .success(item))
      } catch {
        source.isAtEnd = true
        state.withLock { $0.count = number + 1 }
        return (number, .failure(error))
      }
    }
  }

  func next() throws -> Output? {
    while true {
      let (result, isAtEnd) = state.withLock { state -> (Result<Output, any Error>?, Bool) in
        let result = state.finished.removeValue(forKey: state.nextToDeliver)
        if result != nil { state.nextToDeliver += 1 }
        return (result, result == nil && state.nextToDeliver == state.count)
      }
      if isAtEnd { return nil }
      if let result {
        room.signal()
        return try result.get()
      }
      news.wait()
    }
  }
}
