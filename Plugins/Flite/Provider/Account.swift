// The provider and its accounts: flite needs no credential, so an account is ready at once.

import FliteEngine
import PluginKit
import Vox

/// Owns the threads that speak for all sessions.
final class FliteProvider: Provider {
  private let pool: ThreadPool

  init(host: Host, settings: JSONValue) throws {
    pool = ThreadPool(name: "flite", threads: try Settings(settings).threads)
  }

  /// Work that still runs may speak to the host, whose table ends with the provider.
  deinit { pool.join() }

  func open(_ account: AccountPort) throws -> any Account {
    _ = try Settings(account.settings)
    account.ready()
    return FliteAccount(pool)
  }
}

final class FliteAccount: Account {
  private let pool: ThreadPool

  init(_ pool: ThreadPool) { self.pool = pool }

  func open(_ port: SessionPort) throws -> any Session {
    let settings = try Settings(port.settings)
    guard let voice = Voice.named(settings.voice) else {
      throw ProviderError(.internal, "Flite could not register its voice \(settings.voice.rawValue).", scope: .session)
    }
    // A control session says nothing and may leave the rate open.
    let rate = port.outRate == 0 ? 16_000 : port.outRate
    guard [8_000, 16_000].contains(rate) else {
      throw ProviderError(.invalid, "Flite speaks at 16,000 or 8,000 Hz, not at \(rate) Hz.", scope: .session)
    }
    let session = FliteSession(Speaker(voice: voice, prosody: settings.prosody, rate: rate, queue: pool.queue()))
    port.ready()
    return session
  }
}
