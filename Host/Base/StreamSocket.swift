// The two ends of a connection as the kernel offers them.

import Glibc

/// What came of an attempt to move bytes.
public enum Movement: Equatable, Sendable {
  /// So many bytes; fewer than were offered when there is no more room, or no more to be had.
  case moved(Int)
  /// None now; the descriptor tells when.
  case blocked
  /// The connection has ended.
  case lost
}

/// A connected stream socket that does not block. Whoever opened it closes it.
public struct StreamSocket: Sendable {
  public let descriptor: Int32

  public init(_ descriptor: Int32) { self.descriptor = descriptor }

  public func send(_ bytes: UnsafeRawBufferPointer) -> Movement {
    Self.movement { Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL)) }
  }

  /// An end of the stream is a loss.
  public func receive(_ buffer: UnsafeMutableRawBufferPointer) -> Movement {
    let movement = Self.movement { recv(descriptor, buffer.baseAddress, buffer.count, 0) }
    return movement == .moved(0) ? .lost : movement
  }

  /// Tells the peer that nothing more follows.
  public func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  public func close() { Glibc.close(descriptor) }

  private static func movement(_ call: () -> Int) -> Movement {
    while true {
      let count = call()
      if count >= 0 { return .moved(count) }
      switch errno {
      case EINTR: continue
      case EAGAIN: return .blocked
      default: return .lost
      }
    }
  }
}
