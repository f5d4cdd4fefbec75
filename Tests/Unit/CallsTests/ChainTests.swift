// Chains: a provider fails in the middle of a call, and the caller cannot tell.

import Base
import Calls
import Failover
import Journal
import Loader
import Tenants
import Testing
import Vox

@Suite struct ChainTests {
  private static let twentyFour = (1...24).map { "a\($0)" }.joined(separator: " ") + "."
  private static let broken = ProviderError(.unavailable, "it broke")

  /// Two providers for a role, the second one well.
  private func world(_ role: Role, _ chain: (inout Chain) -> Void = { _ in }, _ agent: (inout Agent) -> Void = { _ in }) throws -> World {
    let names: [Role: [String]] = [.stt: ["ears", "ears2"], .llm: ["mind", "mind2"], .tts: ["voice", "voice2"]]
    var chosen = Chain((names[role] ?? []).map { Chain.Link(provider: $0) })
    chain(&chosen)
    return try World(providers: ["line", "ears", "ears2", "mind", "mind2", "voice", "voice2", "hands"]) {
      $0.chains[role] = chosen
      agent(&$0)
    }
  }

  private func attempts(_ world: World, _ role: String) -> [String] {
    world.facts(Fact.Attempt.self).filter { $0.role == role }.map { "\($0.provider) \($0.outcome)" }
  }

  // MARK: Voices

  /// A voice that breaks off, wherever it does: the next one says the rest, no word is lost and none is heard twice.
  @Test(arguments: Array(stride(from: 50, to: 24 * 250, by: 170))) func voiceCut(_ afterMs: Int) throws {
    let world = try world(.tts)
    world.stage.voiceFaults["voice"] = .cut(afterMs: afterMs)
    world.stage.think = { _ in Stage.says(Self.twentyFour) }
    let caller = world.answeredCall()
    caller.says("tell me", afterMs: 100)
    world.run(until: { !world.said.isEmpty })
    world.run(ms: 500)
    #expect(caller.heard == Self.twentyFour)
    #expect(world.said == [Self.twentyFour])
    caller.hangsUp()
    world.expectBaseline()
  }

  /// Without word times the splice is an estimate from the voice's pace: where words take as long as they look, at most one is off.
  @Test(arguments: Array(stride(from: 400, to: 24 * 250, by: 430))) func voiceCutWithoutTimes(_ afterMs: Int) throws {
    let world = try world(.tts)
    world.stage.voice.wordTimes = false
    let wanted = (10...33).map { "a\($0)" }
    // Something is said before, so that the pace is known.
    world.stage.answers([Stage.says((10...17).map { "b\($0)" }.joined(separator: " ")), Stage.says(wanted.joined(separator: " "))])
    let caller = world.answeredCall()
    caller.says("begin", afterMs: 100)
    world.run(until: { world.said.count == 1 })
    world.stage.voiceFaults["voice"] = .cut(afterMs: afterMs)
    caller.says("tell me")
    world.run(until: { world.said.count == 2 })
    let heard = caller.heard.split(separator: " ").map(String.init).filter { $0.hasPrefix("a") }
    #expect(abs(heard.count - wanted.count) <= 1, "heard \(heard.joined(separator: " "))")
    #expect(Set(wanted).subtracting(heard).count <= 1)
  }

  /// A voice that refuses costs the first call at most 300 ms, and the next call nothing: it is not asked again.
  @Test func voiceRefuses() throws {
    let world = try world(.tts)
    world.stage.openingsOf["voice"] = .failing(afterMs: 20, Self.broken)
    let first = world.answeredCall()
    first.says("good morning", afterMs: 100)
    world.run(until: { world.said.count == 1 })
    #expect(first.heard == "Fine.")
    let firstMs = try #require(world.facts(Fact.TurnEnded.self).last?.waterfall.e2eMs)
    let asked = world.stage.opened.count { $0 == "voice" }
    let second = world.answeredCall()
    second.says("good morning", afterMs: 100)
    world.run(until: { world.said.count == 2 })
    #expect(second.heard == "Fine.")
    #expect(world.stage.opened.count { $0 == "voice" } == asked)
    let secondMs = try #require(world.facts(Fact.TurnEnded.self).last?.waterfall.e2eMs)
    #expect(firstMs <= secondMs + 300)
    #expect(world.facts(Fact.ProviderEjected.self).map(\.provider) == ["voice"])
  }

