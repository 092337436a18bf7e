import Dispatch
import Synchronization

/// Returns `body(0)`, …, `body(count - 1)` in that order, computed by up to `threadCount` threads.
///
/// Threads take the next index when they are free, so which thread computes an element is chance;
/// what is computed is not. Fold the answers in index order, and the sum does not depend on threads.
package func parallelMap<Element: Sendable>(
  count: Int, threadCount: Int, _ body: @Sendable (Int) -> Element
) -> [Element] {
  guard threadCount > 1, count > 1 else { return (0..<count).map(body) }
  var elements = [Element?](repeating: nil, count: count)
  elements.withUnsafeMutableBufferPointer { buffer in
    let next = Atomic(0)
    // Each index is handed out once, so no two threads write one element.
    nonisolated(unsafe) let buffer = buffer
    DispatchQueue.concurrentPerform(iterations: min(threadCount, count)) { _ in
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < count else { return }
        buffer[index] = body(index)
      }
    }
  }
  return elements.compactMap(\.self)
}
