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
    guard let http = HTTPClient(account.host), let sockets = WebSocketClient(account.host) else {
      throw ProviderError(
        .invalid, "Deepgram needs the host's services vox.http/0 and vox.websocket/0, and this host lacks one.", scope: .account)
    }
    guard let key = account.secrets["api_key"], !key.isEmpty else {
      throw ProviderError(
        .auth, "The secret 'api_key' is missing: a key of the Deepgram console.", scope: .account, code: "secret_missing")
    }
    let values = try SettingValues(account.settings, of: plugin)
    self.http = http
    self.sockets = sockets
    base = values.address("base_url")
    headers =
      [Header("authorization", (values.text("auth") == "bearer" ? "Bearer " : "Token ") + key)]
      + values.options("headers").map { Header($0.name, $0.value) }
  }

  /// The same address for WebSockets.
  var socketBase: String { base.hasPrefix("http") ? "ws" + base.dropFirst(4) : base }
}

final class DeepgramAccount: Account {
  private var access: Access

  init(_ port: AccountPort) throws { access = try Access(port) }

  func open(_ port: SessionPort) throws -> any Session {
    switch port.role {
    case .stt: return Recogniser(port, access, try ListenSettings(port.settings))
    case .tts:
      let settings = try SpeakSettings(port.settings)
      return Voice(port, access, settings)
    default: throw ProviderError(.invalid, "Deepgram has no role \(port.role.name).", scope: .session)
    }
  }

  func update(_ account: AccountPort) {
    do { access = try Access(account) } catch { account.failed(error) }
  }
}