  /// The voice that stood in for the first one is lost while nobody speaks, and cannot be had again: the first one, which failed long ago, is
  /// made ready, and the call goes on.
  @Test func idleVoiceLost() throws {
    let world = try world(.tts, { _ in }, { $0.silence.afterMs = 90_000 })
    world.stage.openingsOf["voice"] = .failing(afterMs: 10, Self.broken)
    world.stage.openingsOf["voice2"] = .lost(afterMs: 30_000, Self.broken)
    let caller = world.answeredCall()
    caller.says("good morning", afterMs: 100)
    world.run(until: { world.said.count == 1 })
    world.stage.openingsOf = ["voice2": .failing(afterMs: 10, Self.broken)]
    world.run(ms: 31_000)
    caller.says("good morning", afterMs: 100)
    world.run(until: { world.isOver || world.said.count == 2 }, withinMs: 10_000)
    #expect(!world.isOver && world.said == ["Fine.", "Fine."])
  }

  /// A voice that is connected and says nothing is left at its deadline; hedged, long before.
  @Test(arguments: [Hedge.off, .fixedMs(200)]) func voiceSilent(_ hedge: Hedge) throws {
    let world = try world(.tts) { $0.hedge = hedge }
    world.stage.voiceFaults["voice"] = .mute
    let caller = world.answeredCall()
    caller.says("good morning", afterMs: 100)
    world.run(until: { !world.said.isEmpty })
    #expect(caller.heard == "Fine.")
    let e2e = try #require(world.facts(Fact.TurnEnded.self).last?.waterfall.e2eMs)
    let undisturbed = 500.0 + 200 + 100 + 60
    #expect(e2e <= undisturbed + (hedge == .off ? 800 + 150 : 200 + 100), "\(e2e)")
  }

  /// A voice that says it is done and brought no sound has failed.
  @Test func voiceEmpty() throws {
    let world = try world(.tts)
    world.stage.voiceFaults["voice"] = .empty
    world.stage.voice.wordTimes = false
    let caller = world.answeredCall()
    caller.says("good morning", afterMs: 100)
    world.run(until: { !world.said.isEmpty })
    #expect(caller.heard == "Fine.")
    #expect(attempts(world, "tts").prefix(2) == ["voice lost", "voice2 won"])
  }

  // MARK: Models

  /// A model that breaks off, whatever it had said: another goes on, whether it can be given the beginning of its answer, goes on by
  /// itself, or begins again from the start; the caller hears every word once.
  @Test(arguments: [1, 5, 6, 7, 12, 23], ["prefill", "goes on", "begins again"]) func modelCut(_ words: Int, _ second: String) throws {
    let answer =
      "One two three four five six. Seven eight nine ten eleven twelve. Thirteen fourteen fifteen sixteen seventeen eighteen. "
      + "Nineteen twenty one-and-twenty two-and-twenty three-and-twenty four-and-twenty."
    let all = answer.split(separator: " ").map { String($0) }
    let world = try world(.llm)
    world.stage.minds["mind"] = { _ in
      [.wait(200)] + all.prefix(words).enumerated().map { .text(($0 == 0 ? "" : " ") + $1) } + [.fail(Self.broken)]
    }
    world.stage.traitsOf["mind2"] = ["prefill": .bool(second == "prefill")]
    world.stage.minds["mind2"] = { chat in
      let given = chat.messages.last { $0.speaker == .assistant }?.text.split(separator: " ").count ?? 0
      let from = second == "begins again" ? 0 : given
      return [.wait(200)] + all[from...].enumerated().map { .text(($0 == 0 ? "" : " ") + $1) } + [.end(["stop": "end"])]
    }
    let caller = world.answeredCall()
    caller.says("count please", afterMs: 100)
    world.run(until: { caller.heard.hasSuffix("four-and-twenty.") }, withinMs: 20_000)
    #expect(caller.heard == answer)
    #expect(attempts(world, "llm") == ["mind lost", "mind2 won"])
  }

