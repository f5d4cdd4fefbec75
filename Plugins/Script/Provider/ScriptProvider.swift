// From plugin to session: flows are read once, and their agents shared by all calls.

import PluginKit
import Vox

/// The plugin as the operator configured it. A flow named here is read at once, so that a mistake in it shows at the start.
final class ScriptProvider: Provider {
  private let library: FlowLibrary
  /// A late turn of a long call can cost some milliseconds: too much for a call's own thread, little enough for two to share.
  private let pool = ThreadPool(name: "script", threads: 2)

  init(_ host: Host, _ settings: JSONValue) throws {
    library = FlowLibrary(host)
    if let path = settings["flow"]?.string { _ = try library.flow(at: path) }
  }

  func open(_ port: AccountPort) -> any Account {
    port.ready()
    return ScriptAccount(library, pool)
  }
}

/// The provider with its one credential, of which it needs none.
private final class ScriptAccount: Account {
  private let library: FlowLibrary
  private let pool: ThreadPool

  init(_ library: FlowLibrary, _ pool: ThreadPool) { (self.library, self.pool) = (library, pool) }

  func open(_ port: SessionPort) throws -> any Session {
    guard let path = port.settings["flow"]?.string else {
      throw ProviderError(
        .invalid, "The scripted dialogue needs the setting \"flow\", the path of the agent's flow file.", scope: .account,
        code: "no_flow")
    }
    let flow = try library.flow(at: path)
    defer { port.ready() }
    return ScriptSession(ScriptDesk(port, flow), pool.queue(limit: 64))
  }
}
