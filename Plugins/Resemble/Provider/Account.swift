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
    http = try port.httpClient()
    server = try ServerSettings(port.settings, key: try port.secret("api_key", "a key of Resemble's dashboard"))
    sockets = server.transport == .webSocket ? try port.webSocketClient() : nil
    port.ready(traits: ["rates_out": .array(server.transport.rates.map { .int(Int64($0)) })])
  }

  func open(_ port: SessionPort) throws -> any Session {
    let settings = try VoiceSettings(port.settings, rate: port.outRate)
    // Who asks which voices there are has none yet.
    if !port.isControl { try settings.checkVoice() }
    return Voice(port, self, settings)
  }

  /// How a session that begins now is to speak.
  var transport: Transport {
    server.transport == .webSocket && isSocketRefused.load(ordering: .relaxed) ? .stream : server.transport
  }

  func refuseSockets() { isSocketRefused.store(true, ordering: .relaxed) }
}
