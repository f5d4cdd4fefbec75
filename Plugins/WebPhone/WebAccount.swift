// Serves the page, takes sockets in, and offers each one that asks for a call.

import PluginABI
import PluginKit
import Vox

final class WebProvider: Provider {
  private let settings: JSONValue

  init(_ settings: JSONValue) { self.settings = settings }

  func open(_ port: AccountPort) throws -> any Account { try WebAccount(port, settings.merging(port.settings)) }
}

/// The phone's side of the host's HTTP server. Everything here is called one at a time.
final class WebAccount: Account {
  /// A socket that has not become a session yet.
  private struct Visitor {
    /// The id of its offer; empty until it has asked for a call.
    var offer = ""
  }

  private static let page = "/public/phone"
  private static let socket = "/public/phone/socket"
  private static let pageToken: UInt64 = 1
  private static let socketToken: UInt64 = 2

  private let port: AccountPort
  private let sockets: Sockets
  private let html: [UInt8]
  private let defaultTo: String
  private let ringNs: UInt64
  private let maxCalls: Int
  private let origins: [String]
  /// By the token of the socket.
  private var visitors: [UInt64: Visitor] = [:]
  private var nextToken: UInt64 = 16
  private var isDraining = false
  private let calls = OpenCalls()

  init(_ port: AccountPort, _ settings: JSONValue) throws {
    guard let server = HTTPServer(port.host), let sockets = Sockets(port.host) else {
      throw ProviderError(
        .unavailable, "There can be no phone page: this host lacks \(VOX_SERVICE_HTTP_SERVER) or \(VOX_SERVICE_SOCKET).", scope: .account,
        code: "no_server")
    }
    self.port = port
    self.sockets = sockets
    html = Page.html(title: settings["title"]?.string ?? "Web phone")
    defaultTo = settings["to"]?.string ?? "web"
    ringNs = UInt64(min(max(settings["ring_ms"]?.int ?? 30_000, 1_000), 120_000)) * 1_000_000
    maxCalls = settings["max_calls"]?.int ?? 100
    origins = settings["origins"]?.array?.compactMap(\.string) ?? []
    guard server.route(port, path: Self.page, token: Self.pageToken),
      server.route(port, path: Self.socket, socket: true, token: Self.socketToken)
    else {
      throw ProviderError(
        .invalid, "The routes /phone and /phone/socket are taken or not granted; list both under public_routes.", scope: .account,
        code: "routes")
    }
    port.ready()
  }

  func request(_ request: RouteRequest) {
    if request.token == Self.pageToken { return request.respond(status: 200, headers: Page.headers, body: html) }
    guard request.isSocket else { return request.respond(status: 426, headers: [("upgrade", "websocket")]) }
    guard isWelcome(request) else { return request.respond(status: 403, body: Array("This page may not call here.\n".utf8)) }
    guard !isDraining, visitors.count + calls.count < maxCalls else {
      return request.respond(status: 503, headers: [("retry-after", "30")], body: Array("All lines are busy.\n".utf8))
    }
    nextToken += 1
    visitors[nextToken] = Visitor()
    if !request.accept(port, token: nextToken) { visitors[nextToken] = nil }
  }

  /// A program sends no Origin; a browser does, and another site's page must not make its visitors call us.
  private func isWelcome(_ request: RouteRequest) -> Bool {
    guard let origin = request.headers.first(where: { $0.name.lowercased() == "origin" })?.value else { return true }
    return origins.contains(origin) || Self.host(of: origin) == Self.host(of: request.url)
  }

  /// `host:port` of a URL.
  private static func host(of url: String) -> Substring {
    let parts = url.split(separator: "/", omittingEmptySubsequences: true)
    return parts.count > 1 ? parts[1] : ""
  }

  func socket(_ event: SocketEvent) {
    guard let visitor = visitors[event.token] else { return }
    switch event.what {
    case .open: port.timer(token: event.token, at: port.host.now + ringNs)
    case .binary: break  // Sound before the answer is heard by nobody.
    case .text(let text):
      switch Message(text) {
      case .start(let to, let from): start(event.token, visitor, to: to, from: from)
      case .hangUp: leave(event.token, visitor, code: 1_000, reason: "")
      default: break
      }
    case .closed: forget(event.token, visitor)
    }
  }

  private func start(_ token: UInt64, _ visitor: Visitor, to: String, from: String) {
    guard visitor.offer.isEmpty else { return }
    let id = "web-\(String(port.host.now / 1_000_000, radix: 36))-\(token)"
    visitors[token] = Visitor(offer: id)
    port.offer(id: id, from: from.isEmpty ? "web" : from, to: to.isEmpty ? defaultTo : to, vendorID: id)
  }

  /// Nobody has answered in time, or nothing was asked.
  func timer(token: UInt64) {
    guard let visitor = visitors[token] else { return }
    leave(token, visitor, code: 1_013, reason: "no answer")
  }

  private func leave(_ token: UInt64, _ visitor: Visitor, code: Int, reason: String) {
    sockets.send(port.handle, token, text: Message.hangUp(reason: reason))
    sockets.close(port.handle, token, code: code, reason: reason)
    forget(token, visitor)
  }

  private func forget(_ token: UInt64, _ visitor: Visitor) {
    visitors[token] = nil
    port.timer(token: token, at: 0)
    if !visitor.offer.isEmpty { port.offerGone(id: visitor.offer) }
  }

  /// The host claims an offer: the socket moves to the session, and with it everything the caller says.
  func open(_ session: SessionPort) throws -> any Session {
    if session.isControl {
      session.ready()
      return ControlSession()
    }
    guard let (token, _) = visitors.first(where: { !$0.value.offer.isEmpty && $0.value.offer == session.offer }) else {
      throw ProviderError(
        .invalid, session.offer.isEmpty ? "A web phone cannot be dialled; it calls." : "The caller is gone.", scope: .session,
        code: "offer_gone")
    }
    visitors[token] = nil
    port.timer(token: token, at: 0)
    guard sockets.adopt(port.handle, token, by: session.handle) else {
      throw ProviderError(.invalid, "The caller is gone.", scope: .session, code: "offer_gone")
    }
    session.ready()
    return WebLine(session, sockets, token: token, calls)
  }

  func drain() {
    isDraining = true
    for (token, visitor) in visitors { leave(token, visitor, code: 1_001, reason: "closing") }
  }

  func close() { drain() }
}

/// A session without a call, for the host's probes.
private final class ControlSession: Session {
  func start(_ op: Op, _ request: Request) { op.completed() }
}
