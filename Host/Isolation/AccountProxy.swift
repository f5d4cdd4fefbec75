// An account of a plugin in a worker, as the host holds it: what each new worker is told of it.

import PluginABI
import Synchronization
import Vox

/// The context that the account functions of an isolated plugin are given.
final class AccountProxy: Sendable {
  let handle: vox_handle
  let provider: IsolatedProvider
  private let kept: Mutex<AccountConf>

  init(handle: vox_handle, provider: IsolatedProvider, _ conf: AccountConf) {
    self.handle = handle
    self.provider = provider
    kept = Mutex(conf)
  }

  var conf: AccountConf {
    get { kept.withLock { $0 } }
    set { kept.withLock { $0 = newValue } }
  }
}

/// The accounts that are open, in the order of their opening. Callable from any thread.
final class AccountList: Sendable {
  private let list = Mutex<[AccountProxy]>([])

  var all: [AccountProxy] { list.withLock { $0 } }
  func contains(_ handle: vox_handle) -> Bool { list.withLock { $0.contains { $0.handle == handle } } }
  func add(_ account: AccountProxy) { list.withLock { $0.append(account) } }
  func remove(_ account: AccountProxy) { list.withLock { $0.removeAll { $0 === account } } }
}

/// `vox_account_conf` as a value. It holds secrets: it goes to the provider's own workers and nowhere else.
struct AccountConf: Sendable, Equatable {
  struct Pair: Equatable {
    let name: String
    let value: String
  }

  let id: String
  let settings: String
  let routesBase: String
  let secrets: [Pair]
  let state: [Pair]

  init(_ conf: vox_account_conf) {
    id = conf.id.string
    settings = conf.settings.string
    routesBase = conf.routes_base.string
    func pairs(_ first: UnsafePointer<vox_pair>?, _ count: UInt32) -> [Pair] {
      guard let first else { return [] }
      return (0..<Int(count)).map { Pair(name: first[$0].name.string, value: first[$0].value.string) }
    }
    secrets = pairs(conf.secrets, conf.nsecrets)
    state = pairs(conf.state, conf.nstate)
  }

  func pack(_ packer: inout Packer) {
    for text in [id, settings, routesBase] { packer.text(text) }
    for pairs in [secrets, state] {
      packer.texts(pairs.map(\.name))
      packer.texts(pairs.map(\.value))
    }
  }

  init(_ unpacker: inout Unpacker) {
    id = unpacker.text()
    settings = unpacker.text()
    routesBase = unpacker.text()
    secrets = zip(unpacker.texts(), unpacker.texts()).map { Pair(name: $0, value: $1) }
    state = zip(unpacker.texts(), unpacker.texts()).map { Pair(name: $0, value: $1) }
  }

  /// Lends the account in the form of the ABI for the length of `body`.
  func withVox<R>(_ body: (UnsafePointer<vox_account_conf>) -> R) -> R {
    var texts: [UInt8] = []
    for text in [id, settings, routesBase] + (secrets + state).flatMap({ [$0.name, $0.value] }) { texts += Array(text.utf8) }
    return texts.withUnsafeBufferPointer { texts in
      var at = 0
      func take(_ s: String) -> vox_view {
        defer { at += s.utf8.count }
        return vox_view(ptr: texts.baseAddress.map { $0 + at }, len: UInt64(s.utf8.count))
      }
      var conf = vox_account_conf(
        struct_size: UInt32(MemoryLayout<vox_account_conf>.size), npairs: 0, id: take(id), settings: take(settings),
        routes_base: take(routesBase), nsecrets: UInt32(secrets.count), nstate: UInt32(state.count), secrets: nil, state: nil)
      let secretPairs = secrets.map { vox_pair(name: take($0.name), value: take($0.value)) }
      let statePairs = state.map { vox_pair(name: take($0.name), value: take($0.value)) }
      return secretPairs.withUnsafeBufferPointer { secretPairs in
        statePairs.withUnsafeBufferPointer { statePairs in
          conf.secrets = secretPairs.baseAddress
          conf.state = statePairs.baseAddress
          return body(&conf)
        }
      }
    }
  }
}
