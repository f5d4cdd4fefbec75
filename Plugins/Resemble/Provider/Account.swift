// The provider and its accounts: Resemble with one key.

import PluginKit
import ResembleWire
import Synchronization
import Vox

final class ResembleProvider: Provider {
  func open(_ account: AccountPort) throws -> any Account { try ResembleAccount(account) }
}

final class ResembleAccount: Account {
  let http: HTTPClient
  let sockets: WebSocketClient?
  let server: ServerSettings
  /// The plan has no WebSocket: sessions from now on do not ask again. Sessions live on several threads.
  private let isSocketRefused = Atomic(false)

  init(_ port: AccountPort) throws {
    guard let http = HTTPClient(port.host) else {
      throw ProviderError(.invalid, "Resemble needs the host's service vox.http/0", scope: .provider)
    }
    self.http = http
    sockets = WebSocketClient(port.host)
    server = try ServerSettings(port.settings, key: port.secrets["api_key"] ?? "")
    if server.transport == .webSocket, sockets == nil {
      throw ProviderError(.invalid, "the transport websocket needs the host's service vox.websocket/0", scope: .provider)
    }
    port.ready(traits: ["rates_out": .array(server.transport.rates.map { .int(Int64($0)) })])
  }

  func open(_ port: SessionPort) throws -> any Session { Voice(port, self, try VoiceSettings(port.settings, rate: port.outRate)) }

  /// How a session that begins now is to speak.
  var transport: Transport {
    server.transport == .webSocket && isSocketRefused.load(ordering: .relaxed) ? .stream : server.transport
  }

  func refuseSockets() { isSocketRefused.store(true, ordering: .relaxed) }
}
