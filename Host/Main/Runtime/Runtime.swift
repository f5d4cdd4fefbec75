// The running host: loops, providers, tenants, journal and front desk, put together once.

import API
public import Base
public import Calls
public import Config
import FoundationEssentials
import Glibc
import Isolation
public import Journal
public import Loader
public import Logging
import Media
import Observe
import ServiceLifecycle
import ProviderServices
import Services
import Speech
import Sound
import Synchronization
import Tenants
import Vox

/// Owns everything that runs. Start it once; stop it once.
public final class Runtime: @unchecked Sendable {
  /// Where things are and how much of them there may be.
  public struct Options: Sendable {
    /// The folder for the journal and the control socket; made with mode 0700 when it is missing.
    public var state: String
    /// The folder with the tenants.
    public var config: String
    /// `plugins.d`.
    public var providers: String
    /// Where relative library names are looked for.
    public var libraries: String
    /// Where the voice detector's weights lie.
    public var weights: String
    /// Loops calls live on; 0 = one per core but one, at least one.
    public var loops = 0
    /// More calls at once are refused as busy.
    public var maxCalls = 500
    /// Where the HTTP server listens; port 0 = any free one. Nil: no HTTP server, for benchmarks.
    public var listen: (host: String, port: Int)?
    /// How the world reaches this host, as `https://calls.example.com`; empty = the address it listens on.
    public var publicURL = ""
    /// New libraries are first opened in a throw-away process. Only for a program that can be one (`patchbay worker`).
    public var triesLibraries = false

    public init(state: String, config: String, providers: String, libraries: String, weights: String) {
      self.state = state
      self.config = config
      self.providers = providers
      self.libraries = libraries
      self.weights = weights
    }
  }

  public let options: Options
  public let clock: any Clock
  public let journal: Journal
  public let desk: FrontDesk
  public let registry: Registry
  /// What the calls have learned about providers.
  public let availability = Availability(random: .fromSystem())
  /// How loud the calls have found voices to be.
  let voiceLevels = VoiceLevels()
  public let context: HostContext
  public let loops: [CallLoop]
  public let startedAt: Instant
  /// What is wrong with the configuration; the rest of it serves.
  public let problems: [ConfigProblem]
  /// Those of `problems` that concern files of providers.
  let providerProblems: [ConfigProblem]
  let live: LiveFacts
  let routes: RouteTable
  let services: Services
  let providerServices: ProviderServices
  private let metrics = Metrics()
  private let server = Mutex(Server())
  let detectors: VoiceDetectors
  let log: Logger
  private let files: [ProviderFile]
  let isolation: Isolation
  /// Where callers' messages are written, one after the other.
  private let writing: ThreadLane
  let swaps = Mutex(Swaps())
  let vocabularies: Vocabularies
  let recordings: Recordings
  private let prober: Prober
  private var making: Task<Void, Never>?
  private var watching: Task<Void, Never>?
  private let ports: PortsBox
  private let tables: [SessionTable]

  /// Reads the configuration and opens the journal; nothing runs yet.
  public init(_ options: Options, log: Logger) throws(Problem) {
    self.options = options
    self.log = log
    let clock = SystemClock()
    self.clock = clock
    writing = ThreadLane(name: "messages", clock: clock)
    startedAt = clock.now
    try Self.makeFolder(options.state)
    let live = LiveFacts()
    self.live = live
    journal = try Journal(folder: options.state + "/journal", clock: clock) { live.publish($0) }
    let cores = sysconf(Int32(_SC_NPROCESSORS_ONLN))
    let count = options.loops > 0 ? min(options.loops, 64) : max(1, min(cores - 1, 16))
    let loops = (0..<count).map { CallLoop(index: $0, clock: clock, aheadMs: 10) }
    self.loops = loops
    tables = loops.map { SessionTable(loop: $0) }
    var serviceOptions = Services.Options()
    serviceOptions.userAgent = "patchbay/\(Version.text)"
    serviceOptions.stateFolder = options.state + "/state"
    let services = try Services(serviceOptions, clock: clock)
    self.services = services
    providerServices = ProviderServices(services, clock: clock)
    context = HostContext(clock: clock, tables: tables) { services.items(of: $0) }
    let directory = TenantDirectory.load(options.config)
    let read = ProviderFile.readAll(in: options.providers)
    files = read.files
    problems = directory.problems + read.problems
    providerProblems = read.problems
    routes = try RouteTable(publicURL: options.publicURL, clock: clock, metrics: metrics)
    routes.offer(to: context)
    providerServices.offer(to: context) { [routes] in routes.sockets(of: $0) }
    detectors = VoiceDetectors(folder: options.weights, log: log)
    let ports = PortsBox()
    self.ports = ports
    let masker = Masker()
    let folder = options.providers
    desk = FrontDesk(
      tables: tables, directory: directory, ids: IDMaker(clock: clock, random: .fromSystem()), maxCalls: options.maxCalls,
      journal: journal, ports: { ports.ports },
      log: { provider, text, level in
        log.log(level: PluginLog.level(level), "\(masker.mask(text))", metadata: ["provider": "\(provider)"])
      })
    isolation = Isolation(
      program: "/proc/self/exe", loops: loops, clock: clock, quarantine: Quarantine(file: options.state + "/quarantine.json"),
      known: options.triesLibraries ? KnownLibraries(file: options.state + "/libraries.json") : nil,
      trustedKeys: options.providers + "/trusted_keys")
    registry = Registry(
      context: context, owner: desk, makeLane: { ThreadLane(name: $0, clock: clock) },
      resolveSecret: { reference throws(ProviderError) in
        guard let place = SecretReference(reference) else { throw ProviderError(.auth, "'\(reference)' is no reference to a secret") }
        do throws(Problem) { return try place.resolve(relativeTo: folder, masker: masker).reveal { $0 } } catch {
          throw ProviderError(.auth, error.message, scope: .account, code: error.code)
        }
      }, openLibrary: { [isolation] file, path throws(ProviderError) in try isolation.library(for: file, path: path) })
    prober = Prober(table: tables[0], providers: registry, availability: availability, journal: journal)
    vocabularies = Vocabularies(table: tables[0], folder: options.state + "/vocabulary")
    recordings = Recordings(table: tables[0], folder: options.state + "/recordings", log: log)
  }

