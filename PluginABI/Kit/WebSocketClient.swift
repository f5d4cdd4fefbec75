// WebSockets to a vendor (`vox.websocket/0`). Once open they are sockets like those that come in.

public import PluginABI
public import Vox

/// Opens WebSockets. Callable from any thread; nothing here waits.
public struct WebSocketClient: @unchecked Sendable {
  private let host: Host
  private let sockets: Sockets
  private let table: UnsafePointer<vox_websocket_v0>

  /// Nil when this host offers no WebSocket client. [provider]
  public init?(_ host: Host) {
    guard let table = host.service(VOX_SERVICE_WEBSOCKET, as: vox_websocket_v0.self), let sockets = Sockets(host) else { return nil }
    self.host = host
    self.sockets = sockets
    self.table = table
  }

  /// Opens a socket. `Session.socket(_:)` or `Account.socket(_:)` of the owner hears `.open`, messages and `.closed`, or
  /// `refused(_:)` hears why it did not open.
  ///
  /// - Parameters:
  ///   - owner: the handle of a session or account.
  ///   - url: `wss://…`, query included.
  ///   - headers: such as `Authorization` and `Sec-WebSocket-Protocol`.
  ///   - connectMs: the handshake is done by then; 0 = 5,000.
  ///   - pingMs: how often a silent peer is asked for a sign of life; 0 = 20,000.
  /// - Returns: nil when the host refused outright: too many sockets, a malformed request, an owner that is gone.
  public func connect(
    _ owner: vox_handle, _ url: String, headers: [Header] = [], connectMs: Int = 0, pingMs: Int = 0, maxMessage: Int = 0
  ) -> WebSocket? {
    let token = ServiceToken.next()
    let status = withView(url) { url in
      headers.withPairs { headers in
        var request = vox_websocket_request(
          struct_size: UInt32(MemoryLayout<vox_websocket_request>.size), nheaders: UInt32(headers.count), url: url,
          headers: headers.baseAddress, connect_ms: UInt32(clamping: connectMs), ping_ms: UInt32(clamping: pingMs),
          max_message: UInt32(clamping: maxMessage), zero: 0)
        return host.reach(or: vox_status(VOX_STALE)) { _ in
          table.pointee.connect?(table.pointee.ctx, owner, token, &request) ?? vox_status(VOX_INTERNAL)
        }
      }
    }
    return status == vox_status(VOX_OK) ? WebSocket(sockets: sockets, owner: owner, token: token) : nil
  }
}

/// A WebSocket by its name, whichever side opened it.
public struct WebSocket: Sendable {
  let sockets: Sockets
  /// Whose it is; another one's after `adopted(by:)`.
  public let owner: vox_handle
  /// What its events carry.
  public let token: UInt64

  /// `.wouldBlock`: keep it and send it again when `Session.resume(nil)` is called.
  @discardableResult
  public func send(_ text: String) -> PushResult { sockets.send(owner, token, text: text) }

  /// As `send(_:)`, for a binary message; the bytes are borrowed until return.
  @discardableResult
  public func send(_ bytes: UnsafeRawBufferPointer) -> PushResult { sockets.send(owner, token, binary: bytes) }

  /// Ends it with a code of RFC 6455; `.closed` follows.
  public func close(code: Int = 1000, reason: String = "") { sockets.close(owner, token, code: code, reason: reason) }

  /// Moves it to another owner, who hears its later messages; nil when either is gone, and while what a session has sent is still on its way
  /// (`Session.resume(nil)` is called when it may be tried again).
  public func adopted(by newOwner: vox_handle) -> WebSocket? {
    sockets.adopt(owner, token, by: newOwner) ? WebSocket(sockets: sockets, owner: newOwner, token: token) : nil
  }
}

/// Why a WebSocket did not open.
public struct WebSocketRefusal: Sendable {
  public let token: UInt64
  /// Of the answer; 0 when there was none.
  public let status: Int
  public let headers: [Header]
  /// The first 16 KiB of the answer.
  public let body: [UInt8]
  /// Classified by the host: by status where there was an answer.
  public let error: ProviderError

  init(_ e: vox_ev_websocket_refused) {
    token = e.token
    status = Int(e.status)
    headers = [Header](e.headers, e.nheaders)
    body = Array(e.body.bytes)
    error = ProviderError(e.error)
  }
}
