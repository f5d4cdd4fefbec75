// The provider and its accounts: a server with its credential.

import ChatterboxWire
import PluginKit
import Vox

final class ChatterboxProvider: Provider {
  func open(_ account: AccountPort) throws -> any Account { try ChatterboxAccount(account) }
}

/// Owns what must outlast a session: orders that end a job after the caller has hung up.
final class ChatterboxAccount: Account {
  let http: HTTPClient
  let server: ServerSettings
  private let port: AccountPort

  init(_ port: AccountPort) throws {
    self.port = port
    http = try port.httpClient()
    server = try ServerSettings(port.settings, key: port.secrets["api_key"] ?? "")
    port.ready()
  }

  func open(_ port: SessionPort) throws -> any Session {
    let settings = try VoiceSettings(port.settings, server.dialect)
    if !port.isControl {
      // As many as texts are said at a time: the next one is asked for while one still comes.
      http.warm(server.base, connections: plugin.mostTexts)
      wakeWorker(settings)
    }
    let voice = Voice(port, self, settings)
    port.ready(traits: settings.strips ? ["tags": []] : .object([:]))
    return voice
  }

  /// Begins a job that nobody listens to: a worker that has to load its model takes tens of seconds.
  private func wakeWorker(_ settings: VoiceSettings) {
    guard server.dialect.isRunPod, !settings.warmUpText.isEmpty else { return }
    let job = JobRequest(settings.warmUpText, settings.options, call: .status, endpoint: server.endpoint, waitMs: 0)
    post(job.path, Array(job.body.text.utf8), settings.deadlines)
  }

  /// Ends a job whose sound nobody wants; RunPod stops billing when its worker stops. From any thread.
  func cancelJob(_ path: String, _ deadlines: HTTPClient.Deadlines) { post(path, [], deadlines) }

  /// Sends what no answer is waited for.
  private func post(_ path: String, _ body: [UInt8], _ deadlines: HTTPClient.Deadlines) {
    let headers = server.headers + [Header("Content-Type", "application/json")]
    do { _ = try http.request(port.handle, "POST", server.base + path, headers: headers, body: body, deadlines: deadlines) } catch {
      port.host.log(.warning, "RunPod could not be told: \(path)")
    }
  }
}
