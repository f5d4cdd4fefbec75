// A vendor's plugin as the host runs it: opened by the loader, on the host's own HTTP and WebSocket clients, in real time.

import Base
import CommonHarness
import Foundation
public import Loader
import PluginABI
import PluginHarness
import ProviderServices
import Services
public import Vox

/// One provider, and the loop its sessions live on, which the test turns by waiting. Not for several threads at once.
public final class VendorLab {
  /// What did not come in time, or why the provider cannot be used.
  public struct Failure: Error, CustomStringConvertible {
    public let description: String
  }

  public let provider: Provider
  public let table: SessionTable
  /// What the plugin and the services logged.
  public var log: [String] { front.lines }
  private let loop: CallLoop
  private let front = Front()
  private let services: Services
  private let folder = FileManager.default.temporaryDirectory.appending(path: "vendor-lab-\(UUID())")
  private let providerServices: ProviderServices

  /// Opens the provider and waits until its account is usable.
  ///
  /// - Parameters:
  ///   - library: the name of its product.
  ///   - change: makes another provider's file of the right one, e.g. with a `ca_file` or a `record`.
  public init(
    _ library: String, settings: JSONValue = [:], secrets: [String: String] = [:], change: (inout ProviderFile) -> Void = { _ in }
  ) throws {
    let clock = SystemClock()
    _ = Metronome.shared
    loop = CallLoop(index: 0, clock: clock)
    table = SessionTable(loop: loop)
    let context = HostContext(clock: clock, tables: [table])
    var options = Services.Options()
    options.stateFolder = folder.path
    services = try Services(options, clock: clock)
    providerServices = ProviderServices(services, clock: clock)
    providerServices.offer(to: context)
    let registry = Registry(
      context: context, owner: front, makeLane: { ThreadLane(name: $0, clock: clock) },
      resolveSecret: { name throws(ProviderError) in secrets[name] ?? "" })
    var file = ProviderFile(
      name: library.lowercased(), path: "\(library.lowercased()).yaml", library: library, settings: settings,
      secrets: Dictionary(uniqueKeysWithValues: secrets.keys.map { ($0, $0) }))
    change(&file)
    provider = try registry.add(file, try Library.open(PluginLab.find(library)))
    // Told in the order of the lane: behind it nothing that the plugin logged while it opened is still to come.
    try wait("the account") { [front] in front.isTold }
    if !provider.accountState.isUsable {
      throw Failure(description: "the account is \(provider.accountState): \(front.lines.joined(separator: "; "))")
    }
  }

  deinit {
    // A thousand of them in one process: what the plugin holds, and its thread, go too.
    provider.stop { [provider, providerServices, services, folder] in
      providerServices.retire(provider)
      services.stop()
      try? FileManager.default.removeItem(at: folder)
    }
  }

  /// Opens a session and waits until it is ready.
  ///
  /// - Throws: the `ProviderError` that ended it instead.
  public func open(_ role: Role, settings: JSONValue = [:], context: JSONValue = [:], rate: Int = 16_000) throws -> VendorSession {
    let session = begin(role, settings: settings, context: context, rate: rate)
    try wait("the session") { session.isReady || session.failure != nil }
    if let failure = session.failure { throw failure }
    return session
  }

  /// Opens a session and does not wait.
  ///
  /// - Parameter isControl: no call stands behind it.
  public func begin(
    _ role: Role, settings: JSONValue = [:], context: JSONValue = [:], rate: Int = 16_000, isControl: Bool = false
  ) -> VendorSession {
    let owner = VendorSession(clock: loop.clock)
    owner.session = Registry.open(
      provider, role, settings: settings, context: context, rate: rate, flags: isControl ? UInt16(VOX_OPEN_CONTROL) : 0,
      connectMs: 10_000, on: table, owner: owner)
    return owner
  }

  /// Turns the loop until `fact` is true.
  ///
  /// - Parameters:
  ///   - what: for the sentence when it does not come true.
  ///   - deadlineMs: of the test's own time.
  public func wait(_ what: String, deadlineMs: Int = 20_000, until fact: () throws -> Bool) throws {
    var patience = Patience(ms: deadlineMs)
    while true {
      _ = loop.turn()
      if try fact() { return }
      guard patience.waits(us: 300) else {
        throw Failure(description: "\(what) did not come within \(deadlineMs) ms; log: \(front.lines.suffix(5))")
      }
    }
  }

  /// Waits until connections that are opened ahead are there and free for a request.
  ///
  /// - Parameter mark: of the emulator's log, from before they were asked for.
  public func waitUntilWarm(_ emulator: Emulator, after mark: Int64, connections: Int = 1) throws {
    try wait("the warm connections") {
      try emulator.log("opened", after: mark).count >= connections && services.load.warming == 0
    }
  }

  /// Turns the loop for so long, while other people do what only time shows.
  public func run(ms: Int) throws {
    let end = loop.now.advanced(byMs: ms)
    try wait("the end of \(ms) ms", deadlineMs: ms + 10_000) { loop.now >= end }
  }

  /// Whether something came at once after a moment, both as in `nowMs`: within 100 ms, and as much more as the machine was late for
  /// everybody meanwhile.
  public func isAtOnce(_ ms: Double?, after fromMs: Double) -> Bool {
    ms.map { $0 - fromMs < 100 + Metronome.shared.lateMs(since: fromMs) } ?? false
  }

  /// The present moment of the host's clock (CLOCK_MONOTONIC, as in the emulators' log), in milliseconds.
  public var nowMs: Double { Double(loop.now.ns) / 1e6 }
}

/// Hears what accounts say.
private final class Front: AccountOwner, @unchecked Sendable {
  private let lock = NSLock()
  private var heard: [String] = []
  private var isOpened = false
  var lines: [String] { lock.withLock { heard } }
  /// The account has said what became of it.
  var isTold: Bool { lock.withLock { isOpened } }

  func provider(_ provider: Provider, offers call: JSONValue) {}
  func provider(_ provider: Provider, withdrawsOffer id: String) {}
  func provider(_ provider: Provider, accountIs state: Provider.AccountState) { lock.withLock { isOpened = true } }
  func provider(_ provider: Provider, logs text: String, level: Int32) { lock.withLock { heard.append(text) } }
}
