// What commands ask of the running host. Later versions offer the same routes to tenants.

import Base
import Hummingbird
import Vox

/// `/v1`, on the control socket only: elsewhere its addresses answer like unknown ones.
struct ControlRoutes: Sendable {
  let host: any HostView

  func add(to router: Router<APIContext>) {
    let v1 = router.group("v1").add(middleware: ControlOnly())
    v1.get("host") { _, _ in Response.json(.ok, await host.host()) }
    v1.get("plugins") { _, _ in Response.json(.ok, ["plugins": .array(await host.plugins())]) }
    v1.get("plugins/:id") { _, context in
      guard let plugin = await host.plugin(try Self.id(context)) else { throw APIError.unknown }
      return Response.json(.ok, plugin)
    }
    v1.post("plugins/:id/reload") { _, context in
      let id = try Self.id(context)
      do throws(Problem) { try await host.reload(id) } catch { throw APIError(error) }
      return Response.json(.ok, ["name": .string(id)])
    }
    v1.post("plugins/:id/clear") { _, context in
      let id = try Self.id(context)
      await host.clearQuarantine(id)
      return Response.json(.ok, ["name": .string(id)])
    }
    v1.get("chains") { request, _ in
      let asked = request.uri.queryParameters
      let chains = await host.chains(tenant: asked["tenant"].map { String($0) }, agent: asked["agent"].map { String($0) })
      if chains.isEmpty, asked["tenant"] != nil || asked["agent"] != nil { throw APIError.unknown }
      return Response.json(.ok, ["chains": .array(chains)])
    }
    v1.post("drills", use: drill)
    v1.get("calls", use: calls)
    v1.get("calls/:id", use: call)
    v1.post("calls/:id/hangup") { _, context in
      let id = try Self.id(context)
      guard await host.hangUp(id) else { throw APIError.unknown }
      return Response.json(.accepted, ["id": .string(id), "state": "ending"])
    }
    v1.post("drain") { _, _ in
      await host.drain()
      return Response.json(.accepted, ["state": "draining"])
    }
    v1.get("events") { request, context in try await FactStream(host: host).respond(to: request, call: nil) }
    v1.get("calls/:id/events") { request, context in try await FactStream(host: host).respond(to: request, call: try Self.id(context)) }
  }

  private static func id(_ context: APIContext) throws -> String {
    guard let id = context.parameters.get("id") else { throw APIError.unknown }
    return id
  }

  @Sendable private func drill(_ request: Request, _ context: APIContext) async throws -> Response {
    let asked = request.uri.queryParameters
    guard let tenant = asked["tenant"], let fault = asked["fail"] else {
      throw APIError(Problem(.invalid, "say whom and what: /v1/drills?tenant=NAME&fail=ROLE/PROVIDER=FAULT"))
    }
    do throws(Problem) {
      return Response.json(.ok, try await host.arm(drill: String(fault), tenant: String(tenant), agent: asked["agent"].map { String($0) }))
    } catch { throw APIError(error) }
  }

  @Sendable private func calls(_ request: Request, _ context: APIContext) async throws -> Response {
    var limit = Limits.callsByDefault
    if let asked = request.uri.queryParameters["limit"] {
      guard let number = Int(asked), (1...Limits.callsPerPage).contains(number) else {
        throw APIError(Problem(.invalid, "limit must be a number from 1 to \(Limits.callsPerPage)"))
      }
      limit = number
    }
    do throws(Problem) {
      let calls = try await host.calls(limit: limit, before: request.uri.queryParameters["before"].map { String($0) })
      // A page that is not full is the last.
      let next: JSONValue = calls.count < limit ? .null : calls.last?["id"] ?? .null
      return Response.json(.ok, ["calls": .array(calls), "next": next])
    } catch { throw APIError(error) }
  }

  @Sendable private func call(_ request: Request, _ context: APIContext) async throws -> Response {
    let id = try Self.id(context)
    let found: JSONValue?
    do throws(Problem) { found = try await host.call(id) } catch { throw APIError(error) }
    guard let found else { throw APIError.unknown }
    return .json(.ok, found)
  }
}

/// Lets requests pass that came by the control socket.
private struct ControlOnly: RouterMiddleware {
  func handle(_ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response) async throws -> Response {
    guard context.door == .control else { throw APIError.unknown }
    return try await next(request, context)
  }
}
