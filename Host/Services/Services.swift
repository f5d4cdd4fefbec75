// The optional services of the host: what plugins ask for by id besides the tables every plugin is given.

public import Base
import PluginABI
import Synchronization
import Vox

/// `vox.http/0`, `vox.websocket/0`, the client side of `vox.socket/0`, and `vox.state/0`. Make one before the providers are loaded and
/// keep it for as long as the process lives.
///
/// Who hands the services out asks for a provider's tables here and gives the pointers to its plugin. The tables are plain C: a worker's
/// host side calls them for its plugin as the plugin itself would.
public final class Services: Sendable {
  public struct Options: Sendable {
    /// Sent where a plugin names no other.
    public var userAgent = "patchbay"
    /// The folder of durable items; empty = they last as long as the process.
    public var stateFolder = ""

    public init() {}
  }

  let http: HTTPService
  let sockets: ClientSockets
  let state: StateService
  private let loop: DescriptorLoop
  private let tables = Mutex<[ObjectIdentifier: ServiceTables]>([:])

  /// - Throws: a sentence, when the system has no descriptor left or the state cannot be read.
  public init(_ options: Options = Options(), clock: any Clock) throws(Problem) {
    guard let loop = DescriptorLoop(clock: clock), let transfers = Transfers(loop) else {
      throw Problem(.unavailable, code: "no_network", "the network cannot be used: the system gives this process no further descriptor")
    }
    self.loop = loop
    http = HTTPService(transfers, userAgent: options.userAgent)
    sockets = ClientSockets(transfers, userAgent: options.userAgent)
    state = try StateService(folder: options.stateFolder, clock: clock)
    guard transfers.start() else {
      throw Problem(.unavailable, code: "no_network", "the network cannot be used: the system gives this process no further thread")
    }
  }

  /// The tables of a provider; the same for each call with the same client.
  public func tables(for client: ServiceClient) -> ServiceTables {
    tables.withLock { tables in
      if let made = tables[ObjectIdentifier(client)] { return made }
      let made = ServiceTables(client, self)
      tables[ObjectIdentifier(client)] = made
      return made
    }
  }

  /// The durable items of a provider by key, as they are now, for `open_account`. Callable from any thread.
  public func items(of provider: String) -> [String: [UInt8]] { state.items(of: provider) }

  /// Ends what a provider has under way: requests are cancelled, sockets close with 1001, leases are given back. Call it when its
  /// account has closed.
  public func retire(_ client: ServiceClient) {
    http.retire(client)
    sockets.retire(client)
    state.retire(client)
  }

  /// Requests and sockets under way, and connections that are being opened ahead of a request.
  public var load: (requests: Int, sockets: Int, warming: Int) {
    let http = http.load
    return (http.requests, sockets.count, http.warming)
  }

  /// Ends the threads of the network and of the durable items; nothing is delivered afterwards.
  public func stop() {
    loop.stop()
    state.stop()
  }
}
