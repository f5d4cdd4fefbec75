// The WebSocket of a session: one text at a time, and a fresh connection after an interruption.

import PluginKit
import ResembleWire
import Vox

/// Keeps a connection open for the next text. There is no message that cancels: whoever is interrupted closes the socket, which stops the
/// vendor's work, and opens another, so that the next turn finds it warm.
final class Line {
  /// What became of the connection.
  enum Event {
    case open
    /// The handshake was refused, or nobody answered.
    case refused(ProviderError)
    /// It was open, and is closed.
    case lost(ProviderError)
  }

  /// A connection that lasted shorter is not opened again by itself: the vendor would be asked over and over.
  private static let shortestLifeMs: UInt64 = 5_000
  /// Of sound in one message; the host carries at most 256 KiB.
  private static let messageLimit = 512 << 10

  private let port: SessionPort
  private let account: ResembleAccount
  private let settings: VoiceSettings
  private let tell: (Event) -> Void
  private var socket: WebSocket?
  private(set) var isOpen = false
  private var openedAt: UInt64 = 0
  private var count = 0
  /// Who is being spoken for.
  private var hear: ((News) -> Void)?

  init(_ port: SessionPort, _ account: ResembleAccount, _ settings: VoiceSettings, tell: @escaping (Event) -> Void) {
    self.port = port
    self.account = account
    self.settings = settings
    self.tell = tell
  }

  /// No text is being said on it.
  var isIdle: Bool { hear == nil }

  /// Opens a connection unless there is one. `tell` hears what comes of it.
  func connect() {
    guard socket == nil, let sockets = account.sockets else { return }
    socket = sockets.connect(
      port.handle, account.server.socketURL, headers: account.server.headers, connectMs: settings.deadlines.connectMs)
    if socket == nil { tell(.refused(ProviderError(.overloaded, "too many connections at once", code: "sockets_full"))) }
  }

  /// Sends a text on the open connection.
  func say(_ text: String, hear: @escaping (News) -> Void) {
    guard isOpen, let socket else { return }
    self.hear = hear
    count += 1
    // What is refused for lack of room is 256 KiB behind: the line is dead.
    guard socket.send(settings.request.frame(text, id: count).text) == .ok else {
      return lose(ResembleError.closed(1006, "no room to send"))
    }
    hear(.accepted)
  }

  /// Ends what is being said, and the connection with it.
  func interrupt() {
    guard hear != nil else { return }
    hear = nil
    close()
    connect()
  }

  func close() {
    socket?.close(code: 1000)
    (socket, isOpen) = (nil, false)
  }

  // MARK: From the host

  func heard(_ event: SocketEvent) {
    guard event.token == socket?.token else { return }
    switch event.what {
    case .open:
      isOpen = true
      openedAt = port.host.now
      tell(.open)
    case .text(let text): message(text)
    case .binary(let bytes): hear?(.sound(bytes))
    case .closed(let code, let reason): lose(ResembleError.closed(Int(code), reason))
    }
  }

  func refused(_ refusal: WebSocketRefusal) {
    guard refusal.token == socket?.token else { return }
    socket = nil
    let error =
      refusal.status == 0
      ? refusal.error : ResembleError.answered(status: refusal.status, body: refusal.body, retryAfter: refusal.headers["retry-after"])
    tell(.refused(error))
  }

  private func message(_ text: String) {
    var sieve = Base64Sieve(limit: Self.messageLimit)
    do throws(ProviderError) {
      let json = String(decoding: try sieve.feed(text.utf8), as: UTF8.self)
      switch try VoiceMessage(json) {
      case .audio(let content, let rate, let times, let id):
        guard id == nil || id == count else { return }
        if let rate { hear?(.rawRate(rate)) }
        guard let sound = sieve.bytes(content) else { throw ResembleError.unreadable("sound that is no base64") }
        hear?(.times(times))
        hear?(.sound(sound))
      case .end(let id): if id == nil || id == count { end(.whole) }
      case .failed(let error):
        end(.failed(error))
        // Whoever refuses the account closes the connection next: the following text must not meet that.
        if error.scope != .op {
          close()
          connect()
        }
      case .other: break
      }
    } catch {
      // Nothing that follows on this connection can be trusted.
      end(.failed(error))
      close()
      connect()
    }
  }

  /// The text is over; the connection takes the next one.
  private func end(_ news: News) {
    let hear = hear
    self.hear = nil
    hear?(news)
  }

  private func lose(_ error: ProviderError) {
    close()
    end(.failed(error))
    tell(.lost(error))
    if isOpenLongEnough { connect() }
  }

  private var isOpenLongEnough: Bool { port.host.now - openedAt >= Self.shortestLifeMs * 1_000_000 }
}
