// A session with an MCP server: opened when it is first needed, and again when the server has forgotten it.

import N8NWire
import PluginABI
import PluginKit
import Vox

/// Everything happens on the queue of its owner, an account or a session, who passes on HTTP events and timers.
final class MCPLink {
  typealias Reply = (Result<JSONValue, ProviderError>) -> Void

  private enum State { case closed, opening, open }

  /// A request to the server under way.
  private struct Flight {
    /// Of the message it carries; nil for what wants no answer.
    let id: Int?
    let exchange: HTTPExchange
    var what = What.message
    var head: HTTPHead?
    var events: SSEParser
    var body: [UInt8] = []

    enum What { case message, ready, goodbye }

    var isStream: Bool { head?.headers["content-type"]?.lowercased().hasPrefix("text/event-stream") == true }
  }

  private struct Waiting {
    let id: Int
    let message: JSONValue
  }

  private let server: MCPServer
  private let http: HTTPClient
  private let owner: vox_handle
  private let host: Host
  private let setTimer: (_ token: UInt64, _ at: UInt64) -> Void
  private var state = State.closed
  /// What the server calls the session; empty = nothing.
  private var sessionID = ""
  private var version = ""
  /// Of the older transport: where messages go.
  private var endpoint = ""
  private var stream: Flight?
  private var flights: [UInt64: Flight] = [:]
  private var replies: [Int: Reply] = [:]
  /// Not sent yet, because the session is not open.
  private var waiting: [Waiting] = []
  private var lastID = 0
  private var said: (() -> Void)?

  /// How long opening and saying goodbye may take: the first is hidden behind the beginning of a call, the second must fit the
  /// second that a session has for its end.
  private static let openMs = 5_000
  private static let goodbyeMs = 500
  /// The older transport's stream is silent for as long as nobody asks anything.
  private static let silenceMs = 3_600_000

  /// - Parameter setTimer: has `timer(_:)` called with that token at that moment of `host.now`; 0 takes it back.
  init(_ server: MCPServer, _ http: HTTPClient, owner: vox_handle, host: Host, setTimer: @escaping (UInt64, UInt64) -> Void) {
    self.server = server
    self.http = http
    self.owner = owner
    self.host = host
    self.setTimer = setTimer
  }

  // MARK: From the owner

  /// Opens the session ahead of the first call; what comes of it shows then.
  func warm() { if state == .closed { open() } }

  /// Sends a request. `reply` comes once, unless it is cancelled.
  ///
  /// - Returns: its number, for `cancel(_:)`; nil when it could not be sent and `reply` has come already.
  @discardableResult
  func call(_ method: String, _ params: JSONValue, timeoutMs: Int, reply: @escaping Reply) -> Int? {
    let id = expect(timeoutMs, reply)
    let message = RPCMessage.request(id, method, params)
    if state == .open {
      post(message, id: id)
    } else {
      waiting.append(Waiting(id: id, message: message))
      warm()
    }
    return replies[id] == nil ? nil : id
  }

  /// Closes the stream of a request and tells the server that its answer is not wanted any more.
  func cancel(_ id: Int) {
    guard replies.removeValue(forKey: id) != nil else { return }
    setTimer(UInt64(id), 0)
    guard !dropWaiting(id) else { return }
    drop(id)
    if state == .open { post(RPCMessage.notification("notifications/cancelled", ["requestId": .int(Int64(id))])) }
  }

  func timer(_ token: UInt64) {
    guard let id = Int(exactly: token), replies[id] != nil else { return }
    let wasSent = !dropWaiting(id)
    if wasSent { drop(id) }
    settle(
      id,
      .failure(
        ProviderError(.timeout, "the MCP server did not answer in time", effects: wasSent ? .maybe : .none, code: "timeout")))
    if wasSent, state == .open { post(RPCMessage.notification("notifications/cancelled", ["requestId": .int(Int64(id))])) }
  }

