// Plugins in worker processes: the one door through which the host opens them.

public import Base
public import Loader
import PluginABI
import Synchronization
public import Vox

/// Opens libraries in workers. What it answers is a `Library` like any other; that its functions are carried out elsewhere, nobody
/// needs to know.
///
/// The functions it stands for answer at once: VOX_OK, VOX_WOULD_BLOCK without room, VOX_INVALID. What the plugin itself answers comes
/// as an event (`SessionProxy`). The services of the host reach into a worker by bridges (`ServiceBridge`).
public final class Isolation: Sendable {
  /// How a worker program is started; normally this very program with the argument `worker`.
  public let program: String
  public let arguments: [String]
  public let quarantine: Quarantine
  /// What may be opened in this process without being tried first; nil = everything, for programs that cannot be a worker.
  let trusted: KnownLibraries?
  /// The file of the operator's keys (`TrustedKeys`); empty = none.
  let trustedKeys: String
  private let loops: [CallLoop]
  private let clock: any Clock
  private let policy: Supervisor.Policy
  private let random: Mutex<Random>
  /// What a digest is known to contain.
  private let known = Mutex<[String: Probe.Finding]>([:])
  /// What is open in this process, by path and digest: providers of one plugin share its image, as they would without copies.
  let opened = Mutex<[String: Library]>([:])
  private let providers = Mutex<[String: [(digest: String, provider: IsolatedProvider)]]>([:])

  /// - Parameters:
  ///   - loops: the loops sessions live on, by index. Empty: each worker's events are read on a thread of their own.
  ///   - known: libraries that are opened in this process are first tried in a throw-away one, unless they stand there.
  ///   - trustedKeys: the file of the operator's keys.
  ///   - random: for the jitter of quarantines.
  public init(
    program: String, arguments: [String] = ["worker"], loops: [CallLoop], clock: any Clock, policy: Supervisor.Policy = .init(),
    quarantine: Quarantine = Quarantine(), known: KnownLibraries? = nil, trustedKeys: String = "", random: Random = .fromSystem()
  ) {
    self.program = program
    self.arguments = arguments
    self.loops = loops
    self.clock = clock
    self.policy = policy
    self.quarantine = quarantine
    trusted = known
    self.trustedKeys = trustedKeys
    self.random = Mutex(random)
  }

  /// How workers of the library at `path` are started here, with the usual limits.
  public func order(_ path: String) -> WorkerOrder { WorkerOrder(program: program, arguments: arguments, libraryPath: path) }

  /// Opens an unknown library in a throw-away process. One that takes it down is quarantined by its digest; a known one is not opened.
  /// Blocks for at most `Probe.deadlineMs`.
  public func probe(_ library: SealedLibrary, _ order: WorkerOrder) throws(ProviderError) -> Probe.Finding {
    if let entry = quarantine.entry(library.digest) {
      throw ProviderError(
        .crashed, "\(library.path) is quarantined: \(entry.reason); clear it with: patchbay plugins clear \(entry.digest.prefix(12))",
        scope: .provider, code: "quarantined", detail: entry.code)
    }
    if let finding = known.withLock({ $0[library.digest] }) { return finding }
    do {
      let finding = try Probe.open(library, order)
      known.withLock { $0[library.digest] = finding }
      return finding
    } catch {
      if error.cls == .crashed {
        quarantine.add(
          .init(digest: library.digest, path: library.path, code: error.code, reason: error.message, sinceMs: clock.wallMs))
      }
      throw error
    }
  }

  /// A library whose every function runs in a worker. No worker is kept until the provider is created.
  ///
  /// - Parameters:
  ///   - library: checked by the caller (`require(sha256:)`, `require(signature:keys:)`).
  ///   - order: from `order(_:)`, with the operator's limits.
  ///   - name: of the provider, for `clear`.
  ///   - news: told of every start and end of a worker, on a thread of Isolation; it must not block.
  public func open(
    _ library: SealedLibrary, _ order: WorkerOrder, name: String, news: @escaping @Sendable (WorkerNews) -> Void = { _ in }
  ) throws(ProviderError) -> Library {
    let manifest: Manifest
    let found = try probe(library, order)
    do { manifest = try Manifest(found.manifest) } catch {
      throw ProviderError(.invalid, "\(library.path): \(error.message)", scope: .provider, code: error.code)
    }
    if manifest.network == "own", order.sandbox.network != .own {
      throw ProviderError(
        .invalid, "\(library.path) needs sockets of its own, which this provider is not granted; write `network: own` to grant them",
        scope: .provider, code: "network_not_granted")
    }
    var seed = random.withLock { $0.next() }
    seed |= 1
    let provider = IsolatedProvider(
      order: order, library: library, manifest: manifest, loops: loops, clock: clock, policy: policy, random: Random(seed: seed),
      news: news)
    providers.withLock { $0[name, default: []].append((library.digest, provider)) }
    // Kept for the life of the process, as a plugin's image is: a late call must find it.
    let context = Unmanaged.passRetained(provider).toOpaque()
    return Library(
      path: library.path, manifest: manifest, table: ProxyTable.plugin,
      sessions: ProxyTable.sessions.filter { manifest.roles[$0.key] != nil }, context: context)
  }

  /// Ends the quarantine of a provider's workers, and lets its library be opened again.
  public func clear(provider name: String) {
    for (digest, provider) in providers.withLock({ $0[name] ?? [] }) {
      quarantine.clear(digest)
      provider.clear()
    }
  }
}
