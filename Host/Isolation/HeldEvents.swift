// Events of a worker that the host had no room for, kept in order until it has.

import Loader
import PluginABI

/// Holds what was in flight when the host refused an op's sound; the worker's ring is paused meanwhile, so it is bounded by that ring.
struct HeldEvents: ~Copyable {
  private var events: [UnsafeMutablePointer<vox_event>] = []

  deinit { for e in events { UnsafeMutableRawPointer(e).deallocate() } }

  var isEmpty: Bool { events.isEmpty }
  /// Events of no op are refused only while the loop's own ring is full, and nobody tells when it is not any more.
  var hasSessionEvents: Bool { events.contains { $0.pointee.op == 0 } }

  /// Whether an event of `op` has to wait behind others.
  @inline(__always)
  func holds(_ op: vox_handle) -> Bool { !events.isEmpty && events.contains { $0.pointee.op == op } }

  /// Keeps a copy of an event that was adopted with so many bytes.
  mutating func keep(_ e: UnsafePointer<vox_event>, bytes: Int) {
    let copy = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 8)
    EventCopy.copy(e, to: copy)
    events.append(copy.assumingMemoryBound(to: vox_event.self))
  }

  /// Offers each event again; those of an op stay in order behind the first that is refused.
  mutating func retry(_ give: (UnsafeMutablePointer<vox_event>) -> Bool) {
    events.offerAgain(by: { $0.pointee.op }) { e in
      guard give(e) else { return false }
      UnsafeMutableRawPointer(e).deallocate()
      return true
    }
  }
}
