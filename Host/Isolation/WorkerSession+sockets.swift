// What a session in the worker sends on its sockets.

import PluginABI
import Synchronization
import Vox
import WebSocket

/// From any thread of the plugin. A message goes the way of the session's events and nobody waits for an answer, so what the host would
/// answer is known here: which sockets are open, and whether they have room.
extension WorkerSession {
  /// The sockets of a session, and how many messages it has sent.
  struct Sockets {
    enum State { case open, closing }
    var states: [UInt64: State] = [:]
    var sent: UInt64 = 0
  }

  /// A socket is about to be the session's. Noted before it is asked for, since its end may come first.
  func opened(_ token: UInt64) { sending.withLock { $0.sockets.states[token] = .open } }

  /// A socket is the session's no more.
  func closed(_ token: UInt64) { sending.withLock { _ = $0.sockets.states.removeValue(forKey: token) } }

  /// Sends a message; nil when it has to be asked for: the socket is not the session's, or the ring too short.
  func send(_ token: UInt64, how: UInt32, _ data: vox_view) -> vox_status? {
    write(.message, token, how, data) { how & UInt32(VOX_SOCKET_BINARY) != 0 || MessageReader.isUTF8(data.bytes) }
  }

  /// Closes a socket behind all that was sent; nil as of `send`, and where the ring is full: a close is not to be refused.
  func close(_ token: UInt64, code: UInt32, _ reason: vox_view) -> vox_status? {
    write(.close, token, code, reason) { CloseCode.maySend(Int(code)) }
  }

  private func write(_ kind: SocketRecord, _ token: UInt64, _ number: UInt32, _ data: vox_view, isSound: () -> Bool) -> vox_status? {
    let status: vox_status? = sending.withLock {
      guard let state = $0.sockets.states[token] else { return nil }
      guard data.len == 0 || data.ptr != nil else { return vox_status(VOX_INVALID) }
      guard data.len <= UInt64(memory.events.maxPayload - CallRecord.wordsBytes) else { return nil }
      guard state == .open else { return vox_status(VOX_STALE) }
      guard isSound() else { return vox_status(VOX_INVALID) }
      guard kind == .close || hasRoom(&$0) else { return vox_status(VOX_WOULD_BLOCK) }
      let outcome =
        $0.overflow.isEmpty
        ? $0.events.write(kind: kind.rawValue, count: SocketRecord.bytes(data), urgent: true) {
          SocketRecord.write(token, number, data, to: $0)
        } : .full
      guard outcome == .written else {
        guard kind == .message else { return nil }
        $0.refused.insert(0)
        return vox_status(VOX_WOULD_BLOCK)
      }
      $0.sockets.sent += 1
      if kind == .close { $0.sockets.states[token] = .closing }
      return vox_status(VOX_OK)
    }
    if status == vox_status(VOX_OK) { thread.wakeHost(self) }
    return status
  }

  /// Whether the host has room on all sockets; else RESUME is due when it has.
  private func hasRoom(_ sending: inout Sending) -> Bool {
    guard MessageState(memory.messages.settled).isHeld else { return true }
    sending.refused.insert(0)
    // Looked at once more: the host either sees to it that `tellRoom` comes after this, or has made room that is seen here.
    guard !MessageState(memory.messages.settled).isHeld else { return false }
    sending.refused.remove(0)
    return true
  }

  /// Whether the host has carried out everything that was sent, for what must come behind it on another way; else RESUME is due when it has.
  func hasSentAll() -> Bool {
    let answer: Bool? = sending.withLock {
      guard !isDone($0) else { return nil }
      $0.refused.insert(0)
      // The host wakes whom it finds waiting after it has carried out what it read. Looked at once more, as above.
      memory.events.waiting.settle(1)
      guard isDone($0) else { return false }
      $0.refused.remove(0)
      return true
    }
    // It takes the flag down, also where nobody waits any more.
    if answer != nil { thread.wakeHost(self) }
    return answer ?? true
  }

  private func isDone(_ sending: borrowing Sending) -> Bool { MessageState(memory.messages.settled).done >= sending.sockets.sent }
}
