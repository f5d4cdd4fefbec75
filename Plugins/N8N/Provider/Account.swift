// The provider and its accounts: an n8n instance, a credential, and the tools that an MCP server offers.

import N8NWire
import PluginABI
import PluginKit
import Vox

final class N8NProvider: Provider {
  func open(_ account: AccountPort) throws -> any Account { try N8NAccount(account) }
}

/// What a session needs of its account. The operator alone says where requests go: what an agent or a tenant sets does not count.
struct Access {
  let http: HTTPClient
  let settings: Settings

  init(_ account: AccountPort) throws(ProviderError) {
    http = try account.httpClient()
    settings = try Settings(account)
  }
}

/// Usable at once where there are only webhooks; an MCP server is asked for its tools first, and again until it answers.
final class N8NAccount: Account {
  private var port: AccountPort
  private var access: Access
  /// The session in which the server is asked; it ends with the answer.
  private var link: MCPLink?
  private var delayMs = firstDelayMs

  /// The server may be starting, as we are; later it is asked now and then.
  private static let firstDelayMs = 2_000
  private static let longestDelayMs = 300_000
  /// An event of the ABI must hold them.
  private static let mostNames = 100
  /// The tokens of the link's timers count from 1.
  private static let again: UInt64 = 0

  init(_ port: AccountPort) throws {
    self.port = port
    access = try Access(port)
    ask()
  }

  func open(_ port: SessionPort) throws -> any Session { Tools(port, access) }

  func update(_ account: AccountPort) {
    do {
      access = try Access(account)
      port = account
      ask()
    } catch { account.failed(error) }
  }

  func http(_ event: HTTPEvent) { link?.http(event) }

  func timer(token: UInt64) {
    if token == Self.again { ask() } else { link?.timer(token) }
  }

  func close() { link?.close {} }

  private func ask() {
    guard let server = access.settings.mcp else { return port.ready() }
    link?.close {}
    let link = MCPLink(server, access.http, owner: port.handle, host: port.host) { [port] in port.timer(token: $0, at: $1) }
    self.link = link
    link.list(timeoutMs: access.settings.timeoutMs) { [unowned self, unowned link] result in
      link.close {}
      learned(result)
    }
  }

  private func learned(_ result: Result<[ToolDescription], ProviderError>) {
    switch result {
    case .success(let tools):
      delayMs = Self.firstDelayMs
      let names = access.settings.allowed(tools).map(\.name).prefix(Self.mostNames)
      port.host.log(.info, "The MCP server offers \(tools.count) tools: \(names.joined(separator: ", "))")
      let missing = access.settings.mcpTools.subtracting(tools.map(\.name)).sorted()
      guard missing.isEmpty else {
        return port.degraded(
          ProviderError(
            .invalid, "The MCP server does not offer \(missing.joined(separator: ", ")), which the setting 'mcp_tools' names.",
            scope: .account, code: "tools_missing"))
      }
      port.ready(traits: ["tools": .array(names.map { .string($0) })])
    case .failure(let error):
      if access.settings.webhooks.isEmpty { port.failed(error) } else { port.degraded(error) }
      port.timer(token: Self.again, at: port.host.now + UInt64(delayMs) * 1_000_000)
      delayMs = min(delayMs * 2, Self.longestDelayMs)
    }
  }
}
