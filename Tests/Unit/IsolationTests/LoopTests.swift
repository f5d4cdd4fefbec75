// Providers in workers behind the loader, on a real loop: calls never know where a plugin runs.

import Base
import Glibc
import Loader
import PluginABI
import Synchronization
import Testing
import Vox

@testable import Isolation

/// A host with one loop whose thread runs, and a registry.
private final class LoopHost: AccountOwner, @unchecked Sendable {
  let clock = SystemClock()
  let loop: CallLoop
  let table: SessionTable
  let ear = Ear()
  private var registry: Registry?

  init() {
    loop = CallLoop(index: 0, clock: clock)
    table = SessionTable(loop: loop)
    loop.start()
  }

  /// Starts the fixture in a worker and waits until it is usable.
  func provider(_ change: (inout WorkerOrder) -> Void = { _ in }) throws -> Provider {
    let registry = Registry(
      context: HostContext(clock: clock, tables: [table]), owner: self, makeLane: { [clock] in ThreadLane(name: $0, clock: clock) },
      resolveSecret: { _ throws(ProviderError) in "" })
    self.registry = registry
    let isolation = Isolation(program: Fixtures.program, arguments: [], loops: [loop], clock: clock)
    var order = isolation.order(Fixtures.worker)
    change(&order)
    let library = try isolation.open(SealedLibrary(Fixtures.worker), order, name: "fixture")
    let provider = try registry.add(ProviderFile(name: "fixture", path: "fixture.yaml", library: Fixtures.worker), library)
    #expect(ear.wait { _, log in log.contains("ready") })
    return provider
  }

  /// Opens a session of the provider, on the loop.
  func open(_ provider: Provider, _ role: Role, for owner: Owner) {
    loop.submit { [table] in
      owner.session = Registry.open(provider, role, rate: 16_000, connectMs: 5000, on: table, owner: owner)
    }
  }

  func stop(_ provider: Provider) {
    let done = Answer<Void>()
    provider.stop { done.bring(()) }
    done.wait()
    loop.stop()
  }

  func provider(_ provider: Provider, offers call: JSONValue) {}
  func provider(_ provider: Provider, withdrawsOffer id: String) {}
  func provider(_ provider: Provider, accountIs state: Provider.AccountState) { ear.write(state == .ready ? "ready" : "\(state)") }
  func provider(_ provider: Provider, logs text: String, level: Int32) { ear.write(text) }
}

/// Notes what a session does.
private final class Owner: SessionOwner, @unchecked Sendable {
  let ear: Ear
  var session: ProviderSession?
  let text: String

  init(_ ear: Ear, start text: String) {
    self.ear = ear
    self.text = text
  }

  func sessionReady(_ session: ProviderSession) {
    ear.write("session ready")
    _ = session.start(OpKind.speak, text: text)
  }
  func session(_ session: ProviderSession, failed error: ProviderError) { ear.write("session failed \(error.cls.name) \(error.message)") }
  func session(_ session: ProviderSession, event: ProviderEvent) { ear.write("event \(event.kind.rawValue)") }
  func sessionClosed(_ session: ProviderSession) { ear.write("closed") }
}

@Suite struct LoopTests {
  /// Frames pushed on a loop come back to the session's owner on that loop, one for one.
  @Test func frames() throws {
    let host = LoopHost()
    let provider = try host.provider()
    defer { host.stop(provider) }
    #expect(FrameRoundTrip.measure(provider, on: host.table, frames: 500, cadenceMs: 0) != nil)
    #expect(FrameRoundTrip.measure(provider, on: host.table, frames: 5, cadenceMs: 20) != nil)
    #expect(FrameRoundTrip.measureBare(rounds: 50, cadenceMs: 0).p50 > 0)
    #expect(FrameRoundTrip.measureBare(rounds: 2, cadenceMs: 20).p50 > 0)
  }

  /// Fifty sessions of a plugin that dies each fail once as `crashed`; nothing is left of them, and the provider is ready again.
  @Test func crash() throws {
    let host = LoopHost()
    let provider = try host.provider()
    defer { host.stop(provider) }
    let owners = (0..<50).map { Owner(host.ear, start: $0 == 49 ? "fail segv" : "echo") }
    for owner in owners { host.open(provider, .telephony, for: owner) }
    #expect(host.ear.wait { _, log in log.filter { $0.hasPrefix("session failed") }.count == 50 })
    let failures = host.ear.log.filter { $0.hasPrefix("session failed") }
    #expect(failures.allSatisfy { $0 == "session failed crashed the plugin crashed with a segmentation fault in start" })
    #expect(host.ear.wait { _, log in log.filter { $0 == "ready" }.count == 2 })
    #expect(isAtBaseline(host, provider))
  }

  /// An event that breaks a rule ends its session before anything is heard that follows it.
  @Test func brokenRule() throws {
    let host = LoopHost()
    let provider = try host.provider()
    defer { host.stop(provider) }
    let owner = Owner(host.ear, start: "babble")
    host.open(provider, .telephony, for: owner)
    #expect(host.ear.wait { _, log in log.contains { $0.hasPrefix("session failed") } })
    #expect(!host.ear.log.contains { $0.hasPrefix("event") })
  }

  /// A plugin that fills every doorbell it was given stops nobody but itself: the loop goes on, and the session can be let go of.
  @Test func filledDoorbells() throws {
    let host = LoopHost()
    let provider = try host.provider()
    defer { host.stop(provider) }
    let owner = Owner(host.ear, start: "fill")
    host.open(provider, .telephony, for: owner)
    #expect(host.ear.wait { _, log in log.contains("session ready") })
    // Each turn may wake the worker, and the lane's reader: with a filled doorbell the first that does would be the last.
    for _ in 0..<100 {
      let turned = Answer<Void>()
      host.loop.submit {
        if let session = owner.session { _ = session.start(OpKind.speak, text: "echo") }
        turned.bring(())
      }
      turned.wait()
    }
    host.loop.submit { owner.session?.close(.hangUp) }
    #expect(host.ear.wait { _, log in log.contains("closed") || log.contains { $0.hasPrefix("session failed") } })
  }

  /// Sessions that close are gone on both sides; two hundred of them leave nothing behind.
  @Test func life() throws {
    let host = LoopHost()
    let provider = try host.provider()
    defer { host.stop(provider) }
    for round in 1...200 {
      let owner = Owner(host.ear, start: "measure")
      host.open(provider, .llm, for: owner)
      #expect(host.ear.wait { _, log in log.filter { $0 == "event 8" }.count == round })
      host.loop.submit { owner.session?.close(.hangUp) }
      #expect(host.ear.wait { _, log in log.filter { $0 == "closed" }.count == round })
    }
    #expect(isAtBaseline(host, provider))
  }

  private func isAtBaseline(_ host: LoopHost, _ provider: Provider) -> Bool {
    // Each look is a turn of the loop; what is being destroyed is gone after some.
    for _ in 0..<10_000 {
      let answer = Answer<Bool>()
      host.loop.submit { answer.bring(host.table.liveSessions == 0 && host.table.liveOps == 0 && provider.openSessions == 0) }
      if answer.wait() { return true }
      sched_yield()
    }
    return false
  }
}
