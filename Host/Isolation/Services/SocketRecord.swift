// How a message for a socket lies in the ring of a session's events.

import PluginABI

/// The kinds of records, beside `EventRecord`. Written by the worker, read by the host: {token, how it is sent or the close code, bytes}.
enum SocketRecord: UInt32 {
  case message = 2
  case close

  static func bytes(_ data: vox_view) -> Int { CallRecord.wordsBytes + Int(data.len) }

  static func write(_ token: UInt64, _ number: UInt32, _ data: vox_view, to memory: UnsafeMutableRawPointer) {
    CallRecord.write(token, UInt64(number), to: memory)
    if let ptr = data.ptr { (memory + CallRecord.wordsBytes).copyMemory(from: ptr, byteCount: Int(data.len)) }
  }

  static func token(_ memory: UnsafeRawPointer) -> UInt64 { CallRecord.op(memory) }
  static func number(_ memory: UnsafeRawPointer) -> UInt32 { UInt32(truncatingIfNeeded: CallRecord.second(memory)) }

  /// What is behind the two words of a record of so many bytes.
  static func data(_ memory: UnsafeRawPointer, count: Int) -> vox_view {
    let count = count - CallRecord.wordsBytes
    return vox_view(ptr: count == 0 ? nil : (memory + CallRecord.wordsBytes).assumingMemoryBound(to: UInt8.self), len: UInt64(count))
  }
}

/// What the host tells the worker of its messages, in one word.
struct MessageState: Equatable {
  /// How many were handed to their sockets, or needed it no more.
  var done: UInt64
  /// A socket has no room: the worker is to send nothing until this is false again.
  var isHeld: Bool

  init(done: UInt64, isHeld: Bool) { (self.done, self.isHeld) = (done, isHeld) }
  init(_ word: UInt64) { self.init(done: word >> 1, isHeld: word & 1 != 0) }

  var word: UInt64 { done << 1 | (isHeld ? 1 : 0) }
}
