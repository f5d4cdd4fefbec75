// The memory of one session: a ring of calls to the plugin and a ring of its events.

import Glibc

/// Two rings in one shared block. The host makes it, the worker adopts its descriptor.
final class SessionMemory: Sendable {
  /// Holds four seconds of sound at 16 kHz, and twice the longest event (`vox/event.h`).
  static let ringBytes = 128 << 10
  private static let controlBytes = 4096
  private static let bytes = controlBytes + 2 * ringBytes

  private let control: SharedMemory
  /// Host to worker.
  let calls: Ring
  /// Worker to host.
  let events: Ring

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
      let eventBytes = RingBytes(descriptor: fd, offset: Self.controlBytes + Self.ringBytes, capacity: Self.ringBytes)
    else { return nil }
    self.control = control
    calls = Ring(control: control.address, bytes: callBytes)
    events = Ring(control: control.address + Ring.controlBytes, bytes: eventBytes)
  }

  var descriptor: Int32 { control.descriptor }
  /// The mappings stay.
  func closeDescriptor() { control.closeDescriptor() }
}
