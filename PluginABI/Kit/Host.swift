// The host as a provider sees it: emit, clock, log, timer, services. Every function may be called from any thread.

import Glibc
public import PluginABI
import Synchronization
import Vox

/// How important a line of the log is.
public enum LogLevel: Int32, Sendable { case error = 1, warning, info, debug }

/// The host's table, for the life of the provider. Callable from any thread and inside any call; nothing here blocks. A thread that
/// outlives the provider reaches nothing through it any more.
public final class Host: @unchecked Sendable {
  private let table: UnsafePointer<vox_host_v0>
  /// Calls under way; negative once the provider is gone.
  private let calls = Atomic(0)
  private static let gone = Int.min / 2

  init(_ table: UnsafePointer<vox_host_v0>) { self.table = table }

  /// Makes a call through the host's table, or answers `otherwise` when the provider is gone and the table with it.
  func reach<R>(or otherwise: R, _ body: (vox_host_v0) -> R) -> R {
    // Asked first, so that late callers do not hold up `leave`.
    guard calls.load(ordering: .relaxed) >= 0 else { return otherwise }
    defer { calls.wrappingSubtract(1, ordering: .releasing) }
    guard calls.wrappingAdd(1, ordering: .acquiring).oldValue >= 0 else { return otherwise }
    return body(table.pointee)
  }

  /// Lets no further call through and waits for those under way, which only enqueue. The last step of the provider's destroy.
  func leave() {
    calls.wrappingAdd(Self.gone, ordering: .relaxed)
    while calls.load(ordering: .acquiring) > Self.gone { sched_yield() }
  }

  /// CLOCK_MONOTONIC in nanoseconds; virtual when a session is replayed.
  public var now: UInt64 {
    let now = reach(or: 0) { $0.now?($0.ctx) ?? 0 }
    guard now == 0 else { return now }
    // A thread that outlives the provider still measures sensible spans.
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  /// Writes one line, at most 1 KiB, to the host's log under this provider's name.
  public func log(_ level: LogLevel, _ text: String, about: vox_handle = 0) {
    withView(text) { view in
      var view = view
      reach(or: ()) { $0.log?($0.ctx, about, level.rawValue, &view) }
    }
  }

  /// A service's constant table, or nil when this host has none of that id and type. [provider]
  func service<T>(_ id: String, as type: T.Type) -> UnsafePointer<T>? {
    withView(id) { view in
      var view = view
      return reach(or: nil) { $0.service?($0.ctx, &view)?.assumingMemoryBound(to: type) }
    }
  }

  /// Sends an event as it stands. The kit's ports wrap this; a plugin needs it only for kinds the kit does not know.
  @discardableResult
  public func emit<E>(_ event: E) -> vox_status {
    withUnsafePointer(to: event) { pointer in
      pointer.withMemoryRebound(to: vox_event.self, capacity: 1) { event in
        reach(or: vox_status(VOX_STALE)) { $0.emit?($0.ctx, event) ?? vox_status(VOX_INTERNAL) }
      }
    }
  }

  func timer(owner: vox_handle, token: UInt64, at: UInt64) -> vox_status {
    reach(or: vox_status(VOX_STALE)) { $0.timer?($0.ctx, owner, token, at) ?? vox_status(VOX_INTERNAL) }
  }
}
