// Where every request comes in: first the routes of plugins, then the host's own.

import HTTPTypes
import Hummingbird
import NIOCore

/// Answers requests of one listener.
struct FrontDoor: HTTPResponder {
  typealias Context = APIContext

  let isControl: Bool
  let routes: RouteTable
  let own: RouterResponder<APIContext>

  func respond(to request: Request, context: APIContext) async throws -> Response {
    var context = context
    context.door = isControl ? .control : context.tcpDoor(request.headers)
    let target = request.head.path ?? "/"
    let found = routes.routes(at: String(target.prefix { $0 != "?" })).filter { isControl || !$0.isControl }
    var response = found.isEmpty ? try await answer(request, context) : try await ask(found, request, target, context)
    if request.headers[.upgrade] != nil {
      // Behind a request for another protocol the parser reads no further request, so this answer is the connection's last.
      response.headers[.connection] = "close"
      context.channel.closeLater()
    }
    return response
  }

  private func answer(_ request: Request, _ context: APIContext) async throws -> Response {
    let response = try await own.respond(to: request, context: context)
    // The router answers what it does not know without a body.
    return response.status.code >= 400 && response.body.contentLength == 0 ? .unknown : response
  }

  private func ask(_ found: [Route], _ request: Request, _ target: String, _ context: APIContext) async throws -> Response {
    let method = request.method.rawValue
    let isHead = request.method == .head
    guard let route = found.first(where: { $0.ask == .method(isHead ? "GET" : method) }) else {
      return refuseMethod(found)
    }
    guard let body = try await body(of: request, atMost: route.maxBody) else {
      // What is still on its way is not waited for.
      context.channel.closeLater()
      return .problem(.contentTooLarge, "invalid", "at most \(route.maxBody) bytes are taken here")
    }
    let headers = request.headers.map { (name: $0.name.canonicalName, value: $0.value) }
    let answer = await withCheckedContinuation { (done: CheckedContinuation<Answer, Never>) in
      body.withUnsafeReadableBytes { bytes in
        routes.ask(
          route, method: isHead ? "GET" : method, target: target, headers: headers, body: bytes.bindMemory(to: UInt8.self),
          channel: context.channel
        ) { done.resume(returning: $0) }
      }
    }
    return isHead ? answer.response.createHeadResponse() : answer.response
  }

  /// The body; nil when it is longer than `limit`.
  private func body(of request: Request, atMost limit: Int) async throws -> ByteBuffer? {
    if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit { return nil }
    do { return try await request.body.collect(upTo: limit) } catch is NIOTooManyBytesError { return nil }
  }

  private func refuseMethod(_ found: [Route]) -> Response {
    var methods: [String] = []
    for case .method(let method) in found.map(\.ask) { methods.append(method) }
    guard !methods.isEmpty else {
      // RFC 6455, section 4.4: the version that is spoken here.
      var headers: HTTPFields = [.upgrade: "websocket"]
      if let version = HTTPField.Name("sec-websocket-version") { headers[version] = "13" }
      return .problem(.upgradeRequired, "invalid", "this is a WebSocket", headers: headers)
    }
    let list = methods.joined(separator: ", ")
    return .problem(.methodNotAllowed, "invalid", "this address takes \(list)", headers: [.allow: list])
  }
}