  /// With its parents, which a fresh account has not got.
  private static func makeFolder(_ path: String) throws(Problem) {
    do {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw Problem(
        .invalid, code: "state_folder",
        "the state folder \(path) cannot be made: \(String(cString: strerror(errno))); choose another with --state")
    }
  }

  /// Starts loops and providers, works out the vocabularies, then lets calls in.
  ///
  /// - Throws: `Problem` when the HTTP server cannot listen.
  public func start() async throws {
    try await listen()
    for problem in problems { log.error("\(problem)") }
    for problem in problems {
      journal.append(.configurationRefused(Fact.ConfigurationRefused(file: problem.file, problems: [problem.description])), about: .host)
    }
    for loop in loops { loop.start() }
    registry.load(files, libraries: options.libraries)
    reportProviders()
    await waitForAccounts()
    await vocabularies.prepare(desk.directory, providers: registry)
    var calls = CallPorts(
      journal: journal, providers: registry, availability: availability, voiceDetector: detectors.make, localTime: LocalTime.text,
      vocabulary: { [vocabularies] tenant, agent in vocabularies.of(tenant, agent) }, recorded: recordings.sound,
      keepMessage: { [messages = options.state + "/messages", writing, log] call, samples, rate in
        writing.async { Self.keepMessage(samples, rate, in: messages, name: call.text, log) }
      }, areProbed: true)
    calls.sounds = AudioCache()
    calls.voiceLevels = voiceLevels
    ports.open(calls)
    prober.start()
    // Calls are let in meanwhile: the lines are for the day on which every voice fails.
    watching = Task { [weak self] in await self?.watchFiles() }
    making = Task { [recordings, desk, registry] in await recordings.prepare(desk.directory, providers: registry) }
    let ms = clock.now.ms(since: startedAt)
    journal.append(
      .hostStarted(Fact.HostStarted(version: Version.text, pid: Int(getpid()), providers: registry.providers.count, ms: ms)), about: .host)
    log.info("ready in \(Int(ms)) ms with \(registry.providers.count) providers on \(loops.count) loops")
  }

  /// Writes a caller's message, on the thread for that.
  private static func keepMessage(_ samples: [Int16], _ rate: Int, in folder: String, name: String, _ log: Logger) {
    mkdir(folder, 0o700)
    do {
      let writer = try WAVWriter(path: "\(folder)/\(name).wav", sampleRate: UInt32(rate))
      try writer.append(samples)
      try writer.close()
    } catch { log.error("the message of call \(name) is lost: \(error)") }
  }

  /// What the HTTP server has come to.
  private struct Server {
    var task: Task<Void, Never>?
    /// Lets open requests end, then the task.
    var shutdown: (@Sendable () -> Void)?
    var port: Int?
  }

  /// The folder of the journal.
  var journalFolder: String { options.state + "/journal" }

  /// Where the HTTP server listens, as `host:port`; nil when there is none.
  public var listening: String? {
    guard let listen = options.listen, let port = server.withLock({ $0.port }) else { return nil }
    return listen.host.contains(":") ? "[\(listen.host)]:\(port)" : "\(listen.host):\(port)"
  }

  /// The address of the phone page; nil when no provider serves one.
  public var phoneURL: String? {
    guard let listening, registry.providers.contains(where: { $0.publicRoutes.contains("/phone") && $0.accountState.isUsable }) else {
      return nil
    }
    return "http://\(listening)/phone"
  }

