// The bytes of a connection that the transfer library has made, there and back.

import CCurl
import Glibc

/// The two ends of an open connection. On the network's thread; valid as long as its transfer.
///
/// For each call libcurl looks for the connection among all that it has open, one by one: with 250 calls that was a third of this thread.
/// So it is asked only where it is needed, to encrypt.
struct Wire {
  enum Outcome {
    case moved(Int)
    /// Nothing now; the socket tells when.
    case blocked
    case lost
  }

  let socket: Int32
  /// What was decrypted may wait without the socket being readable.
  let isEncrypted: Bool
  private let easy: UnsafeMutableRawPointer

  /// Nil when the transfer has no connection.
  init?(_ transfer: Transfer, isEncrypted: Bool) {
    let socket = ccurl_active_socket(transfer.easy)
    guard socket >= 0 else { return nil }
    self.socket = socket
    self.isEncrypted = isEncrypted
    easy = transfer.easy
  }

  func send(_ bytes: UnsafeRawBufferPointer) -> Outcome {
    guard isEncrypted else { return Self.outcome { Glibc.send(socket, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL)) } }
    var count = 0
    let result = curl_easy_send(easy, bytes.baseAddress, bytes.count, &count)
    return result == CURLE_OK ? .moved(count) : result == CURLE_AGAIN ? .blocked : .lost
  }

  /// An end of the stream is a loss.
  func receive(_ buffer: UnsafeMutableRawBufferPointer) -> Outcome {
    guard isEncrypted else {
      let outcome = Self.outcome { recv(socket, buffer.baseAddress, buffer.count, 0) }
      if case .moved(0) = outcome { return .lost }
      return outcome
    }
    var count = 0
    let result = curl_easy_recv(easy, buffer.baseAddress, buffer.count, &count)
    return result == CURLE_AGAIN ? .blocked : result == CURLE_OK && count > 0 ? .moved(count) : .lost
  }

  private static func outcome(_ call: () -> Int) -> Outcome {
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
