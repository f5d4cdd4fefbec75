// The door through which facts enter, and a sink in memory for tests and simulation.

public import Base
import Synchronization

/// Takes facts. `Journal` is the one that lasts; `MemoryJournal` serves tests.
///
/// An implementation may be called from any thread, never blocks on a disk or socket, and keeps the order of calls made by one thread.
public protocol FactSink: AnyObject, Sendable {
  /// Hands over one fact. It is stamped with the time of this call.
  func append(_ fact: Fact, about subject: Subject)
  /// True while the host should take no further calls, because facts arrive faster than they can be kept.
  var isPressed: Bool { get }
}

/// Keeps every fact in memory, unbounded: for tests and simulated runs only.
public final class MemoryJournal: FactSink {
  private let clock: any Clock
  private let kept = Mutex<[Entry]>([])

  public init(clock: any Clock) { self.clock = clock }

  public let isPressed = false

  /// Everything appended so far, oldest first.
  public var entries: [Entry] { kept.withLock { $0 } }

  public func append(_ fact: Fact, about subject: Subject) {
    kept.withLock {
      $0.append(Entry(sequence: UInt64($0.count) + 1, wallMs: clock.wallMs, at: clock.now, subject: subject, fact: fact))
    }
  }
}
