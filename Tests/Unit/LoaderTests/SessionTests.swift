// Sessions and ops: the host's promises, whatever the plugin does.

import Base
import CommonHarness
import Loader
import PluginABI
import Testing
import Vox

@Suite struct SessionTests {
  /// A host with one provider on the fixture of that name, and a session of it.
  private func open(_ fixture: String, _ role: Role, connectMs: Int = 1000) throws -> (LoaderHost, Provider, ProviderSession, Ear) {
    let host = LoaderHost()
    let provider = try host.registry.add(
      ProviderFile(name: "p", path: "p.yaml", library: fixture), try Library.open(Fixtures.path(fixture)))
    let ear = Ear()
    let session = Registry.open(provider, role, rate: 16000, connectMs: connectMs, on: host.table, owner: ear)
    host.settle()
    return (host, provider, session, ear)
  }

  private func expectBaseline(_ host: LoaderHost, _ session: ProviderSession, sourceLocation: SourceLocation = #_sourceLocation) {
    session.close(.hangUp)
    host.run(ms: 12_000)
    #expect(host.isAtBaseline, sourceLocation: sourceLocation)
  }

  /// A whole op of each kind: output, usage, exactly one end.
  @Test func soundSessions() throws {
    let (host, _, session, ear) = try open("sound", .tts)
    #expect(ear.isReady)
    #expect(session.outRate == 16000)
    let op = session.start(OpKind.say, text: "good morning", deadline: host.clock.now.advanced(byMs: 1000))
    #expect(op != nil)
    host.run(ms: 10)
    #expect(ear.kinds == [.accepted, .ttsWords, .ttsAudio, .ttsAudio, .ttsAudio, .ttsAudio, .usage, .usage, .completed])
    #expect(ear.samples == 4 * 800)
    #expect(session.runningOps == 0)
    session.close(.hangUp)
    host.run(ms: 10)
    #expect(ear.isClosed)
    #expect(session.state == .closed)
    #expect(host.isAtBaseline)
  }

  /// What breaks a rule that one event can break; the sessions of these are not believed in anything else.
  private static let ruleBreakers: Set = ["event_size", "frame_long", "rate_wrong", "position_gap", "text_garbled"]