  /// A model that never answers costs a second; hedged, less.
  @Test(arguments: [Hedge.off, .fixedMs(300)]) func modelSilent(_ hedge: Hedge) throws {
    let world = try world(.llm) { $0.hedge = hedge }
    world.stage.minds["mind"] = { _ in [.hang] }
    let caller = world.answeredCall()
    caller.says("good morning", afterMs: 100)
    world.run(until: { !world.said.isEmpty })
    #expect(caller.heard == "Fine.")
    let e2e = try #require(world.facts(Fact.TurnEnded.self).last?.waterfall.e2eMs)
    #expect(e2e <= 500 + 200 + 100 + 60 + (hedge == .off ? 1000 : 300), "\(e2e)")
    #expect(attempts(world, "llm").contains("mind \(hedge == .off ? "lost" : "cancelled")"))
  }

  /// A tool call of a model that broke off before it was done is not made; the other model's is, once.
  @Test func toolCallCutOff() throws {
    let world = try world(.llm) { _ in
    } _: {
      $0.tools = (try? Tool(name: "book", description: "books", provider: "hands")).map { [$0] } ?? []
    }
    world.stage.minds["mind"] = { _ in [.wait(100), .tool(id: "t1", name: "book", .object([:])), .wait(50), .fail(Self.broken)] }
    world.stage.minds["mind2"] = { chat in
      chat.messages.last?.speaker == .tool
        ? Stage.says("It is booked.") : [.wait(100), .tool(id: "x1", name: "book", .object([:])), .end(["stop": "tool"])]
    }
    let caller = world.answeredCall()
    caller.says("book it please", afterMs: 100)
    world.run(until: { !world.said.isEmpty })
    #expect(caller.heard == "It is booked.")
    #expect(world.stage.performed.count == 1)
  }

  // MARK: Recognisers

  private static let twenty = (1...20).map { "c\($0)" }.joined(separator: " ")

  /// A recogniser that breaks off in the middle of what the caller says: every word is understood once, by one or the other.
  @Test(arguments: Array(stride(from: 2000, to: 40_000, by: 3700)), [1000, 1250, 0]) func recogniserCut(_ atSample: Int, _ speed: Int)
    throws
  {
    let world = try world(.stt)
    world.stage.earsFaults["ears"] = .cut(atSample: atSample)
    world.stage.traitsOf["ears2"] = ["input_rate_permille": .int(Int64(speed))]
    let caller = world.answeredCall()
    caller.says(Self.twenty, afterMs: 300)
    world.run(until: { !world.said.isEmpty })
    world.run(ms: 3000)
    #expect(world.understood.joined(separator: " ") == Self.twenty)
  }

  /// A recogniser that is connected and says nothing is noticed 1.5 s after the caller began, and no word is lost.
  @Test func recogniserDeaf() throws {
    let world = try world(.stt)
    world.stage.earsFaults["ears"] = .deaf
    let caller = world.answeredCall()
    caller.says(Self.twenty, afterMs: 300)
    world.run(until: { world.stage.opened.contains("ears2") })
    let onsetMs = Double(300)
    #expect(Double(world.now - caller.pickedUpAt) / 1e6 <= onsetMs + 1500 + 60)
    world.run(until: { !world.said.isEmpty })
    world.run(ms: 3000)
    #expect(world.understood.joined(separator: " ") == Self.twenty)
  }

  /// A caller who says nothing, or coughs, is no reason to leave a recogniser.
  @Test func quietCaller() throws {
    let world = try world(.stt)
    let caller = world.answeredCall()
    for _ in 0..<6 {
      caller.silent(2500)
      caller.makesNoise(250, level: LevelDetector.murmur)
    }
    world.run(ms: 18_000)
    #expect(!world.stage.opened.contains("ears2"))
  }

  /// Nor is a long noise that a recogniser notices and has no words for.
  @Test func noticedNoise() throws {
    let world = try world(.stt)
    world.stage.ears.noticesEveryMs = 900
    let caller = world.answeredCall()
    caller.makesNoise(4000)
    world.run(ms: 8_000)
    #expect(!world.stage.opened.contains("ears2"))
  }

  // MARK: Everything fails

