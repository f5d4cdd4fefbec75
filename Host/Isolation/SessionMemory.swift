// The memory of one session: a ring of calls to the plugin, a ring of its events, and one of words ahead of the calls.

import Glibc

/// Three rings in one shared block. The host makes it, the worker adopts its descriptor.
final class SessionMemory: Sendable {
  /// Holds four seconds of sound at 16 kHz, and twice the longest event (`vox/event.h`).
  static let ringBytes = 128 << 10
  /// A word for each op that a session may run, twice over.
  static let aheadBytes = 4096
  private static let controlBytes = 4096
  private static let bytes = controlBytes + 2 * ringBytes + aheadBytes

  private let control: SharedMemory
  /// Host to worker.
  let calls: Ring
  /// Worker to host.
  let events: Ring
  /// Host to worker: word of calls that are on their way, so that sound which nobody needs any more does not delay them.
  let ahead: Ring
  /// What became of the messages for sockets (`SocketMessages`). Set by the host.
  let messages: SharedWord

  /// New memory; `descriptor` goes to the worker. Nil when the system has none left.
  convenience init?() {
    guard let control = SharedMemory(name: "vox-session", bytes: Self.bytes) else { return nil }
    self.init(control)
  }

  /// The worker's view; takes the descriptor over.
  convenience init?(adopting fd: Int32) {
    guard let control = SharedMemory(adopting: fd, bytes: Self.bytes) else { return nil }
    self.init(control)
  }

  private init?(_ control: SharedMemory) {
    let fd = control.descriptor
    guard let callBytes = RingBytes(descriptor: fd, offset: Self.controlBytes, capacity: Self.ringBytes),
      let eventBytes = RingBytes(descriptor: fd, offset: Self.controlBytes + Self.ringBytes, capacity: Self.ringBytes),
      let aheadBytes = RingBytes(descriptor: fd, offset: Self.controlBytes + 2 * Self.ringBytes, capacity: Self.aheadBytes)
    else { return nil }
    self.control = control
    // A cache line of words for each side: what a frame finds cold after 20 ms is two lines, not one for each word.
    let (host, worker) = (control.address, control.address + 64)
    calls = Ring(writer: host, reader: worker, bytes: callBytes)
    events = Ring(writer: worker + Ring.controlBytes, reader: host + Ring.controlBytes, bytes: eventBytes)
    ahead = Ring(writer: host + 2 * Ring.controlBytes, reader: worker + 2 * Ring.controlBytes, bytes: aheadBytes)
    messages = SharedWord(host + 3 * Ring.controlBytes)
  }

  var descriptor: Int32 { control.descriptor }
  /// The mappings stay.
  func closeDescriptor() { control.closeDescriptor() }
}
