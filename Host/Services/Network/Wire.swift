// The bytes of a connection that the transfer library has made, there and back.

import Base
import CCurl

/// The two ends of an open connection. On the network's thread; valid as long as its transfer.
///
/// For each call libcurl looks for the connection among all that it has open, one by one: with 250 calls that was a third of this thread.
/// So it is asked only where it is needed, to encrypt.
struct Wire {
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

  func send(_ bytes: UnsafeRawBufferPointer) -> Movement {
    guard isEncrypted else { return StreamSocket(socket).send(bytes) }
    var count = 0
    let result = curl_easy_send(easy, bytes.baseAddress, bytes.count, &count)
    return result == CURLE_OK ? .moved(count) : result == CURLE_AGAIN ? .blocked : .lost
  }

  /// An end of the stream is a loss.
  func receive(_ buffer: UnsafeMutableRawBufferPointer) -> Movement {
    guard isEncrypted else { return StreamSocket(socket).receive(buffer) }
    var count = 0
    let result = curl_easy_recv(easy, buffer.baseAddress, buffer.count, &count)
    return result == CURLE_AGAIN ? .blocked : result == CURLE_OK && count > 0 ? .moved(count) : .lost
  }
}
