// A session: calls tools, behind webhooks or at the MCP server.

import N8NWire
import PluginABI
import PluginKit
import Vox

final class Tools: Session {
  private let port: SessionPort
  private let access: Access
  private let link: MCPLink?
  private var webhooks = OpAnswers<WebhookCall>()
  /// Numbers of the link's requests, by op.
  private var messages: [vox_handle: Int] = [:]
  private var probes: [UInt64: (op: Op, exchange: HTTPExchange)] = [:]

  private var settings: Settings { access.settings }

  init(_ port: SessionPort, _ access: Access) {
    self.port = port
    self.access = access
    link = access.settings.mcp.map { server in
      MCPLink(server, access.http, owner: port.handle, host: port.host) { [port] in port.timer(token: $0, at: $1) }
    }
    warm()
    port.ready()
  }

  /// The first call must not wait for name, TCP, TLS and the protocol's greeting.
  private func warm() {
    if !settings.webhooks.isEmpty { access.http.warm(settings.site.base) }
    link?.warm()
  }

  func start(_ op: Op, _ request: Request) throws {
    switch request.kind {
    case OpKind.invoke: try invoke(op, request)
    case OpKind.listTools: list(op)
    case OpKind.probe: try probe(op)
    case OpKind.warm:
      warm()
      op.completed()
    default: throw ProviderError(.invalid, "n8n has no op of kind \(request.kind).", code: "unknown_op")
    }
  }

  // MARK: Calls

  private func invoke(_ op: Op, _ request: Request) throws(ProviderError) {
    let name = request.body["name"]?.string ?? ""
    let arguments = request.body["arguments"] ?? [:]
    if let tool = settings.webhooks[name] {
      try call(tool, arguments, op, request)
    } else if let link, settings.mayCall(name) {
      call(name, arguments, op, link)
    } else {
      throw ProviderError(.invalid, "There is no tool '\(name.prefix(64))' in the setting 'tools'.", code: "unknown_tool")
    }
  }

  private func call(_ tool: WebhookTool, _ arguments: JSONValue, _ op: Op, _ request: Request) throws(ProviderError) {
    try tool.check(arguments)
    let asked = try WebhookRequest(
      tool, arguments: arguments, id: request.idempotencyKey, context: port.context, site: settings.site, nowMs: wallMs())
    let deadlines = HTTPClient.Deadlines(
      connectMs: settings.connectMs, firstByteMs: tool.timeoutMs, stallMs: tool.timeoutMs, totalMs: tool.timeoutMs)
    let exchange = try access.http.request(
      port.handle, asked.method, asked.url, headers: asked.headers.map { Header($0.name, $0.value) }, body: asked.body,
      deadlines: deadlines)
    webhooks[exchange.token] = WebhookCall(op, exchange, tool, id: asked.id, maxAnswerBytes: settings.maxAnswerBytes)
  }

  private func call(_ name: String, _ arguments: JSONValue, _ op: Op, _ link: MCPLink) {
    messages[op.handle] = link.call("tools/call", MCP.call(name, arguments), timeoutMs: settings.timeoutMs) { [weak self] result in
      self?.messages[op.handle] = nil
      do throws(ProviderError) {
        let outcome = try MCP.outcome(try result.get()).completed()
        op.usage(VOX_METER_REQUESTS, 1)
        op.completed(outcome)
      } catch {
        if error.effects != .none { op.usage(VOX_METER_REQUESTS, 1, estimated: error.effects == .maybe) }
        op.failed(error)
      }
    }
  }

  // MARK: Questions

  private func list(_ op: Op) {
    let webhooks = settings.webhooks.values.map(\.description).sorted { $0.name < $1.name }
    guard let link else { return complete(op, webhooks) }
    link.list(timeoutMs: settings.timeoutMs) { [weak self] id in
      self?.messages[op.handle] = id
    } reply: { [weak self] result in
      guard let self else { return }
      messages[op.handle] = nil
      switch result {
      case .success(let tools): complete(op, webhooks + settings.allowed(tools))
      case .failure(let error): op.failed(error)
      }
    }
  }

  private func complete(_ op: Op, _ tools: [ToolDescription]) {
    do { op.completed(try ToolResult.bounded(["tools": .array(tools.map(\.json))])) } catch { op.failed(error) }
  }

  /// Asks what costs nothing and runs no workflow: the MCP server's `ping`, or the instance's own page of health. Any answer below
  /// 500 shows that it is there: not every instance has that page.
  private func probe(_ op: Op) throws(ProviderError) {
    if let link {
      messages[op.handle] = link.call("ping", [:], timeoutMs: settings.timeoutMs) { [weak self] result in
        self?.messages[op.handle] = nil
        switch result {
        case .success: op.completed()
        case .failure(let error): op.failed(error)
        }
      }
      return
    }
    guard !settings.healthURL.isEmpty else { return op.completed() }
    let deadlines = HTTPClient.Deadlines(connectMs: settings.connectMs, totalMs: settings.timeoutMs)
    let headers = [Header("User-Agent", settings.site.userAgent)]
    let exchange = try access.http.request(port.handle, "GET", settings.healthURL, headers: headers, deadlines: deadlines)
    probes[exchange.token] = (op, exchange)
  }

  private func probed(_ event: HTTPEvent, _ op: Op, _ exchange: HTTPExchange) {
    switch event.what {
    case .head(let head):
      if head.status < 500 { op.completed() } else { op.failed(N8NError.answered(status: head.status, body: [])) }
    case .failed(let error): op.failed(error)
    case .body, .done: break
    }
    probes[event.token] = nil
    exchange.cancel()
  }

  // MARK: From the host

  func http(_ event: HTTPEvent) {
    if let probe = probes[event.token] { return probed(event, probe.op, probe.exchange) }
    guard let call = webhooks[event.token] else {
      link?.http(event)
      return
    }
    if call.take(event) { webhooks.received(event.token) }
  }

  func timer(token: UInt64) { link?.timer(token) }

  func resume(_ op: Op?) { webhooks.resume(op) }

  func cancel(_ op: Op, reason: Reason) {
    webhooks.cancel(op)
    for (token, probe) in probes where probe.op === op {
      probe.exchange.cancel()
      probes[token] = nil
    }
    if let id = messages.removeValue(forKey: op.handle) { link?.cancel(id) }
  }

  func close(_ port: SessionPort, reason: Reason) {
    guard let link else { return port.closed() }
    link.close { port.closed() }
  }
}
