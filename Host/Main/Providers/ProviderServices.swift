// Hands the host's services to the providers.

public import Base
public import Loader
public import PluginABI
public import Services
import Synchronization
import Vox

/// Gives each provider the tables of the services that its manifest asks for.
public final class ProviderServices: Sendable {
  private let services: Services
  private let clock: any Clock
  private let clients = Mutex<[ObjectIdentifier: ServiceClient]>([:])

  public init(_ services: Services, clock: any Clock) {
    self.services = services
    self.clock = clock
  }

  /// Makes the services known to the providers of a host.
  ///
  /// - Parameter incoming: the table of the sockets that come in to a provider; nil where none do. Whoever serves them must have
  ///   offered its own services before.
  public func offer(
    to host: HostContext, incoming: @escaping @Sendable (Provider) -> UnsafePointer<vox_socket_v0>? = { _ in nil }
  ) {
    host.offer(VOX_SERVICE_HTTP) { [self] provider in tables(provider, VOX_SERVICE_HTTP).map { UnsafeRawPointer($0.http) } }
    host.offer(VOX_SERVICE_WEBSOCKET) { [self] provider in tables(provider, VOX_SERVICE_WEBSOCKET).map { UnsafeRawPointer($0.webSocket) } }
    host.offer(VOX_SERVICE_STATE) { [self] provider in tables(provider, VOX_SERVICE_STATE).map { UnsafeRawPointer($0.state) } }
    host.offer(VOX_SERVICE_SOCKET) { [self] provider in
      let incoming = incoming(provider)
      guard provider.manifest.services.contains(VOX_SERVICE_WEBSOCKET) else { return incoming.map { UnsafeRawPointer($0) } }
      return tables(provider, VOX_SERVICE_WEBSOCKET).map { UnsafeRawPointer($0.socket(incoming: incoming)) }
    }
  }

  /// Ends what a provider has under way. Call it when its account has closed.
  public func retire(_ provider: Provider) {
    if let client = clients.withLock({ $0[ObjectIdentifier(provider)] }) { services.retire(client) }
  }

  private func tables(_ provider: Provider, _ id: String) -> ServiceTables? {
    guard provider.manifest.services.contains(id) else {
      provider.log("the manifest must list \"\(id)\" under \"services\" for a plugin that uses it", level: Int32(VOX_LOG_WARNING))
      return nil
    }
    do throws(Problem) { return services.tables(for: try client(of: provider)) } catch {
      provider.log(error.message, level: Int32(VOX_LOG_ERROR))
      return nil
    }
  }

  private func client(of provider: Provider) throws(Problem) -> ServiceClient {
    if let known = clients.withLock({ $0[ObjectIdentifier(provider)] }) { return known }
    let egress = provider.egress
    let secrets = Array(provider.secrets.values)
    var tape: Tape?
    if !egress.replay.isEmpty { tape = try Tape.replaying(egress.replay, clock: clock) }
    if !egress.record.isEmpty { tape = try Tape.recording(to: egress.record, secrets: secrets, clock: clock) }
    let reach = Reach(manifest: provider.manifest.hosts, operator: egress.hosts, settings: provider.settings)
    for problem in reach.problems { provider.log(problem, level: Int32(VOX_LOG_WARNING)) }
    let made = ServiceClient(
      name: provider.name, account: provider.accountHandle, reach: reach, secrets: secrets, caFile: egress.caFile, proxy: egress.proxy,
      tape: tape,
      ports: ServiceClient.Ports(
        deliver: { provider.deliver($0) }, owns: { provider.owns($0) }, sessions: { provider.openSessions },
        settle: { work in provider.lane.async(work) },
        log: { provider.log($0, level: $1) }))
    return clients.withLock { clients in
      if let known = clients[ObjectIdentifier(provider)] { return known }
      clients[ObjectIdentifier(provider)] = made
      return made
    }
  }
}
