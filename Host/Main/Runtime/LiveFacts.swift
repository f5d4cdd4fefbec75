// Facts as they become durable, for whoever watches.

import Journal
import Synchronization

/// Hands every committed entry to its watchers. Each watcher has a bounded buffer; one that is too slow loses the oldest and can
/// read them again from the journal, whose sequence numbers show the gap.
final class LiveFacts: Sendable {
  private struct Watchers {
    var next = 0
    var streams: [Int: AsyncStream<Entry>.Continuation] = [:]
  }

  private static let buffered = 4096
  private let watchers = Mutex(Watchers())

  func publish(_ entries: [Entry]) {
    let streams = watchers.withLock { Array($0.streams.values) }
    for stream in streams { for entry in entries { stream.yield(entry) } }
  }

  func watch() -> AsyncStream<Entry> {
    AsyncStream(bufferingPolicy: .bufferingNewest(Self.buffered)) { stream in
      let id = watchers.withLock {
        $0.next += 1
        $0.streams[$0.next] = stream
        return $0.next
      }
      stream.onTermination = { [self] _ in watchers.withLock { $0.streams[id] = nil } }
    }
  }
}
