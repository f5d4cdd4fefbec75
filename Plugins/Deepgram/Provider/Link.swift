// One socket to the vendor, from its handshake to its end.

import DeepgramWire
import PluginKit
import Vox

/// Opens at once; what happens to it is told in the words of this plugin. Belongs to a session, on whose queue everything happens.
final class Link {
  enum Event {
    case open
    case text(String)
    case sound([UInt8])
    /// It did not open, or is closed; the last event.
    case ended(Ending)
  }

  enum Ending {
    case refused(ProviderError)
    case closed(code: Int, reason: String)

    var error: ProviderError {
      switch self {
      case .refused(let error): error
      case .closed(let code, let reason): DeepgramError.closed(code: code, reason: reason)
      }
    }
  }

  private let socket: WebSocket
  private(set) var isOpen = false
  /// Nanoseconds of the host's clock; 0 before.
  private(set) var openedAt: UInt64 = 0
  /// The vendor's name for the connection, for its support desk; empty before.
  private(set) var requestID = ""

  /// - Throws: when the host takes no more sockets.
  init(_ port: SessionPort, _ access: Access, _ url: String, connectMs: Int) throws(ProviderError) {
    guard let socket = access.sockets.connect(port.handle, url, headers: access.headers, connectMs: connectMs) else {
      throw ProviderError(.overloaded, "Too many connections are open at once.", scope: .session, code: "sockets_full")
    }
    self.socket = socket
  }

  /// - Returns: nil when the event is another socket's.
  func read(_ event: SocketEvent, now: UInt64) -> Event? {
    guard event.token == socket.token else { return nil }
    switch event.what {
    case .open:
      isOpen = true
      openedAt = now
      requestID = event.head?.headers["dg-request-id"] ?? ""
      return .open
    case .text(let text): return .text(text)
    case .binary(let bytes): return .sound(bytes)
    case .closed(let code, let reason):
      isOpen = false
      return .ended(.closed(code: code, reason: reason))
    }
  }

  func read(_ refusal: WebSocketRefusal) -> Event? {
    guard refusal.token == socket.token else { return nil }
    guard refusal.status > 0, refusal.status != 101 else { return .ended(.refused(refusal.error)) }
    return .ended(
      .refused(
        DeepgramError.answered(
          status: refusal.status, body: refusal.body, told: refusal.headers["dg-error"], retryAfter: refusal.headers["retry-after"],
          requestID: refusal.headers["dg-request-id"])))
  }

  @discardableResult
  func send(_ text: String) -> PushResult { socket.send(text) }
  func send(_ bytes: UnsafeRawBufferPointer) -> PushResult { socket.send(bytes) }

  /// Says goodbye as the vendor asks for, so that the connection stops counting at once, and closes.
  func leave(_ goodbye: String) {
    if isOpen { socket.send(goodbye) }
    socket.close()
    isOpen = false
  }
}
