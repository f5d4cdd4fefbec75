// Requests to a vendor over HTTP, with the host's own client (`vox.http/0`).

public import PluginABI
public import Vox

/// The host's HTTP client: connections are pooled, answers stream, and only hosts of the manifest can be reached. Callable from any
/// thread; nothing here waits.
public struct HTTPClient: @unchecked Sendable {
  let host: Host
  let table: UnsafePointer<vox_http_v0>

  /// Nil when this host offers no HTTP client. [provider]
  public init?(_ host: Host) {
    guard let table = host.service(VOX_SERVICE_HTTP, as: vox_http_v0.self) else { return nil }
    self.host = host
    self.table = table
  }

  /// How long each step of a request may take, in milliseconds from its beginning; 0 = the host's own default.
  public struct Deadlines: Sendable {
    /// Name, TCP and TLS; 3,000.
    public var connectMs = 0
    /// Until the head of the answer; 30,000.
    public var firstByteMs = 0
    /// The longest gap inside the body; 15,000.
    public var stallMs = 0
    /// The whole; 300,000.
    public var totalMs = 0

    public init(connectMs: Int = 0, firstByteMs: Int = 0, stallMs: Int = 0, totalMs: Int = 0) {
      self.connectMs = connectMs
      self.firstByteMs = firstByteMs
      self.stallMs = stallMs
      self.totalMs = totalMs
    }
  }

  /// Sends a request. Its events come to `Session.http(_:)` or `Account.http(_:)` of the owner, whatever happens: a request that
  /// the host cannot take is answered by a failure too.
  ///
  /// - Parameters:
  ///   - owner: the handle of a session or account.
  ///   - url: absolute.
  ///   - credit: bytes of the body that come before `HTTPExchange.read(_:)` asks for more; 0 = as they come.
  /// - Returns: the request, to tell its events from others' and to end it.
  /// - Throws: class `overloaded`, code `requests_full`, when the host refused it outright: too many requests, a malformed one, an
  ///   owner that is gone.
  public func request(
    _ owner: vox_handle, _ method: String, _ url: String, headers: [Header] = [], body: [UInt8] = [],
    deadlines: Deadlines = Deadlines(), credit: Int = 0
  ) throws(ProviderError) -> HTTPExchange {
    let token = ServiceToken.next()
    let status = withView(method) { method in
      withView(url) { url in
        headers.withPairs { headers in
          body.withUnsafeBufferPointer { body in
            var request = vox_http_request(
              struct_size: UInt32(MemoryLayout<vox_http_request>.size), nheaders: UInt32(headers.count), method: method, url: url,
              headers: headers.baseAddress, body: vox_view(ptr: body.baseAddress, len: UInt64(body.count)),
              connect_ms: UInt32(clamping: deadlines.connectMs), first_byte_ms: UInt32(clamping: deadlines.firstByteMs),
              stall_ms: UInt32(clamping: deadlines.stallMs), total_ms: UInt32(clamping: deadlines.totalMs),
              credit: UInt32(clamping: credit), zero: 0)
            return host.reach(or: vox_status(VOX_STALE)) { _ in
              table.pointee.request?(table.pointee.ctx, owner, token, &request) ?? vox_status(VOX_INTERNAL)
            }
          }
        }
      }
    }
    guard status == vox_status(VOX_OK) else {
      throw ProviderError(.overloaded, "Too many requests are under way at once.", code: "requests_full")
    }
    return HTTPExchange(client: self, owner: owner, token: token)
  }

  /// Has open connections ready for requests that are likely soon. Call it when a session opens, with the address its requests
  /// will go to; it costs the vendor a HEAD request without credentials.
  public func warm(_ url: String, connections: Int = 1) {
    withView(url) { view in
      var view = view
      host.reach(or: ()) { _ in _ = table.pointee.warm?(table.pointee.ctx, &view, UInt32(clamping: connections)) }
    }
  }
}

/// A request under way.
public struct HTTPExchange: Sendable {
  let client: HTTPClient
  let owner: vox_handle
  /// What its events carry.
  public let token: UInt64

  /// Lets `bytes` more of the body come.
  public func read(_ bytes: Int) {
    client.host.reach(or: ()) { _ in
      _ = client.table.pointee.read?(client.table.pointee.ctx, owner, token, UInt32(clamping: bytes))
    }
  }

  /// Closes the stream at once. What is on its way to the owner already may still come: ignore tokens you have let go of.
  public func cancel() {
    client.host.reach(or: ()) { _ in _ = client.table.pointee.cancel?(client.table.pointee.ctx, owner, token) }
  }
}
