// The provider and its accounts: an address, a key, and the host's HTTP client.

import ClaudeWire
import PluginKit
import Vox

final class ClaudeProvider: Provider {
  private let host: Host

  init(_ host: Host) { self.host = host }

  func open(_ account: AccountPort) throws -> any Account {
    let opened = try ClaudeAccount(account)
    account.ready()
    return opened
  }
}

/// What a session needs of its account.
struct Access: Sendable {
  let http: HTTPClient
  /// Without a slash at its end.
  let base: String
  let key: String

  /// The address is the operator's to choose: what an agent or a tenant sets does not count.
  init(_ account: AccountPort) throws(ProviderError) {
    http = try account.httpClient()
    key = try account.secret("api_key", "a key of the Anthropic console")
    base = try SettingValues(account.settings, of: plugin, scope: .account).address("base_url")
  }
}

final class ClaudeAccount: Account {
  private var access: Access

  init(_ port: AccountPort) throws { access = try Access(port) }

  func open(_ port: SessionPort) throws -> any Session {
    let settings = try Settings(port.settings, key: access.key)
    // The first turn must not wait for name, TCP and TLS.
    access.http.warm(access.base)
    port.ready(traits: ["prefill": .bool(settings.request.takesPrefill), "parallel_tools": .bool(settings.request.parallelTools)])
    return Chat(port, access, settings)
  }

  func update(_ account: AccountPort) {
    do { access = try Access(account) } catch { account.failed(error) }
  }
}