  /// With all voices, all models or all recognisers gone the caller hears of it, or is let go, within three seconds.
  @Test(arguments: [Role.stt, .llm, .tts]) func allFail(_ role: Role) throws {
    let world = try world(role)
    for name in ["ears", "ears2"] where role == .stt { world.stage.openingsOf[name] = .failing(afterMs: 10, Self.broken) }
    for name in ["mind", "mind2"] where role == .llm { world.stage.minds[name] = { _ in [.hang] } }
    for name in ["voice", "voice2"] where role == .tts { world.stage.voiceFaults[name] = .mute }
    let caller = world.answeredCall()
    caller.says("good morning", afterMs: 100)
    world.run(until: { world.isOver || !world.said.isEmpty }, withinMs: 10_000)
    #expect(caller.longestSilenceMs(from: caller.pickedUpAt + 1_000_000_000, to: world.now) <= 3000)
    world.run(until: { world.isOver }, withinMs: 60_000)
    world.expectBaseline()
  }

  /// With every voice gone the caller hears a line that was made ahead, within three seconds.
  @Test func recordedLine() throws {
    let world = try world(.tts)
    world.stage.hasRecordings = true
    for name in ["voice", "voice2"] { world.stage.voiceFaults[name] = .mute }
    let caller = world.answeredCall()
    caller.says("good morning", afterMs: 100)
    world.run(until: { world.isOver }, withinMs: 20_000)
    #expect(caller.heard == "I am sorry, I have a technical problem. Please call again later.")
    let stopped = try #require(world.facts(Fact.SpeechEnded.self).last)
    let said = try #require(world.facts(Fact.AgentSaid.self).last)
    #expect(said.startMs - stopped.atMs <= 3000 + 500)
    #expect(said.provider == "recording")
    world.expectBaseline()
  }

  /// A line made ahead that is shorter than what may wait on the track is played once, and ends.
  @Test func shortRecordedLine() throws {
    let world = try world(.tts) { $0.lastResort = [.say(Chain.Line("Sorry."))] }
    world.stage.hasRecordings = true
    for name in ["voice", "voice2"] { world.stage.voiceFaults[name] = .mute }
    let caller = world.answeredCall()
    caller.says("good morning", afterMs: 100)
    world.run(until: { world.isOver }, withinMs: 20_000)
    #expect(caller.heard == "Sorry.")
    world.expectBaseline()
  }

  /// With every recogniser gone a menu by keypad leads to a person.
  @Test func menuByKeypad() throws {
    let menu = Chain.Menu(Chain.Line("Press one for a person."), keys: ["1": .transfer("desk")])
    let world = try world(.stt) {
      $0.lastResort = [.menu(menu), .say(Chain.Line("Goodbye then."))]
    } _: {
      $0.transfers = ["desk": "+4100"]
    }
    for name in ["ears", "ears2"] { world.stage.openingsOf[name] = .failing(afterMs: 10, Self.broken) }
    let caller = world.answeredCall()
    world.run(until: { world.said.contains("Press one for a person.") }, withinMs: 20_000)
    caller.presses("1")
    world.run(until: { world.isOver }, withinMs: 20_000)
    #expect(world.facts(Fact.Transfer.self).map(\.outcome) == [.answered])
    #expect(world.facts(Fact.CallEnded.self).map(\.cause) == [.transferred])
    world.expectBaseline()
  }

  /// Nobody presses a key: the next step is taken.
  @Test func menuIgnored() throws {
    let menu = Chain.Menu(Chain.Line("Press one for a person."), keys: ["1": .transfer("desk")])
    let world = try world(.stt) {
      $0.lastResort = [.menu(menu), .say(Chain.Line("Goodbye then."))]
    } _: {
      $0.transfers = ["desk": "+4100"]
    }
    for name in ["ears", "ears2"] { world.stage.openingsOf[name] = .failing(afterMs: 10, Self.broken) }
    let caller = world.answeredCall()
    world.run(until: { world.isOver }, withinMs: 60_000)
    #expect(caller.heard == "Press one for a person. Goodbye then.")
    world.expectBaseline()
  }

