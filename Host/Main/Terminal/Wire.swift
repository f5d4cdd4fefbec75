// One connection: bytes out, bytes in, each within a deadline.

import Glibc

/// An open socket. One owner at a time; closed when it goes away.
final class Wire {
  private let file: Int32
  private let name: Address

  init(_ address: Address, _ deadline: Deadline) throws(ControlError) {
    name = address
    file = try address.connect(deadline)
  }

  deinit { close(file) }

  /// Waits until the socket is ready for `events`; false when the deadline passes first.
  /// - Throws: `interrupted` when the person at the terminal wants to end.
  static func wait(_ file: Int32, _ events: Int16, _ deadline: Deadline) throws(ControlError) -> Bool {
    var files = [pollfd(fd: file, events: events, revents: 0), pollfd(fd: Interrupt.file, events: Int16(POLLIN), revents: 0)]
    while true {
      let ready = poll(&files, 2, deadline.leftMs)
      if ready > 0, files[1].revents != 0 {
        Interrupt.take()
        throw ControlError(.interrupted, "interrupted")
      }
      if ready > 0 { return true }
      if ready == 0 || errno != EINTR { return false }
    }
  }

  func send(_ bytes: [UInt8], _ deadline: Deadline) throws(ControlError) {
    var sent = 0
    while sent < bytes.count {
      guard try Self.wait(file, Int16(POLLOUT), deadline) else { throw ControlError(.late, "\(name) did not take the request in time") }
      let count = bytes[sent...].withUnsafeBytes { Glibc.send(file, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      if count < 0, errno == EINTR || errno == EAGAIN { continue }
      guard count > 0 else { throw ControlError(.broken, "\(name) closed the connection: \(String(cString: strerror(errno)))") }
      sent += count
    }
  }

  /// The next bytes; nil when the other side is done.
  func receive(_ deadline: Deadline) throws(ControlError) -> [UInt8]? {
    while true {
      guard try Self.wait(file, Int16(POLLIN), deadline) else { throw ControlError(.late, "\(name) did not answer in time") }
      var problem: Int32 = 0
      let bytes = [UInt8](unsafeUninitializedCapacity: 16_384) { buffer, count in
        let got = recv(file, buffer.baseAddress, buffer.count, 0)
        if got < 0 { problem = errno }
        count = max(got, 0)
      }
      if problem == EINTR || problem == EAGAIN { continue }
      guard problem == 0 else {
        throw ControlError(.broken, "the connection to \(name) broke: \(String(cString: strerror(problem)))")
      }
      return bytes.isEmpty ? nil : bytes
    }
  }
}
