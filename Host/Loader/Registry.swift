// All providers of the host: which files were read, what became of each, and the way to a session.

public import Base
import PluginABI
import Synchronization
public import Vox

/// The providers by name. Loading one never touches another: a bad file is a listing with a reason.
public final class Registry: @unchecked Sendable {
  /// What became of one file.
  public enum Outcome: Sendable {
    case loaded(Provider)
    case disabled
    case refused(ProviderError)
  }

  /// Opens the library of a file at a path; the error is one sentence about what is wrong with it.
  public typealias OpenLibrary = @Sendable (_ file: ProviderFile, _ path: String) throws(ProviderError) -> Library

  public struct Listing: Sendable {
    public let file: ProviderFile
    public let outcome: Outcome
  }

  private let context: HostContext
  private let makeLane: @Sendable (String) -> any Lane
  private let owner: any AccountOwner
  private let resolveSecret: @Sendable (String) throws(ProviderError) -> String
  private let openLibrary: OpenLibrary
  private struct State {
    var listings: [Listing] = []
    var byName: [String: Provider] = [:]
    var count = 0
  }
  private let state = Mutex(State())

  /// - Parameters:
  ///   - makeLane: makes the serial lane on which a provider's slower functions run.
  ///   - owner: hears offers, account states and log lines; the registry keeps it alive.
  ///   - resolveSecret: turns a reference such as `env:NAME` into the secret.
  ///   - openLibrary: in this process, or in workers. The usual one opens in this process and offers no workers.
  public init(
    context: HostContext, owner: any AccountOwner, makeLane: @escaping @Sendable (String) -> any Lane,
    resolveSecret: @escaping @Sendable (String) throws(ProviderError) -> String, openLibrary: @escaping OpenLibrary = Registry.openHere
  ) {
    self.context = context
    self.owner = owner
    self.makeLane = makeLane
    self.resolveSecret = resolveSecret
    self.openLibrary = openLibrary
  }

  public var listings: [Listing] { state.withLock { $0.listings } }
  public func provider(_ name: String) -> Provider? { state.withLock { $0.byName[name] } }
  public var providers: [Provider] { state.withLock { $0.byName.values.sorted { $0.name < $1.name } } }

  /// Loads what the files say and starts each provider. Enabled files that claim the same name are all refused, each naming the
  /// others.
  ///
  /// - Parameter folder: where relative library names are looked for.
  public func load(_ files: [ProviderFile], libraries folder: String) {
    let claims = Dictionary(grouping: files.filter(\.enabled), by: \.name)
    for file in files {
      guard file.enabled else {
        state.withLock { $0.listings.append(Listing(file: file, outcome: .disabled)) }
        continue
      }
      let rivals = (claims[file.name] ?? []).map(\.path).filter { $0 != file.path }
      if !rivals.isEmpty {
        refuse(
          file,
          ProviderError(
            .invalid, "\(file.path): the provider name '\(file.name)' is also claimed by \(rivals.joined(separator: ", ")); rename one",
            code: "duplicate_name"))
        continue
      }
      do {
        try add(file, try openLibrary(file, file.libraryPath(in: folder)))
      } catch {
        refuse(file, ProviderError(error.cls, "\(file.path): \(error.message)", scope: .provider, code: error.code))
      }
    }
  }

  /// Opens a library in this process.
  public static let openHere: OpenLibrary = { file, path throws(ProviderError) in
    guard file.isolation == .inProcess else {
      throw ProviderError(.invalid, "isolation 'worker' is not offered by this version; use in-process", code: "isolation")
    }
    return try Library.open(path, package: file.package)
  }

  /// Notes a file that could not even be read.
  public func refuse(_ file: ProviderFile, _ error: ProviderError) {
    state.withLock { $0.listings.append(Listing(file: file, outcome: .refused(error))) }
  }

  /// Starts a provider on a library that is open already, and takes it into service.
  @discardableResult
  public func add(_ file: ProviderFile, _ library: Library) throws(ProviderError) -> Provider {
    let provider = try begin(file, library)
    promote(provider, file)
    return provider
  }

