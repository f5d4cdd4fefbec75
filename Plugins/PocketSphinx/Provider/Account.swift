// The provider and its accounts: decoders to lend, and the threads that decode for all calls.

import Glibc
import PluginKit
import PocketSphinxEngine
import Vox

final class SphinxProvider: Provider {
  private let decoders: DecoderPool
  private let threads: ThreadPool

  init(_ settings: Settings) {
    // One ready decoder lets a call begin at once, and the next is made while that call speaks.
    decoders = DecoderPool(limit: settings.maxSessions, spares: 1)
    threads = ThreadPool(name: "pocketsphinx", threads: settings.threads)
  }

  /// Work that still runs may speak to the host, whose table ends with the provider.
  deinit { threads.join() }

  func open(_ account: AccountPort) throws -> any Account {
    let settings = try Settings(account.settings)
    guard access(settings.acoustics + "/mdef", R_OK) == 0 else {
      throw ProviderError(
        .unavailable,
        "The acoustic model \(settings.acoustics) is not there; install the package pocketsphinx-en-us, or correct the setting 'hmm'.",
        scope: .account, code: "no_acoustic_model")
    }
    account.ready(traits: ["max_sessions": .int(Int64(settings.maxSessions))])
    return SphinxAccount(decoders, threads)
  }
}

final class SphinxAccount: Account {
  private let decoders: DecoderPool
  private let threads: ThreadPool

  init(_ decoders: DecoderPool, _ threads: ThreadPool) {
    self.decoders = decoders
    self.threads = threads
  }

  func open(_ port: SessionPort) throws -> any Session {
    let settings = try Settings(port.settings)
    guard port.isControl || [8_000, 16_000].contains(port.inRate) else {
      throw ProviderError(
        .invalid, "PocketSphinx takes audio at 16,000 or 8,000 Hz, not at \(port.inRate) Hz.", scope: .session, code: "bad_rate")
    }
    let queue = threads.queue()
    return SphinxSession(Ear(port, settings, decoders, queue), queue, rate: port.inRate)
  }
}
