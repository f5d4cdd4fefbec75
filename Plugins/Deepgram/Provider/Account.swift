// The provider and its accounts: an address, a credential, and the host's clients.

import DeepgramWire
import PluginKit
import Vox

final class DeepgramProvider: Provider {
  func open(_ account: AccountPort) throws -> any Account {
    let opened = try DeepgramAccount(account)
    account.ready()
    return opened
  }
}

/// What a session needs of its account.
struct Access: Sendable {
  let http: HTTPClient
  let sockets: WebSocketClient
  /// `https://…`, without a slash at its end.
  let base: String
  let headers: [Header]

  /// The address is the operator's to choose: what an agent or a tenant sets does not count.
  init(_ account: AccountPort) throws(ProviderError) {
    let values = try SettingValues(account.settings, of: plugin, scope: .account)
    http = try account.httpClient()
    sockets = try account.webSocketClient()
    let key = try account.secret("api_key", "a key of the Deepgram console")
    base = values.address("base_url")
    headers =
      [Header("authorization", (values.text("auth") == "bearer" ? "Bearer " : "Token ") + key)]
      + values.options("headers").map { Header($0.name, $0.value) }
  }

  /// Asks for everything the vendor has; `read` takes out of it what the op is about.
  func list(_ op: Op, read: @escaping (JSONValue) -> JSONValue?) throws(ProviderError) -> Listing {
    let exchange = try http.request(op.session, "GET", base + "/v1/models", headers: headers)
    return Listing(op, exchange, refused: \.error, read: read)
  }

  /// The same address for WebSockets.
  var socketBase: String { base.hasPrefix("http") ? "ws" + base.dropFirst(4) : base }
}

final class DeepgramAccount: Account {
  private var access: Access

  init(_ port: AccountPort) throws { access = try Access(port) }

  func open(_ port: SessionPort) throws -> any Session {
    switch port.role {
    case .stt: return Recogniser(port, access, try ListenSettings(port.settings, context: port.context))
    case .tts: return Voice(port, access, try SpeakSettings(port.settings))
    default: throw ProviderError(.invalid, "Deepgram has no role \(port.role.name).", scope: .session)
    }
  }

  func update(_ account: AccountPort) {
    do { access = try Access(account) } catch { account.failed(error) }
  }
}