  /// Lets go of everything and ends the session at the server; `done` comes once that has been said, at once when there is nothing
  /// to say.
  func close(done: @escaping () -> Void) {
    let isOpen = state == .open
    for id in replies.keys { setTimer(UInt64(id), 0) }
    replies = [:]
    waiting = []
    forget()
    guard isOpen, !server.isSSE, !sessionID.isEmpty,
      let exchange = try? http.request(
        owner, "DELETE", server.url, headers: headers, deadlines: HTTPClient.Deadlines(connectMs: Self.goodbyeMs, totalMs: Self.goodbyeMs))
    else { return done() }
    said = done
    flights[exchange.token] = Flight(id: nil, exchange: exchange, what: .goodbye, events: SSEParser(limit: server.maxAnswerBytes))
  }

  // MARK: Opening

  private func open() {
    (state, sessionID, version, endpoint) = (.opening, "", "", "")
    guard server.isSSE else { return greet() }
    do {
      let exchange = try http.request(
        owner, "GET", server.url, headers: server.headers + [Header("Accept", "text/event-stream")],
        deadlines: HTTPClient.Deadlines(
          connectMs: server.connectMs, firstByteMs: Self.openMs, stallMs: Self.silenceMs, totalMs: Self.silenceMs))
      stream = Flight(id: nil, exchange: exchange, events: SSEParser(limit: server.maxAnswerBytes))
    } catch { lose(error) }
  }

  private func greet() {
    let id = expect(Self.openMs) { [unowned self] result in
      switch result {
      case .failure(let error): lose(error)
      case .success(let hello):
        version = hello["protocolVersion"]?.string ?? server.version
        post(RPCMessage.notification("notifications/initialized"), what: .ready)
      }
    }
    post(RPCMessage.request(id, "initialize", MCP.hello(version: server.version, userAgent: server.userAgent)), id: id)
  }

  /// The server has heard that we are ready: what has waited may go.
  private func opened() {
    state = .open
    let messages = waiting
    waiting = []
    for next in messages { post(next.message, id: next.id) }
  }

  /// The session could not be opened, or has broken: what was not sent has not been done.
  private func lose(_ error: ProviderError) {
    let unsent = Set(waiting.map(\.id))
    waiting = []
    forget()
    state = .closed
    for id in replies.keys.sorted() {
      var error = error
      if unsent.contains(id) { error.effects = .none }
      settle(id, .failure(error))
    }
  }

  private func forget() {
    stream?.exchange.cancel()
    stream = nil
    for flight in flights.values { flight.exchange.cancel() }
    flights = [:]
    state = .closed
  }

  // MARK: Messages

  private func expect(_ timeoutMs: Int, _ reply: @escaping Reply) -> Int {
    lastID += 1
    replies[lastID] = reply
    setTimer(UInt64(lastID), host.now + UInt64(timeoutMs) * 1_000_000)
    return lastID
  }

  private func settle(_ id: Int, _ result: Result<JSONValue, ProviderError>) {
    guard let reply = replies.removeValue(forKey: id) else { return }
    setTimer(UInt64(id), 0)
    reply(result)
  }

  private var headers: [Header] {
    var headers = server.headers
    if !sessionID.isEmpty { headers.append(Header("Mcp-Session-Id", sessionID)) }
    if !version.isEmpty { headers.append(Header("MCP-Protocol-Version", version)) }
    return headers
  }

  private func post(_ message: JSONValue, id: Int? = nil, what: Flight.What = .message) {
    let accepted = [Header("Content-Type", "application/json"), Header("Accept", "application/json, text/event-stream")]
    // The timers of the messages end them; these only see to it that nothing is left behind.
    do {
      let exchange = try http.request(
        owner, "POST", server.isSSE ? endpoint : server.url, headers: headers + accepted, body: Array(message.text.utf8),
        deadlines: HTTPClient.Deadlines(
          connectMs: server.connectMs, firstByteMs: Self.silenceMs, stallMs: Self.silenceMs, totalMs: Self.silenceMs))
      flights[exchange.token] = Flight(id: id, exchange: exchange, what: what, events: SSEParser(limit: server.maxAnswerBytes))
    } catch {
      if let id { settle(id, .failure(error)) }
    }
  }

  private func dropWaiting(_ id: Int) -> Bool {
    guard let index = waiting.firstIndex(where: { $0.id == id }) else { return false }
    waiting.remove(at: index)
    return true
  }

