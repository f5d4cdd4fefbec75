// What a session in a worker sends on its sockets: carried out where its events are read.

import PluginABI
import Vox

/// A worker writes messages behind its events, does not wait for an answer, and has them carried out in order. A socket without room is
/// told to it afterwards, by a word of their memory; what was on its way by then is kept here.
struct SocketMessages {
  private let owner: vox_handle
  private let desk: ServiceDesk
  private let word: SharedWord
  private var table: vox_socket_v0?
  private var state = MessageState(done: 0, isHeld: false)
  private var held: [(token: UInt64, record: [UInt8])] = []
  private var heldBytes = 0

  /// - Parameter word: where the worker reads how far its messages have come.
  init(_ owner: vox_handle, _ desk: ServiceDesk, _ word: SharedWord) {
    self.owner = owner
    self.desk = desk
    self.word = word
  }

  /// Carries out a record, or keeps it behind those of the same socket that found no room.
  mutating func take(_ kind: SocketRecord, _ record: UnsafeRawPointer, count: Int) throws(RingBreach) {
    guard count >= CallRecord.wordsBytes else { throw RingBreach(reason: "it wrote a message for a socket of \(count) bytes") }
    guard let sockets = sockets() else { throw RingBreach(reason: "it wrote a message for a socket, a service that it was not given") }
    let token = SocketRecord.token(record)
    switch kind {
    case .message:
      if held.contains(where: { $0.token == token }) || !send(record, count, sockets) { return try keep(token, record, count) }
    case .close:
      // As when the plugin itself keeps what has no room.
      drop(token)
      var reason = SocketRecord.data(record, count: count)
      _ = sockets.close?(sockets.ctx, owner, token, SocketRecord.number(record), &reason)
    }
    state.done += 1
    tell()
  }

  /// Offers what is kept again; true when the worker, which waits for it, may go on.
  mutating func retry() -> Bool {
    guard state.isHeld, let sockets = sockets() else { return false }
    var waiting = held
    waiting.offerAgain(by: { $0.token }) { item in
      guard item.record.withUnsafeBytes({ $0.baseAddress.map { send($0, item.record.count, sockets) } ?? true }) else { return false }
      forget(item.record)
      return true
    }
    held = waiting
    tell()
    return !state.isHeld
  }

  /// False when the socket has no room. One that is closed takes everything.
  private func send(_ record: UnsafeRawPointer, _ count: Int, _ sockets: vox_socket_v0) -> Bool {
    var data = SocketRecord.data(record, count: count)
    return sockets.send?(sockets.ctx, owner, SocketRecord.token(record), SocketRecord.number(record), &data) != vox_status(VOX_WOULD_BLOCK)
  }

  private mutating func keep(_ token: UInt64, _ record: UnsafeRawPointer, _ count: Int) throws(RingBreach) {
    held.append((token, Array(UnsafeRawBufferPointer(start: record, count: count))))
    heldBytes += count
    tell()
    // Its runtime stops when it is told, so that no more than a ring is on its way.
    guard heldBytes <= 2 * SessionMemory.ringBytes else { throw RingBreach(reason: "it goes on sending on a socket without room") }
  }

  private mutating func drop(_ token: UInt64) {
    for item in held where item.token == token { forget(item.record) }
    held.removeAll { $0.token == token }
  }

  private mutating func forget(_ record: [UInt8]) {
    heldBytes -= record.count
    state.done += 1
  }

  private mutating func tell() {
    state.isHeld = !held.isEmpty
    word.settle(state.word)
  }

  private mutating func sockets() -> vox_socket_v0? {
    if table == nil { table = desk.table(SocketBridge.number)?.load(as: vox_socket_v0.self) }
    return table
  }
}