  /// With every model gone the caller leaves a message, which is kept when they fall silent.
  @Test func messageIsKept() throws {
    let world = try world(.llm) { $0.lastResort = [.message(Chain.Line("Please leave a message."))] }
    for name in ["mind", "mind2"] { world.stage.minds[name] = { _ in [.wait(10), .fail(Self.broken)] } }
    let caller = world.answeredCall()
    caller.says("good morning", afterMs: 100)
    world.run(until: { world.said.contains("Please leave a message.") }, withinMs: 20_000)
    caller.says("call me back on monday please", afterMs: 500)
    world.run(until: { world.isOver }, withinMs: 60_000)
    #expect(world.stage.messages.count == 1)
    var reader = WordReader(world.stage.codes)
    let kept = reader.take(world.stage.messages.first ?? []).map(\.word)
    #expect(kept.joined(separator: " ").contains("call me back on monday please"))
    #expect(world.facts(Fact.MessageTaken.self).count == 1)
    world.expectBaseline()
  }

  // MARK: Changes

  /// A chain that is changed during a call serves from the next turn on, in every role, and no word of that turn is lost.
  @Test(arguments: [Role.stt, .llm, .tts]) func changedLive(_ role: Role) throws {
    let world = try world(role)
    let names: [Role: String] = [.stt: "ears2", .llm: "mind2", .tts: "voice2"]
    world.stage.think = { _ in Stage.says(Self.twentyFour) }
    let caller = world.answeredCall()
    caller.says("tell me", afterMs: 100)
    world.run(until: { world.said.count == 1 })
    let before = world.facts(Fact.Attempt.self).count { $0.provider == names[role] }

    var tenant = try #require(world.desk.directory.tenants.values.first)
    for id in tenant.agents.keys { tenant.agents[id]?.chains[role] = Chain([Chain.Link(provider: names[role] ?? "")]) }
    var directory = TenantDirectory()
    directory.add(tenant)
    world.desk.directory = directory

    // The change counts from the turn that begins with this; a recogniser hears what follows it.
    for n in 2...3 {
      caller.says("tell me more of \(n)", afterMs: 500)
      world.run(until: { world.said.count == n })
    }
    #expect(before == 0)
    #expect(world.said == [Self.twentyFour, Self.twentyFour, Self.twentyFour])
    #expect(world.facts(Fact.Heard.self).map(\.text) == ["tell me", "tell me more of 2", "tell me more of 3"])
    let served =
      role == .stt ? world.facts(Fact.Heard.self).last?.provider : attempts(world, role.name).last.map { "\($0.prefix { $0 != " " })" }
    #expect(served == names[role])
    #expect(!world.facts(Fact.Attempt.self).contains { $0.outcome == .lost })
    caller.hangsUp()
    world.expectBaseline()
  }

  /// A recogniser that is added behind the one that serves takes over from it, although the listening began without it.
  @Test func addedLive() throws {
    let world = try world(.stt) { $0.links.removeLast() }
    let caller = world.answeredCall()
    caller.says("good morning", afterMs: 100)
    world.run(until: { world.said.count == 1 })
    var tenant = try #require(world.desk.directory.tenants.values.first)
    for id in tenant.agents.keys { tenant.agents[id]?.chains[.stt] = Chain("ears", "ears2") }
    var directory = TenantDirectory()
    directory.add(tenant)
    world.desk.directory = directory
    caller.says("tell me more", afterMs: 500)
    world.run(until: { world.said.count == 2 })
    world.stage.earsFaults["ears"] = .deaf
    caller.says(Self.twenty, afterMs: 500)
    world.run(until: { world.isOver || world.said.count == 3 }, withinMs: 20_000)
    world.run(ms: 3000)
    #expect(!world.isOver && world.understood.joined(separator: " ").hasSuffix(Self.twenty))
    #expect(world.facts(Fact.Heard.self).last?.provider == "ears2")
  }

  /// A provider that the tenant's rules forbid is never opened, whatever fails.
  @Test func forbiddenNeverTried() throws {
    let world = try world(.tts) { $0.require = Rules(regions: ["eu"]) }
    let caller = world.call()
    world.run(until: { world.isOver })
    #expect(world.stage.opened.filter { $0.hasPrefix("voice") } == [])
    #expect(world.facts(Fact.CallEnded.self).first?.problem?.message.contains("voice") == true)
    _ = caller
  }
}
