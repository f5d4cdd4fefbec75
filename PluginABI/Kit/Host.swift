// The host as a provider sees it: emit, clock, log, timer, services. Every function may be called from any thread.

public import PluginABI
import Vox

/// How important a line of the log is.
public enum LogLevel: Int32, Sendable { case error = 1, warning, info, debug }

/// The host's table, for the life of the provider. Callable from any thread and inside any call; nothing here blocks.
public final class Host: @unchecked Sendable {
  let table: UnsafePointer<vox_host_v0>

  init(_ table: UnsafePointer<vox_host_v0>) { self.table = table }

  /// CLOCK_MONOTONIC in nanoseconds; virtual when a session is replayed.
  public var now: UInt64 { table.pointee.now?(table.pointee.ctx) ?? 0 }

  /// Writes one line, at most 1 KiB, to the host's log under this provider's name.
  public func log(_ level: LogLevel, _ text: String, about: vox_handle = 0) {
    withView(text) { view in
      var view = view
      table.pointee.log?(table.pointee.ctx, about, level.rawValue, &view)
    }
  }

  /// A service's constant table, or nil when this host has none of that id and type. [provider]
  func service<T>(_ id: String, as type: T.Type) -> UnsafePointer<T>? {
    withView(id) { view in
      var view = view
      return table.pointee.service?(table.pointee.ctx, &view)?.assumingMemoryBound(to: type)
    }
  }

  /// Sends an event as it stands. The kit's ports wrap this; a plugin needs it only for kinds the kit does not know.
  @discardableResult
  public func emit<E>(_ event: E) -> vox_status {
    withUnsafePointer(to: event) { pointer in
      pointer.withMemoryRebound(to: vox_event.self, capacity: 1) {
        table.pointee.emit?(table.pointee.ctx, $0) ?? vox_status(VOX_INTERNAL)
      }
    }
  }

  func timer(owner: vox_handle, token: UInt64, at: UInt64) -> vox_status {
    table.pointee.timer?(table.pointee.ctx, owner, token, at) ?? vox_status(VOX_INTERNAL)
  }
}
