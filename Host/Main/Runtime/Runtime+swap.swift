// Hot swap: a new generation of a provider beside the old one, while calls go on.

import API
import Base
import Config
import Isolation
import Journal
import Loader
import Speech
import Logging
import ProviderServices
import Synchronization
import Vox

/// What was seen of the providers' files and libraries, and how often each was replaced.
struct Swaps {
  /// By the provider's name: what it was loaded from, or refused for.
  var seen: [String: ProviderFolder.State] = [:]
  var generations: [String: Int] = [:]
  var isBusy: Set<String> = []
}

extension Runtime {
  /// How long a new generation may take to become ready before the old one stays.
  private static let canaryMs = 10_000
  private static let watchMs = 1000

  /// Brings up what `plugins.d` says now about a provider, or takes it out when its file is gone. Calls that are going on keep the
  /// generation they have.
  ///
  /// - Throws: one sentence; then everything is as it was before.
  func reload(_ name: String) async throws(Problem) {
    guard swaps.withLock({ $0.isBusy.insert(name).inserted }) else {
      throw Problem(.overloaded, "the provider '\(name)' is being replaced already")
    }
    var folder = providerFolder
    let state = folder.look()?[name]
    defer {
      swaps.withLock { swaps in
        swaps.isBusy.remove(name)
        swaps.seen[name] = state
      }
    }
    let read = ProviderFile.readAll(in: options.providers)
    let claims = read.files.filter { $0.name == name }.map(\.path)
    guard claims.count < 2 else {
      throw Problem(
        .invalid, code: "duplicate_name",
        "the provider name '\(name)' is claimed by \(claims.joined(separator: " and ")); rename one; what served before goes on")
    }
    guard let file = read.files.first(where: { $0.name == name && $0.enabled }) else {
      if let waiting = read.files.first(where: { $0.name == name && !$0.lacks.isEmpty }) {
        let absent = waiting.lacks.joined(separator: "; ")
        throw Problem(.auth, code: "secret_missing", "\(waiting.path): \(absent); what served before goes on")
      }
      let listing = registry.listings.first { $0.file.name == name }
      // The file it was read from may have another name; and what a folder holds that cannot be opened is not known.
      let places = [options.providers, listing?.file.path ?? "\(options.providers)/\(name).yaml"]
      if let problem = read.problems.first(where: { places.contains($0.file) }) { throw Problem(.invalid, problem.description) }
      let isListed = listing != nil
      guard let old = registry.remove(name) else {
        // It was refused or switched off: there is nothing to end.
        if isListed { return }
        throw Problem(.invalid, "there is no provider '\(name)' in \(options.providers)")
      }
      log.info("the provider \(name) is taken out of service")
      return end(old)
    }
    let startedAt = clock.now
    do throws(ProviderError) {
      let library = try isolation.library(for: file, path: file.libraryPath(in: options.libraries))
      let provider = try registry.begin(file, library)
      try await prove(provider)
      let before = registry.promote(provider, file)
      let generation = swaps.withLock { swaps in
        swaps.generations[name, default: 1] += before == nil ? 0 : 1
        return swaps.generations[name] ?? 1
      }
      // Its voices may sound otherwise now.
      voiceLevels.forget(provider: name)
      let manifest = provider.manifest
      journal.append(
        .providerLoaded(
          Fact.ProviderLoaded(
            provider: name, plugin: manifest.id, version: manifest.version, roles: manifest.roles.keys.map(\.name).sorted(),
            ms: clock.now.ms(since: startedAt), generation: generation)), about: .host)
      log.info("the provider \(name) is in its generation \(generation)")
      if let before { end(before) }
    } catch {
      journal.append(.providerRefused(Fact.ProviderRefused(provider: name, reason: error.message)), about: .host)
      throw Problem(Problem(error).errorClass, "\(file.path): \(error.message); what served before goes on")
    }
  }

  /// Waits until a new generation is ready.
  private func prove(_ provider: Provider) async throws(ProviderError) {
    let deadline = clock.now.advanced(byMs: Self.canaryMs)
    while provider.accountState == .opening, clock.now < deadline { try? await Task.sleep(for: .milliseconds(5)) }
    guard !provider.accountState.isUsable else { return }
    let state = provider.accountState
    end(provider)
    if case .failed(let error) = state { throw error }
    let why = state.reason.isEmpty ? "it was not ready within \(Self.canaryMs / 1000) s" : state.reason
    throw ProviderError(.unavailable, why, scope: .provider, code: "canary_failed")
  }

  /// Stops a generation once its sessions are gone, however long that takes.
  private func end(_ provider: Provider) {
    Task { [routes, providerServices] in
      while provider.openSessions > 0 { try? await Task.sleep(for: .milliseconds(50)) }
      await withCheckedContinuation { done in provider.stop { done.resume() } }
      routes.retire(provider)
      providerServices.retire(provider)
    }
  }

  /// How often a provider has been replaced; 1 for the first.
  func generation(of name: String) -> Int { swaps.withLock { $0.generations[name] ?? 1 } }

  // MARK: Noticing

  /// A new look at `plugins.d`: what it has seen is its own.
  private var providerFolder: ProviderFolder { ProviderFolder(options.providers, libraries: options.libraries) }

  /// Looks at `plugins.d`, the libraries and the tenants every second: a file that stays the same for a second has been written to its
  /// end.
  func watchFiles() async {
    var folder = providerFolder
    let atFirst = folder.look() ?? [:]
    swaps.withLock { $0.seen = atFirst }
    var pending: [String: ProviderFolder.State?] = [:]
    var tenants = (read: tenantStamps(), seen: tenantStamps())
    while !Task.isCancelled {
      try? await Task.sleep(for: .milliseconds(Self.watchMs))
      let found = tenantStamps()
      if found != tenants.read, found == tenants.seen {
        tenants.read = found
        await reloadTenants()
      }
      tenants.seen = found
      guard let now = folder.look() else { continue }
      let seen = swaps.withLock { $0.seen }
      for name in Set(now.keys).union(seen.keys).sorted() where now[name] != seen[name] {
        // Twice the same: whoever writes it is done, and a file that is away is not just being replaced.
        guard let before = pending[name], before == now[name] else {
          pending.updateValue(now[name], forKey: name)
          continue
        }
        pending.removeValue(forKey: name)
        swaps.withLock { $0.seen[name] = now[name] }
        do throws(Problem) { try await reload(name) } catch { log.error("\(error.message)", metadata: ["provider": "\(name)"]) }
      }
    }
  }
}