  /// Starts the HTTP server and waits until it answers, or has failed.
  private func listen() async throws {
    guard let listen = options.listen else { return }
    var settings = API.Settings(controlSocket: options.state + "/control.sock")
    settings.address = listen.host
    settings.port = listen.port
    let view = RuntimeView(runtime: self) { [weak self] in self?.listening }
    try await withCheckedThrowingContinuation { (ready: CheckedContinuation<Void, any Error>) in
      let once = OnceResult(ready)
      let api = API(settings, host: view, routes: routes, metrics: metrics, log: log) { [self] port in
        server.withLock { $0.port = port }
        once.succeed()
      }
      let group = ServiceGroup(configuration: .init(services: [.init(service: api)], logger: log))
      let task = Task { [log] in
        do { try await group.run() } catch is CancellationError {} catch {
          if !once.fail(error) { log.critical("the HTTP server has stopped: \(error)") }
        }
      }
      server.withLock {
        $0.task = task
        $0.shutdown = { Task { await group.triggerGracefulShutdown() } }
      }
    }
  }

  /// True once calls are let in.
  public var isReady: Bool { ports.ports != nil }

  private func reportProviders() {
    for listing in registry.listings {
      switch listing.outcome {
      case .disabled:
        if !listing.file.lacks.isEmpty {
          log.notice("it is disabled: \(listing.file.lacks.joined(separator: "; "))", metadata: ["provider": "\(listing.file.name)"])
        }
      case .refused(let error):
        log.error("\(error.message)", metadata: ["provider": "\(listing.file.name)"])
        journal.append(.providerRefused(Fact.ProviderRefused(provider: listing.file.name, reason: error.message)), about: .host)
      case .loaded(let provider):
        let manifest = provider.manifest
        journal.append(
          .providerLoaded(
            Fact.ProviderLoaded(
              provider: provider.name, plugin: manifest.id, version: manifest.version, roles: manifest.roles.keys.map(\.name).sorted(),
              ms: clock.now.ms(since: startedAt))), about: .host)
      }
    }
  }

  /// Gives accounts up to two seconds to say what they are; a slow one only costs its own calls.
  private func waitForAccounts() async {
    let deadline = clock.now.advanced(byMs: 2000)
    while clock.now < deadline, registry.providers.contains(where: { $0.accountState == .opening }) {
      try? await Task.sleep(for: .milliseconds(5))
    }
  }

  /// Lets running calls end, at most for `ms`; then hangs up what is left.
  public func drain(ms: Int) async {
    for provider in registry.providers { provider.drain() }
    await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
      let once = Once { done.resume() }
      desk.drain { once.run() }
      Task { [desk] in
        try? await Task.sleep(for: .milliseconds(ms))
        desk.hangUpAll()
        try? await Task.sleep(for: .milliseconds(1500))
        once.run()
      }
    }
  }

  private func stop(_ provider: Provider) async {
    await withCheckedContinuation { done in provider.stop { done.resume() } }
    routes.retire(provider)
    providerServices.retire(provider)
  }

  /// Stops everything; what was acknowledged is on disk when this returns.
  public func stop() async {
    making?.cancel()
    watching?.cancel()
    // Providers first: what they serve over HTTP is taken back while there is still somebody to tell.
    await withTaskGroup { group in
      for provider in registry.providers { group.addTask { [self] in await stop(provider) } }
    }
    if let (task, shutdown) = server.withLock({ server in server.task.map { ($0, server.shutdown) } }) {
      shutdown?()
      await task.value
    }
    // What was acknowledged is on disk.
    await withCheckedContinuation { done in writing.async { done.resume() } }
    writing.stop()
    services.stop()
    journal.append(.hostStopped(Fact.HostStopped(reason: "asked to")), about: .host)
    _ = try? await journal.flush()
    for loop in loops { loop.stop() }
    do { try journal.close() } catch { log.error("\(error.message)") }
  }
}

/// The ports of calls, which exist once the host is ready.
private final class PortsBox: Sendable {
  private let box = Mutex<CallPorts?>(nil)
  var ports: CallPorts? { box.withLock { $0 } }
  func open(_ ports: CallPorts) { box.withLock { $0 = ports } }
}

/// Resumes a waiting start once: with success, or with what went wrong.
private final class OnceResult: Sendable {
  private let waiting: Mutex<CheckedContinuation<Void, any Error>?>
  init(_ waiting: CheckedContinuation<Void, any Error>) { self.waiting = Mutex(waiting) }

  private func take() -> CheckedContinuation<Void, any Error>? {
    waiting.withLock { waiting in
      defer { waiting = nil }
      return waiting
    }
  }

  func succeed() { take()?.resume() }

  /// False when the start was over already.
  func fail(_ error: any Error) -> Bool {
    guard let waiting = take() else { return false }
    waiting.resume(throwing: error)
    return true
  }
}

/// Runs something the first time only.
final class Once: Sendable {
  private let body: Mutex<(@Sendable () -> Void)?>
  init(_ body: @escaping @Sendable () -> Void) { self.body = Mutex(body) }
  func run() {
    let taken = body.withLock { body in
      defer { body = nil }
      return body
    }
    taken?()
  }
}

/// Plugins' log levels in the words of swift-log.
enum PluginLog {
  static func level(_ level: Int32) -> Logger.Level {
    switch level {
    case ...1: .error
    case 2: .warning
    case 3: .info
    default: .debug
    }
  }
}

/// The version of this host.
public enum Version {
  public static let text = "0.1.0"
}
