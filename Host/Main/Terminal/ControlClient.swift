// Asks a host: HTTP/1.1 over its control socket or TCP, one request per connection, bounded, each with a deadline.

public import Vox

/// A client of one address. A value without state; blocks the thread it is used on.
public struct ControlClient: Sendable {
  /// What came back.
  public struct Reply: Sendable {
    public let status: Int
    public let body: [UInt8]

    public var isFine: Bool { (200..<300).contains(status) }
    public var text: String { String(decoding: body, as: UTF8.self) }

    /// The body as JSON; null when it is none.
    public var json: JSONValue { (try? JSONValue(parsing: text)) ?? .null }

    /// What the host says went wrong: its `error` sentence, in either form that hosts and plugins use.
    public var complaint: String {
      let error = json["error"]
      return error?.string ?? error?["message"]?.string ?? json["message"]?.string ?? "it answered with status \(status)"
    }
  }

  public let address: Address

  /// What a listing of ten thousand calls needs, with room to spare.
  private static let maxBodyBytes = 32 << 20

  public init(_ address: Address) { self.address = address }

  /// Sends a request and waits for the whole answer.
  /// - Parameters:
  ///   - bearer: a key that is sent as `Authorization: Bearer`; empty = none.
  ///   - deadlineMs: for all of it, from connecting to the last byte.
  public func send(
    _ method: String, _ path: String, _ body: JSONValue? = nil, bearer: String = "", deadlineMs: Int = 5_000
  ) throws(ControlError) -> Reply {
    let deadline = Deadline.after(ms: deadlineMs)
    let wire = try Wire(address, deadline)
    try wire.send(request(method, path, accept: "application/json", bearer: bearer, body), deadline)
    var reader = ReplyReader(from: address.description)
    var received: [UInt8] = []
    while !reader.isDone {
      guard let bytes = try wire.receive(deadline) else {
        try reader.ended()
        break
      }
      try reader.feed(bytes)
      received += reader.takeBody()
      guard received.count <= Self.maxBodyBytes else {
        throw ControlError(.broken, "\(address) answered more than \(Self.maxBodyBytes >> 20) MB")
      }
    }
    return Reply(status: reader.status, body: received)
  }

  public func get(_ path: String, deadlineMs: Int = 5_000) throws(ControlError) -> Reply {
    try send("GET", path, deadlineMs: deadlineMs)
  }

  /// Opens a stream of events; it is open on the host's side when this returns, so nothing that happens afterwards is missed.
  public func events(_ path: String, deadlineMs: Int = 5_000) throws(ControlError) -> EventStream {
    let deadline = Deadline.after(ms: deadlineMs)
    let wire = try Wire(address, deadline)
    try wire.send(request("GET", path, accept: "text/event-stream", bearer: "", nil), deadline)
    var reader = ReplyReader(from: address.description)
    while !reader.hasHead {
      guard let bytes = try wire.receive(deadline) else { throw ControlError(.broken, "\(address) closed the connection") }
      try reader.feed(bytes)
    }
    guard reader.status == 200 else {
      throw ControlError(.broken, "\(address) answered \(path) with status \(reader.status)")
    }
    return EventStream(wire, reader)
  }

  private func request(_ method: String, _ path: String, accept: String, bearer: String, _ body: JSONValue?) -> [UInt8] {
    let host =
      switch address {
      // A Unix socket has no name of its own, and HTTP/1.1 wants one.
      case .unix: "localhost"
      case .tcp: address.description
      }
    var head = "\(method) \(path) HTTP/1.1\r\nhost: \(host)\r\naccept: \(accept)\r\nconnection: close\r\n"
    // A line break in a key would begin a header of its own.
    if !bearer.isEmpty { head += "authorization: Bearer \(bearer.filter { !$0.isNewline })\r\n" }
    let content = body.map { Array($0.text.utf8) } ?? []
    if body != nil { head += "content-type: application/json\r\n" }
    if body != nil || method == "POST" { head += "content-length: \(content.count)\r\n" }
    return Array((head + "\r\n").utf8) + content
  }
}
