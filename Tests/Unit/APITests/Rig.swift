// A host around the API: one loop, a registry of lobbies, the server on a free port and a socket of its own.

import API
import Base
import CommonHarness
import Foundation
import Loader
import Logging
import Observe
import PluginABI
import ServiceLifecycle
import Synchronization
import Testing
import Vox

/// Everything a test needs of a host. `Rig.run` starts it, hands it to the test, and stops it again.
final class Rig: Sendable {
  let loop: CallLoop
  let table: SessionTable
  let registry: Registry
  let routes: RouteTable
  let metrics = Metrics()
  let view = FakeHost()
  let folder: String
  private let owner = Owner()
  private let openPort = Mutex(0)

  var port: Int { openPort.withLock { $0 } }
  var control: String { folder + "/control.sock" }
  /// What plugins and services have written to the log.
  var lines: [String] { owner.lines.withLock { $0 } }

  private init(publicURL: String) throws {
    folder = "/tmp/api-test-\(UUID().uuidString.prefix(8))"
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    let clock = SystemClock()
    loop = CallLoop(index: 0, clock: clock)
    table = SessionTable(loop: loop)
    let context = HostContext(clock: clock, tables: [table])
    routes = try RouteTable(publicURL: publicURL, threads: 1, clock: clock, metrics: metrics)
    routes.offer(to: context)
    registry = Registry(
      context: context, owner: owner, makeLane: { ThreadLane(name: $0, clock: clock) },
      resolveSecret: { _ throws(ProviderError) in throw ProviderError(.auth, "no secrets here") })
    loop.start()
  }

  /// Runs a test on a thread of its own.
  ///
  /// - Parameter change: lays the settings of the server over the defaults, which are a free port of loopback.
  static func run(publicURL: String = "", change: (inout API.Settings) -> Void = { _ in }, _ test: (Rig) async throws -> Void) async throws
  {
    try await withTaskExecutorPreference(TestThread.shared) { try await serve(publicURL: publicURL, change: change, test) }
  }

  private static func serve(publicURL: String, change: (inout API.Settings) -> Void, _ test: (Rig) async throws -> Void) async throws {
    let rig = try Rig(publicURL: publicURL)
    var settings = API.Settings(controlSocket: rig.control)
    settings.port = 0
    change(&settings)
    let (opened, open) = AsyncStream<Int>.makeStream()
    let api = API(settings, host: rig.view, routes: rig.routes, metrics: rig.metrics, log: Logger(label: "test")) { open.yield($0) }
    let group = ServiceGroup(configuration: .init(services: [api], logger: Logger(label: "test")))
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask {
        defer { open.finish() }
        try await group.run()
      }
      if let port = await opened.first(where: { _ in true }) {
        rig.openPort.withLock { $0 = port }
        try await test(rig)
      }
      await group.triggerGracefulShutdown()
      try await tasks.waitForAll()
    }
    rig.end()
  }

  private func end() {
    for provider in registry.providers { provider.stop() }
    loop.stop()
    try? FileManager.default.removeItem(atPath: folder)
  }

  /// Lobbies of rigs that run at the same time are kept apart.
  private func key(_ name: String) -> String { "\(folder)/\(name)" }

  /// Starts a lobby and waits until its account is open.
  @discardableResult
  func lobby(_ name: String, grants: [String] = [], _ routes: [JSONValue]) async throws -> LobbyAccount {
    let file = ProviderFile(
      name: name, path: "\(name).yaml", library: "lobby", settings: ["key": .string(key(name)), "routes": .array(routes)],
      publicRoutes: grants)
    let provider = try registry.add(file, try Lobby.library())
    try await until("the account is open") { provider.accountState.isUsable }
    return try #require(Lobby.account(key(name)))
  }

  /// Opens a session of a lobby and waits until it is ready.
  func session(_ name: String = "lobby") async throws -> LobbySession {
    let provider = try #require(registry.provider(name))
    let holder = Holder()
    loop.submit { [table] in
      holder.session.withLock {
        $0 = Registry.open(provider, .tool, rate: 0, connectMs: 2000, on: table, owner: holder)
      }
    }
    try await until("the session is ready") { holder.isReady.withLock { $0 } }
    holders.withLock { $0.append(holder) }
    return try #require(Lobby.account(key(name))?.state.withLock { $0.session })
  }

  private let holders = Mutex<[Holder]>([])

  /// Ends all sessions, as a hang-up does.
  func endSessions() {
    for holder in holders.withLock({ $0 }) {
      loop.submit { holder.session.withLock { $0 }?.close(.hangUp) }
    }
  }

  func connect() async throws -> Peer { try await Peer.connect(port: port) }
  func command() async throws -> Peer { try await Peer.connect(unix: control) }

  /// An open WebSocket on a path.
  func socket(_ path: String) async throws -> Peer {
    let peer = try await connect()
    let reply = try await peer.upgrade(path)
    try #require(reply.status == 101)
    return peer
  }

  private final class Owner: AccountOwner {
    let lines = Mutex<[String]>([])
    func provider(_ provider: Provider, offers call: JSONValue) {}
    func provider(_ provider: Provider, withdrawsOffer id: String) {}
    func provider(_ provider: Provider, accountIs state: Provider.AccountState) {}
    func provider(_ provider: Provider, logs text: String, level: Int32) { lines.withLock { $0.append(text) } }
  }

  private final class Holder: SessionOwner, Sendable {
    let session = Mutex<ProviderSession?>(nil)
    let isReady = Mutex(false)
    func sessionReady(_ session: ProviderSession) { isReady.withLock { $0 = true } }
    func session(_ session: ProviderSession, failed error: ProviderError) {}
    func session(_ session: ProviderSession, event: ProviderEvent) {}
  }
}

/// Waits for a fact.
func until(_ fact: String, _ holds: () -> Bool) async throws {
  var patience = Patience()
  while !holds() {
    guard patience.counts() else { throw Late(fact: fact) }
    try await Task.sleep(for: .milliseconds(2))
  }
}

struct Late: Error { let fact: String }
