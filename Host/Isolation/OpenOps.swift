// The ops a session has running, as the host knows them: an event for any other is not believed.

import PluginABI
import Synchronization

/// A fixed set of op handles without a lock: the caller's thread adds, the reading thread removes.
final class OpenOps: Sendable {
  /// As many as one session may run (`ProviderSession`).
  private static let room = 64

  private struct Slots: ~Copyable, @unchecked Sendable {
    let words = UnsafeMutablePointer<Atomic<UInt64>>.allocate(capacity: OpenOps.room)

    init() {
      for i in 0..<OpenOps.room { (words + i).initialize(to: Atomic(0)) }
    }

    deinit { words.deallocate() }
  }

  private let slots = Slots()

  /// False when the set is full.
  func insert(_ op: vox_handle) -> Bool {
    for i in 0..<Self.room where slots.words[i].load(ordering: .relaxed) == 0 {
      slots.words[i].store(op, ordering: .releasing)
      return true
    }
    return false
  }

  func contains(_ op: vox_handle) -> Bool { find(op) != nil }

  func remove(_ op: vox_handle) {
    if let i = find(op) { slots.words[i].store(0, ordering: .releasing) }
  }

  private func find(_ op: vox_handle) -> Int? {
    (0..<Self.room).first { slots.words[$0].load(ordering: .acquiring) == op }
  }
}
