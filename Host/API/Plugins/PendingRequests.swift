// Requests that wait for a plugin's answer, by handle.

import Loader
import NIOCore
import PluginABI
import Synchronization

/// A bounded table. Each request is answered once: by its plugin, by its deadline, or by the end of its provider.
final class PendingRequests: Sendable {
  /// One request.
  struct Pending: Sendable {
    let client: PluginClient
    let isSocket: Bool
    let channel: any Channel
    let complete: @Sendable (Answer) -> Void
    fileprivate var deadline: Scheduled<Void>?
  }

  private struct State {
    var pending: [Pending?] = []
    var generations: [UInt32] = []
    var free: [Int] = []
    var perClient: [ObjectIdentifier: Int] = [:]
  }

  private let state = Mutex(State())

  var count: Int { state.withLock { $0.pending.count - $0.free.count } }

  /// Takes a request in; nil when as many wait as may.
  ///
  /// - Parameter complete: called once, on any thread.
  func add(
    _ client: PluginClient, isSocket: Bool, channel: any Channel, timeoutMs: Int, complete: @escaping @Sendable (Answer) -> Void
  ) -> vox_handle? {
    let handle: vox_handle? = state.withLock { state in
      let mine = state.perClient[ObjectIdentifier(client), default: 0]
      guard mine < Limits.requestsPerProvider, state.pending.count - state.free.count < Limits.requests else { return nil }
      let slot = state.free.popLast() ?? state.pending.count
      if slot == state.pending.count {
        state.pending.append(nil)
        state.generations.append(0)
      }
      state.generations[slot] = max(state.generations[slot] &+ 1, 1)
      state.pending[slot] = Pending(client: client, isSocket: isSocket, channel: channel, complete: complete)
      state.perClient[ObjectIdentifier(client)] = mine + 1
      return Handle(.request, loop: 0, slot: slot, generation: state.generations[slot]).abi
    }
    guard let handle else { return nil }
    let deadline = channel.eventLoop.scheduleTask(in: .milliseconds(Int64(timeoutMs))) { [self] in
      if let late = take(handle, client) { late.complete(.late) }
    }
    let isWaiting = state.withLock { state in
      guard let slot = Self.slot(handle, client, state) else { return false }
      state.pending[slot]?.deadline = deadline
      return true
    }
    if !isWaiting { deadline.cancel() }
    return handle
  }

  /// A request that still waits, without taking it; nil also when it is another provider's.
  func peek(_ handle: vox_handle, _ client: PluginClient) -> Pending? {
    state.withLock { state in Self.slot(handle, client, state).flatMap { state.pending[$0] } }
  }

  /// Takes a request out, for the one who answers it.
  func take(_ handle: vox_handle, _ client: PluginClient) -> Pending? {
    let taken = state.withLock { state in Self.slot(handle, client, state).flatMap { Self.remove($0, &state) } }
    taken?.deadline?.cancel()
    return taken
  }

  /// Takes out all that wait for one provider.
  func takeAll(of client: PluginClient) -> [Pending] {
    let taken = state.withLock { state in
      state.pending.indices.filter { state.pending[$0]?.client === client }.compactMap { Self.remove($0, &state) }
    }
    for pending in taken { pending.deadline?.cancel() }
    return taken
  }

  private static func slot(_ raw: vox_handle, _ client: PluginClient, _ state: State) -> Int? {
    let handle = Handle(abi: raw)
    guard handle.kind == .request, handle.loop == 0, state.pending.indices.contains(handle.slot),
      state.generations[handle.slot] == handle.generation, state.pending[handle.slot]?.client === client
    else { return nil }
    return handle.slot
  }

  private static func remove(_ slot: Int, _ state: inout State) -> Pending? {
    guard let pending = state.pending[slot] else { return nil }
    state.pending[slot] = nil
    state.free.append(slot)
    let id = ObjectIdentifier(pending.client)
    let left = state.perClient[id, default: 1] - 1
    state.perClient[id] = left > 0 ? left : nil
    return pending
  }
}