  /// Whatever a plugin leaves out or says twice: the owner hears one end per op, or one for all of the session, and after the close
  /// nothing is left.
  @Test(
    arguments: [
      "sound", "terminal_twice", "terminal_none", "terminal_early", "usage_shrinks", "usage_late", "position_gap", "frame_long",
      "rate_wrong",
      "words_outside", "cancel_ignored", "closed_mute", "closed_twice", "event_size", "text_garbled", "text_index", "tool_result_bad",
      "error_class",
      "role_prefix", "view_kept", "stale_accepted", "finals_overlap", "flushed_missing", "account_mute", "offer_bare", "reserved_ignored",
    ], [Role.tts, .llm, .tool])
  func oneEnd(_ fixture: String, _ role: Role) throws {
    let (host, _, session, ear) = try open(fixture, role)
    #expect(ear.isReady)
    var ops = 0
    for _ in 0..<3 where session.start(16, text: "one two", body: #"{"name":"note"}"#, deadline: host.clock.now.advanced(byMs: 500)) != nil
    { ops += 1 }
    host.run(ms: 1000)
    #expect(ops == 3)
    if let error = ear.error {
      #expect(Self.ruleBreakers.contains(fixture))
      #expect(error.code == "bad_event")
      #expect(session.state == .failed)
      return expectBaseline(host, session)
    }
    #expect(ear.terminals.count == 3)
    // One that is taken back at once.
    if let op = session.start(16, text: "one two", deadline: host.clock.now.advanced(byMs: 500)) { session.cancel(op, reason: .bargeIn) }
    host.run(ms: 1000)
    #expect(ear.terminals.count == 4)
    #expect(ear.terminals.last == .cancelled || ear.terminals.last == .completed)
    #expect(session.runningOps == 0)
    // One that is running when the session is closed.
    _ = session.start(16, text: "one two")
    expectBaseline(host, session)
  }

  /// What breaks the contract is refused, and ends the session at once with the rule that was broken: nothing of it is heard.
  @Test(arguments: [
    ("event_size", Role.llm, "the wrong size"), ("frame_long", .tts, "more than 200 ms of sound"), ("text_garbled", .llm, "not UTF-8"),
    ("position_gap", .tts, "follows"),
  ])
  func brokenRules(_ fixture: String, _ role: Role, _ rule: String) throws {
    let (host, _, session, ear) = try open(fixture, role)
    _ = session.start(16, text: "one two", body: #"{"name":"note"}"#, deadline: host.clock.now.advanced(byMs: 500))
    host.run(ms: 100)
    let error = try #require(ear.error)
    #expect(error.cls == .internal)
    #expect(error.message.contains(rule), "\(error.message)")
    #expect(ear.texts == [])
    #expect(ear.terminals == [])
    expectBaseline(host, session)
  }

  /// A session that is never ready fails at its deadline and is destroyed.
  @Test func neverReady() throws {
    let (host, _, session, ear) = try open("ready_mute", .tts, connectMs: 700)
    host.run(ms: 699)
    #expect(ear.error == nil)
    #expect(session.start(OpKind.say, text: "too early") == nil)
    host.run(ms: 2)
    #expect(ear.error?.code == "connect_timeout")
    host.run(ms: 10)
    #expect(host.isAtBaseline)
  }

  /// An op that does not end is ended at its deadline, with an error that says so.
  @Test func deadline() throws {
    let (host, _, session, ear) = try open("terminal_none", .llm)
    _ = session.start(OpKind.chat, deadline: host.clock.now.advanced(byMs: 300))
    host.run(ms: 299)
    #expect(ear.terminals == [])
    // The plugin does not answer the cancel either, and is given the least of graces.
    host.run(ms: 102)
    #expect(ear.errors.map(\.code) == ["deadline"])
    #expect(ear.errors.map(\.cls) == [.timeout])
    expectBaseline(host, session)
  }

  /// An op kind the plugin does not know fails after `start` has returned, never within it.
  @Test func refusedStart() throws {
    let (host, _, session, ear) = try open("sound", .llm)
    let op = session.start(99)
    #expect(op != nil)
    #expect(ear.kinds == [])
    host.run(ms: 1)
    #expect(ear.errors.map(\.code) == ["start_refused"])
    expectBaseline(host, session)
  }

  /// A cancelled op gives no more output; its usage and its end still come, and a plugin that ignores the cancel is not waited for.
  @Test(arguments: ["sound", "cancel_ignored"]) func cancel(_ fixture: String) throws {
    let (host, _, session, ear) = try open(fixture, .tts)
    let op = try #require(session.start(OpKind.say, text: "one two three"))
    session.cancel(op, reason: .bargeIn)
    session.cancel(op, reason: .bargeIn)
    host.run(ms: 200)
    #expect(ear.kinds.allSatisfy { $0 == .usage || $0.isTerminal })
    #expect(ear.terminals.count == 1)
    expectBaseline(host, session)
  }

  /// A role the provider does not have, and a provider that does not exist any more, are failures, not crashes.
  @Test func noSuchRole() throws {
    let host = LoaderHost()
    let provider = try host.registry.add(
      ProviderFile(name: "p", path: "p.yaml", library: "x"), try Library.open(Fixtures.path("manifest_role")))
    let ear = Ear()
    let session = Registry.open(provider, .llm, rate: 0, connectMs: 1000, on: host.table, owner: ear)
    #expect(ear.error == nil)
    host.settle()
    #expect(ear.error?.message == "the provider p does not serve the role llm")
    session.close(.policy)
    #expect(host.isAtBaseline)
  }

  /// A host has room for so many sessions; the next one fails politely, and room that is given back is used again.
  @Test func tooManySessions() throws {
    let (host, provider, first, _) = try open("sound", .llm)
    var sessions = [first]
    var ears: [Ear] = []
    for _ in 0..<4096 {
      let ear = Ear()
      ears.append(ear)
      sessions.append(Registry.open(provider, .llm, rate: 0, connectMs: 1000, on: host.table, owner: ear))
    }
    host.settle()
    #expect(ears.count(where: \.isReady) == 4095)
    #expect(ears.last?.error?.code == "sessions_full")
    for session in sessions { session.close(.shutdown) }
    host.run(ms: 2000)
    #expect(host.isAtBaseline)
    let ear = Ear()
    let again = Registry.open(provider, .llm, rate: 0, connectMs: 1000, on: host.table, owner: ear)
    host.settle()
    #expect(ear.isReady)
    expectBaseline(host, again)
  }

  /// Sessions are opened and closed without end, and every handle is a new one.
  @Test func handlesAreNeverUsedTwice() throws {
    let host = LoaderHost()
    let provider = try host.registry.add(ProviderFile(name: "p", path: "p.yaml", library: "x"), try Library.open(Fixtures.path("sound")))
    var ops: Set<OpID> = []
    for _ in 0..<2000 {
      let ear = Ear()
      let session = Registry.open(provider, .llm, rate: 0, connectMs: 1000, on: host.table, owner: ear)
      host.settle()
      if let op = session.start(OpKind.chat) { ops.insert(op) }
      host.settle()
      #expect(ear.terminals == [.completed])
      session.close(.hangUp)
      host.settle()
    }
    #expect(ops.count == 2000)
    #expect(host.isAtBaseline)
  }

  /// Offers reach the owner on the provider's lane; one without what an offer needs is still only data.
  @Test func offers() throws {
    let (host, provider, session, _) = try open("sound", .telephony)
    #expect(host.front.offers.map { $0["id"]?.string } == ["o1"])
    #expect(host.front.states.contains(.ready))
    #expect(provider.accountState == .ready)
    expectBaseline(host, session)
  }

  /// A provider closes its account when its sessions are gone, and not before.
  @Test func stop() throws {
    let (host, provider, session, ear) = try open("closed_mute", .llm)
    nonisolated(unsafe) var isStopped = false
    session.close(.shutdown)
    provider.stop { isStopped = true }
    host.run(ms: 900)
    #expect(!isStopped)
    host.run(ms: 300)
    #expect(isStopped)
    #expect(ear.isClosed)
    #expect(provider.accountState == .closed)
    #expect(host.isAtBaseline)
  }

  /// Rates at which no sound is carried are not taken from a plugin.
  @Test(arguments: [([16000, 8000], 8000, 8000), ([16000], 8000, 16000), ([], 8000, 8000), ([-1, 0, 1 << 40, 24000], 8000, 24000)])
  func rates(_ offered: [Int], _ wanted: Int, _ chosen: Int) {
    let traits = Traits(["rates": .array(offered.map { .int(Int64($0)) })])
    #expect(traits.rate("rates", wanted: wanted) == chosen)
  }
}