  /// Starts a provider beside whoever serves under its name. Nobody finds it until it is promoted; one that proves unfit is stopped.
  public func begin(_ file: ProviderFile, _ library: Library) throws(ProviderError) -> Provider {
    let problems = library.manifest.settings.problems(in: file.settings)
    if !problems.isEmpty {
      let list = problems.map { "settings\($0.path): \($0.reason)" }.joined(separator: "; ")
      throw ProviderError(.invalid, list, code: "bad_settings")
    }
    if let objection = library.manifest.objection(to: file.isolation) { throw objection }
    var secrets: [String: String] = [:]
    for (name, reference) in file.secrets {
      guard library.manifest.secrets.contains(name) else {
        throw ProviderError(
          .invalid, "secrets/\(name): the plugin knows no such secret (known: \(library.manifest.secrets.joined(separator: ", ")))",
          code: "bad_secret")
      }
      secrets[name] = try resolveSecret(reference)
    }
    let number = state.withLock {
      $0.count += 1
      return $0.count
    }
    let provider = Provider(
      name: file.name, library: library, settings: file.settings, secrets: secrets, publicRoutes: file.publicRoutes,
      declared: file.declared, egress: file.egress, number: number, lane: makeLane(file.name), host: context, owner: owner)
    provider.start()
    return provider
  }

  /// The provider serves under its name from now on: new sessions are its. Whoever served before takes no more of them.
  ///
  /// - Returns: the generation before, retired; it is to be stopped when its sessions are gone.
  @discardableResult
  public func promote(_ provider: Provider, _ file: ProviderFile) -> Provider? {
    let before: Provider? = state.withLock { state in
      let old = state.byName.updateValue(provider, forKey: file.name)
      state.listings.removeAll { $0.file.name == file.name }
      state.listings.append(Listing(file: file, outcome: .loaded(provider)))
      return old
    }
    before?.retire()
    return before
  }

  /// Nobody finds the provider any more.
  ///
  /// - Returns: it, retired; it is to be stopped when its sessions are gone.
  public func remove(_ name: String) -> Provider? {
    let old: Provider? = state.withLock { state in
      state.listings.removeAll { $0.file.name == name }
      return state.byName.removeValue(forKey: name)
    }
    old?.retire()
    return old
  }

  /// Opens a session on `table`'s loop; call it there. The answer is alive or already dead: its owner is told either way, on a
  /// later turn of the loop.
  ///
  /// - Parameters:
  ///   - settings: laid over the provider's own.
  ///   - rate: Hz the engine would like; the session tells which one it got.
  ///   - flags: VOX_OPEN_CONTROL or VOX_OPEN_WARM.
  ///   - connectMs: how long READY may take.
  public static func open(
    _ provider: Provider, _ role: Role, settings: JSONValue = .object([:]), context: JSONValue = .object([:]),
    offer: String = "", rate: Int, flags: UInt16 = 0, connectMs: Int, on table: SessionTable, owner: any SessionOwner
  ) -> ProviderSession {
    let traits = provider.traits(role) ?? Traits(.object([:]))
    var inRate = 0
    var outRate = 0
    switch role {
    case .telephony, .room:
      inRate = traits.rate("rates", wanted: rate)
      outRate = inRate
    case .stt: inRate = traits.rate("rates_in", wanted: rate)
    case .tts: outRate = traits.rate("rates_out", wanted: rate)
    case .llm, .tool: break
    }
    let session = ProviderSession(
      provider: provider, role: role, traits: traits, inRate: inRate, outRate: outRate, table: table, owner: owner)
    guard provider.traits(role) != nil, provider.accountState.isUsable || provider.accountState == .opening else {
      let reason = provider.traits(role) == nil ? "does not serve the role \(role.name)" : "is not usable now"
      table.loop.submit {
        session.fail(ProviderError(.unavailable, "the provider \(provider.name) \(reason)", scope: .account, code: "account_unusable"))
      }
      return session
    }
    session.open(
      settings: provider.settings.merging(settings), context: context, offer: offer, flags: flags, connectMs: connectMs)
    return session
  }
}
