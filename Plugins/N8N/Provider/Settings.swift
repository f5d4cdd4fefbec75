// What the operator's file says: the webhooks by name, the MCP server, and how long to wait.

import N8NWire
import PluginKit
import Vox

struct Settings {
  let site: Site
  let webhooks: [String: WebhookTool]
  let healthURL: String
  /// Nil when there is no MCP server.
  let mcp: MCPServer?
  /// Which of its tools may be called; empty = all.
  let mcpTools: Set<String>
  let timeoutMs: Int
  let connectMs: Int
  let maxAnswerBytes: Int

  /// - Throws: one sentence that names the setting or the secret.
  init(_ account: AccountPort) throws(ProviderError) {
    let values = try SettingValues(account.settings, of: plugin, scope: .account)
    let base = values.address("base_url")
    let timeoutMs = values.whole("timeout_ms")
    let lifetimeS = values.whole("jwt_lifetime_s")
    let claims = values.object("jwt_claims")
    func credential(_ prefix: String) throws(ProviderError) -> Credential {
      let kind = Credential.Kind(rawValue: values.text("\(prefix)auth")) ?? .none
      return try Credential(
        kind, name: values.text("\(prefix)\(kind == .basic ? "user" : "header")"), secret: account.secrets["\(prefix)credential"] ?? "",
        secretName: "\(prefix)credential", claims: claims, lifetimeS: lifetimeS)
    }
    var site = Site(
      base: base, credential: try credential(""), headerPrefix: values.text("header_prefix"), userAgent: values.text("user_agent"))
    site.prefix = values.text("webhook_prefix")
    site.testPrefix = values.text("test_prefix")
    site.signingSecret = account.secrets["signing_secret"] ?? ""
    var webhooks: [String: WebhookTool] = [:]
    for (name, json) in values.object("tools") {
      webhooks[name] = try WebhookTool(name, json, isTest: values.flag("test"), timeoutMs: timeoutMs)
    }
    if !webhooks.isEmpty, base.isEmpty {
      throw ProviderError(
        .invalid, "The setting 'base_url' is missing: the address of the n8n instance whose webhooks the tools are.", scope: .account,
        code: "bad_setting")
    }
    let url = values.address("mcp_url")
    mcp =
      url.isEmpty
      ? nil
      : MCPServer(
        url: url, isSSE: values.text("mcp_transport") == "sse", version: values.text("mcp_version"), credential: try credential("mcp_"),
        userAgent: site.userAgent, connectMs: values.whole("connect_ms"), maxAnswerBytes: values.whole("max_answer_bytes"))
    self.site = site
    self.webhooks = webhooks
    self.timeoutMs = timeoutMs
    healthURL = base.isEmpty ? "" : "\(base)/\(values.text("health_path"))"
    mcpTools = Set(values.texts("mcp_tools"))
    connectMs = values.whole("connect_ms")
    maxAnswerBytes = values.whole("max_answer_bytes")
  }

  /// The tools of the MCP server that may be called and are no webhooks of the same name.
  func allowed(_ tools: [ToolDescription]) -> [ToolDescription] { tools.filter { mayCall($0.name) } }

  func mayCall(_ name: String) -> Bool { webhooks[name] == nil && (mcpTools.isEmpty || mcpTools.contains(name)) }
}
