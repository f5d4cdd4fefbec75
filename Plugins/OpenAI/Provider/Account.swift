// The provider and its accounts: an address, a key where there is one, and the host's HTTP client.

import OpenAIWire
import PluginABI
import PluginKit
import Vox

final class OpenAIProvider: Provider {
  func open(_ account: AccountPort) throws -> any Account {
    let opened = try OpenAIAccount(account)
    account.ready()
    return opened
  }
}

/// What a session needs of its account.
struct Access: Sendable {
  private let http: HTTPClient
  /// Without a slash at its end.
  private let base: String
  /// Servers of one's own often ask for none.
  private let key: String

  /// The address is the operator's to choose: what an agent or a tenant sets does not count.
  init(_ account: AccountPort) throws(ProviderError) {
    http = try account.httpClient()
    base = try SettingValues(account.settings, of: plugin, scope: .account).address("base_url")
    key = account.secrets["api_key"] ?? ""
  }

  /// Has connections open, because a turn must not wait for name, TCP and TLS.
  func warm(connections: Int = 1) { http.warm(base, connections: connections) }

  /// Posts a body; what becomes of it comes to the owner's `http(_:)`.
  ///
  /// - Throws: class `overloaded` when the host takes no more requests.
  func post(
    _ owner: vox_handle, _ path: String, _ body: [UInt8], type: String, accept: String = "", _ settings: Settings, credit: Int = 0
  ) throws(ProviderError) -> HTTPExchange {
    var headers = signed(settings) + [Header("content-type", type)]
    if !accept.isEmpty { headers.append(Header("accept", accept)) }
    return try http.request(
      owner, "POST", base + path, headers: headers, body: body, deadlines: settings.deadlines, credit: credit)
  }

  /// Asks for a document; the same otherwise.
  func get(_ owner: vox_handle, _ path: String, _ settings: Settings) throws(ProviderError) -> HTTPExchange {
    try http.request(owner, "GET", base + path, headers: signed(settings), deadlines: settings.deadlines)
  }

  private func signed(_ settings: Settings) -> [Header] {
    settings.headers + (key.isEmpty ? [] : [Header("authorization", "Bearer \(key)")])
  }
}

final class OpenAIAccount: Account {
  private var access: Access

  init(_ port: AccountPort) throws { access = try Access(port) }

  func open(_ port: SessionPort) throws -> any Session {
    let settings = try Settings(port.settings, context: port.context)
    switch port.role {
    case .llm:
      access.warm()
      port.ready(traits: ["prefill": .bool(settings.chat.prefill), "parallel_tools": .bool(settings.chat.parallelTools)])
      return Chat(port, access, settings)
    case .tts:
      // The next text is asked for while one is spoken.
      access.warm(connections: plugin.mostTexts)
      port.ready()
      return Voice(port, access, settings)
    case .stt:
      access.warm()
      port.ready(traits: ["word_times": settings.transcription.format == "verbose_json" ? "word" : "none"])
      return Recogniser(port, access, settings)
    default: throw ProviderError(.invalid, "OpenAI has no role \(port.role.name).", scope: .session)
    }
  }

  func update(_ account: AccountPort) {
    do { access = try Access(account) } catch { account.failed(error) }
  }
}
