// One tiny piece of real work of a provider, to prove its credentials and to see what it takes; or a question to it.

import Base
import Config
public import Loader
import PluginABI
import ProviderServices
import Services
public import Vox

/// Opens a provider as a host would and has it work a little in each of its roles.
public struct Trial: Sendable {
  private let file: ProviderFile
  private let library: String
  private let secretsFolder: String

  /// How long the account may take to say what it is.
  static let accountMs = 30_000

  /// - Parameters:
  ///   - library: the path of the provider's library.
  ///   - secretsFolder: what a relative `file:` reference is relative to.
  public init(_ file: ProviderFile, library: String, secretsFolder: String) {
    self.file = file
    self.library = library
    self.secretsFolder = secretsFolder
  }

  /// Does the work, one role after the other, on this thread; the vendor charges for it.
  ///
  /// - Parameters:
  ///   - roles: which to try; nil = all that can be tried. A telephone line is never dialled.
  ///   - question: the kind of an op that is asked instead of work, VOICES or MODELS; it costs nothing.
  ///   - log: is given what the plugin warns of, from any thread.
  /// - Throws: why nothing could be tried: the library, the settings, a secret, the account.
  public func run(
    _ roles: [Role]?, question: UInt16? = nil, log: @escaping @Sendable (String) -> Void
  ) throws(ProviderError) -> [TrialResult] {
    let clock = SystemClock()
    let loop = CallLoop(index: 0, clock: clock)
    let table = SessionTable(loop: loop)
    let context = HostContext(clock: clock, tables: [table])
    let services: Services
    do throws(Problem) { services = try Services(clock: clock) } catch {
      throw ProviderError(.unavailable, error.message, code: error.code)
    }
    let providerServices = ProviderServices(services, clock: clock)
    providerServices.offer(to: context)
    let opened = try Library.open(library, package: file.package)
    let able = Role.allCases.filter { $0 != .telephony && opened.manifest.roles[$0] != nil }
    let wanted = roles ?? able
    if let missing = wanted.first(where: { !able.contains($0) }) {
      throw ProviderError(.invalid, "the plugin cannot be tried in the role \(missing.name)", code: "no_role")
    }
    guard !wanted.isEmpty else {
      throw ProviderError(.invalid, "the plugin has no role that can be tried: a telephone line is not dialled for this", code: "no_role")
    }
    let bench = TrialBench(wanted, question: question, price: file.declared.price, table: table, log: log)
    let folder = secretsFolder
    let masker = Masker()
    let registry = Registry(
      context: context, owner: bench, makeLane: { ThreadLane(name: $0, clock: clock) },
      resolveSecret: { reference throws(ProviderError) in
        guard let place = SecretReference(reference) else { throw ProviderError(.auth, "'\(reference)' is no reference to a secret") }
        do throws(Problem) { return try place.resolve(relativeTo: folder, masker: masker).reveal { $0 } } catch {
          throw ProviderError(.auth, error.message, scope: .account, code: error.code)
        }
      })
    // Kept for ever: a thread of the plugin may call the host through its provider for as long as the process lives.
    _ = Unmanaged.passRetained(registry)
    _ = Unmanaged.passRetained(providerServices)
    let provider = try registry.add(file, opened)
    // The loop runs on this thread; the bench stops it behind the last role.
    bench.begin()
    loop.run()
    providerServices.retire(provider)
    services.stop()
    if let failure = bench.failure { throw failure }
    return bench.results
  }
}
