// The provider and its account: decoders in a pool, threads that decode.

import Glibc
import PluginKit
import PocketSphinxEngine
import Synchronization
import Vox

/// Owns the pool and the threads; both end with it.
final class SphinxProvider: Provider {
  private let pool: DecoderPool
  private let threads: [SerialThread]

  init(_ settings: JSONValue) {
    pool = DecoderPool(limit: settings["max_sessions"]?.int ?? 64, spares: 2)
    threads = (0..<(settings["threads"]?.int ?? 2)).map { SerialThread(name: "sphinx-\($0)", limit: 4096) }
  }

  deinit { for thread in threads { thread.stop() } }

  func open(_ account: AccountPort) throws -> any Account {
    let model = account.settings["hmm"]?.string ?? Model.debianAcoustics
    guard access(model + "/mdef", R_OK) == 0 else {
      throw ProviderError(
        .unavailable, "the acoustic model \(model) is not there; install it with: apt-get install pocketsphinx-en-us", scope: .account,
        code: "no_acoustic_model")
    }
    account.ready()
    return SphinxAccount(pool, threads)
  }
}

/// Gives each session a thread in turn: a call's audio is decoded in order, and calls share the cores.
final class SphinxAccount: Account {
  private let pool: DecoderPool
  private let threads: [SerialThread]
  private var next = 0

  init(_ pool: DecoderPool, _ threads: [SerialThread]) {
    self.pool = pool
    self.threads = threads
  }

  func open(_ port: SessionPort) throws -> any Session {
    next += 1
    return SphinxSession(port, pool, threads[next % threads.count])
  }
}
