// The host's HTTP server: one TCP port for the world, one Unix socket for commands, the same router behind both.

import Base
import Glibc
import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
public import Observe
public import ServiceLifecycle

/// Serves until it is told to stop. Plugins' routes and WebSockets are served from the first moment; `/v1` answers on the Unix
/// socket only.
public struct API: Service {
  /// Where to listen.
  public struct Settings: Sendable {
    /// Name or address; 0.0.0.0 = every network of the machine.
    public var address = "127.0.0.1"
    /// 0 = any free port.
    public var port = 8080
    /// The path of the Unix socket; its folder must be closed to others.
    public var controlSocket: String
    /// Whether `/metrics` answers to the world and not only to this machine.
    public var metricsArePublic = false

    public init(controlSocket: String) { self.controlSocket = controlSocket }

    /// How this machine itself reaches the TCP port.
    public func localURL(_ port: Int) -> String {
      switch address {
      case "0.0.0.0", "::": "http://127.0.0.1:\(port)"
      case let address where address.contains(":"): "http://[\(address)]:\(port)"
      default: "http://\(address):\(port)"
      }
    }
  }

  private let settings: Settings
  private let routes: RouteTable
  private let own: RouterResponder<APIContext>
  private let log: Logger
  private let listening: @Sendable (_ port: Int) -> Void

  /// - Parameters:
  ///   - routes: what plugins serve.
  ///   - metrics: what `/metrics` shows beside `host.metrics()`.
  ///   - listening: told the port once both listeners answer.
  public init(
    _ settings: Settings, host: any HostView, routes: RouteTable, metrics: Metrics, log: Logger,
    listening: @escaping @Sendable (_ port: Int) -> Void = { _ in }
  ) {
    self.settings = settings
    self.routes = routes
    self.log = log
    self.listening = listening
    let router = Router(context: APIContext.self)
    HealthRoutes(host: host, metrics: metrics, metricsArePublic: settings.metricsArePublic).add(to: router)
    ControlRoutes(host: host).add(to: router)
    own = router.buildResponder()
  }

  /// Listens until the task is cancelled or its service group shuts down gracefully; then open requests end, WebSockets close with
  /// 1001, and the socket file is removed.
  /// - Throws: `Problem`, one sentence that says which port or path cannot be used and what to do.
  public func run() async throws {
    try ControlSocket.clear(settings.controlSocket)
    let opened = Opened { port in
      routes.listens(at: settings.localURL(port))
      listening(port)
    }
    // The listeners say what they do in debug; the host itself says where it is to be found.
    var log = log
    log.logLevel = max(log.logLevel, .notice)
    let tcp = Application(
      responder: FrontDoor(isControl: false, routes: routes, own: own), server: server,
      configuration: ApplicationConfiguration(
        address: .hostname(settings.address, port: settings.port),
        availableConnectionsDelegate: MaximumAvailableConnections(Limits.connections)),
      onServerRunning: { opened.tcp($0.localAddress?.port ?? settings.port) }, eventLoopGroupProvider: .shared(routes.group), logger: log)
    let control = Application(
      responder: FrontDoor(isControl: true, routes: routes, own: own), server: server,
      configuration: ApplicationConfiguration(address: .unixDomainSocket(path: settings.controlSocket)),
      onServerRunning: { _ in
        ControlSocket.protect(settings.controlSocket)
        opened.control()
      }, eventLoopGroupProvider: .shared(routes.group), logger: log)
    defer { try? ControlSocket.clear(settings.controlSocket) }
    do {
      // When one cannot listen, the other is stopped in peace.
      let services: [any Service] = [tcp, control]
      try await ServiceGroup(
        configuration: ServiceGroupConfiguration(
          services: services.map { .init(service: $0, failureTerminationBehavior: .gracefullyShutdownGroup) }, logger: log)
      ).run()
      await routes.sockets.end()
    } catch let error as IOError {
      throw refusal(error)
    } catch is SocketAddressError.UnknownHost {
      throw unknownAddress
    }
  }

  private var unknownAddress: Problem {
    Problem(.invalid, code: "address_unknown", "\(settings.address) is no address of this machine; use 127.0.0.1 or 0.0.0.0")
  }

  private var server: HTTPServerBuilder {
    HTTPServerBuilder { [routes] in Listener(responder: $0, routes: routes) }
  }

  private func refusal(_ error: IOError) -> Problem {
    let place = "\(settings.address):\(settings.port)"
    switch error.errnoCode {
    case EADDRINUSE:
      return Problem(
        .invalid, code: "port_in_use",
        "port \(settings.port) of \(settings.address) is in use by another program; stop it, or choose another port")
    case EACCES:
      return Problem(.invalid, code: "port_refused", "this user may not listen at \(place); choose a port from 1024 up")
    case EADDRNOTAVAIL:
      return unknownAddress
    default:
      return Problem(.unavailable, code: "cannot_listen", "nobody can listen at \(place) or \(settings.controlSocket): \(error)")
    }
  }
}