  private func drop(_ id: Int) {
    for (token, flight) in flights where flight.id == id {
      flight.exchange.cancel()
      flights[token] = nil
    }
  }

  private func take(_ bytes: [UInt8]) throws(ProviderError) {
    for message in try RPCMessage.read(bytes) {
      switch message {
      case .result(let id, let result): settle(id, .success(result))
      case .error(let id?, let error): settle(id, .failure(error))
      case .request(let id, let method): post(RPCMessage.answer(id, to: method))
      case .error(nil, _), .notification: break
      }
    }
  }

  // MARK: From the network

  /// Events of other requests are passed over.
  func http(_ event: HTTPEvent) {
    if event.token == stream?.exchange.token { return streamed(event.what) }
    guard var flight = flights[event.token] else { return }
    switch event.what {
    case .head(let head):
      flight.head = head
      flights[event.token] = flight
      if head.isSuccess, let id = head.headers["mcp-session-id"] { sessionID = id }
    case .body(let bytes):
      do throws(ProviderError) {
        let events = flight.head?.isSuccess == true && flight.isStream ? try flight.events.feed(bytes) : []
        if !flight.isStream {
          guard flight.body.count + bytes.count <= server.maxAnswerBytes else { throw tooLong }
          flight.body += bytes
        }
        flights[event.token] = flight
        for event in events where event.name == "message" { try take(Array(event.data.utf8)) }
      } catch {
        flight.exchange.cancel()
        end(flight, error)
      }
    case .done: done(flight)
    case .failed(let error): end(flight, error)
    }
  }

  private var tooLong: ProviderError { N8NError.unusable("is longer than \(server.maxAnswerBytes) bytes", code: "answer_too_long") }

  private func done(_ flight: Flight) {
    guard let head = flight.head, head.isSuccess else {
      return end(
        flight,
        N8NError.answered(
          status: flight.head?.status ?? 0, body: flight.body, retryAfter: flight.head?.headers["retry-after"],
          isChallenge: flight.head?.headers["www-authenticate"] != nil))
    }
    // Of the older transport the answer comes on the stream.
    if server.isSSE { return end(flight, nil) }
    do throws(ProviderError) {
      if !flight.isStream, flight.id != nil { try take(flight.body) }
      end(flight, flight.id == nil ? nil : N8NError.garbled("the request was not answered"))
    } catch { end(flight, error) }
  }

  /// A request is over. `error` fails its message, when that has not been answered.
  private func end(_ flight: Flight, _ error: ProviderError?) {
    flights[flight.exchange.token] = nil
    // The server does not know the session any more. The next call begins a new one.
    if error?.wireStatus == 404, state == .open { (state, sessionID) = (.closed, "") }
    switch flight.what {
    case .message: if let id = flight.id, let error { settle(id, .failure(error)) }
    case .ready: if let error { lose(error) } else { opened() }
    case .goodbye:
      said?()
      said = nil
    }
  }

  private func streamed(_ what: HTTPEvent.What) {
    switch what {
    case .head(let head): stream?.head = head
    case .body(let bytes):
      guard var flight = stream else { return }
      guard flight.head?.isSuccess == true else {
        if flight.body.count < server.maxAnswerBytes { stream?.body += bytes }
        return
      }
      do throws(ProviderError) {
        let events = try flight.events.feed(bytes)
        stream = flight
        for event in events { try streamed(event) }
      } catch { lose(error) }
    case .done:
      guard let head = stream?.head, !head.isSuccess else {
        return lose(ProviderError(.unavailable, "the MCP server ended its stream", effects: .maybe, code: "truncated", wireStatus: 200))
      }
      lose(
        N8NError.answered(
          status: head.status, body: stream?.body ?? [], retryAfter: head.headers["retry-after"],
          isChallenge: head.headers["www-authenticate"] != nil))
    case .failed(let error): lose(error)
    }
  }

  private func streamed(_ event: ServerSentEvent) throws(ProviderError) {
    switch event.name {
    case "endpoint" where endpoint.isEmpty:
      endpoint = try server.endpoint(event.data)
      greet()
    case "message": try take(Array(event.data.utf8))
    default: break
    }
  }
}
