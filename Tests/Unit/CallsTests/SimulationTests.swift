// Calls by chance: what must hold holds whatever caller and providers do. A seed that fails is a script that can be run again.

import Base
import Calls
import Journal
import Tenants
import Testing
import Vox

@Suite struct SimulationTests {
  /// Two minutes of a call in which everything happens by chance, and what must be true of it.
  @Test(arguments: 0..<60) func aCall(_ seed: UInt64) throws {
    var random = Random(seed: seed)
    func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
    func some(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

    let world = try World(seed: seed) {
      $0.disclosure = chance(50) ? "I am a machine. This call is recorded." : ""
      if chance(70) { $0.greeting = .text("Good morning. How can I help you?") }
      $0.turnTaking.preemptiveGeneration = chance(50)
      $0.turnTaking.interruption.minWords = chance(30) ? 2 : 0
      $0.turnTaking.endpointing.mode = chance(50) ? .dynamic : .fixed
      $0.tools = [try Tool(name: "look", description: "looks", provider: "hands", timeoutMs: 2000)]
    }
    let stage = world.stage
    stage.traits[.telephony] = [
      "lead_ms": .int(Int64([0, 20, 40, 100, 200].randomElement(using: &random) ?? 40)), "clear": true,
      "played": chance(50) ? "exact" : "none",
    ]
    stage.line.tellsPlayed = true
    stage.voice.firstByteMs = some(0...400)
    stage.voice.speedPermille = chance(50) ? 0 : some(1100...4000)
    stage.ears.finalMs = some(20...600)
    stage.ears.interimMs = chance(80) ? some(20...300) : nil
    stage.openings = [.stt: .ready(afterMs: some(0...1500)), .llm: .ready(afterMs: some(0...1500)), .tts: .ready(afterMs: some(0...1500))]
    stage.perform = { _, _ in Stage.Result(afterMs: some(20...4000), progress: chance(30) ? "Looking." : nil) }
    var sentence = 0
    stage.think = { chat in
      if chance(3) { return [.wait(some(0...500)), .fail(ProviderError(.overloaded, "busy"))] }
      var steps: [Stage.Step] = [.wait(some(20...2500))]
      for _ in 0..<some(1...3) {
        sentence += 1
        steps.append(.text((0..<some(1...9)).map { "a\(sentence).\($0)" }.joined(separator: " ") + ". "))
        if chance(20) { steps.append(.wait(some(0...4000))) }
      }
      if chance(20), chat.messages.last?.speaker != .tool {
        return steps + [.tool(id: "t", name: "look", .object([:])), .end(["stop": "tool"])]
      }
      return steps + [.end(["stop": "end"])]
    }
    let caller = world.call()
    caller.isPatient = true
    world.run(until: { caller.pickedUpAt > 0 })
    var spoken: [String] = []
    for _ in 0..<25 {
      switch some(0...9) {
      case 0...5:
        let words = (0..<some(1...6)).map { _ in "c\(spoken.count + 1)x\(some(0...999_999))" }
        spoken += words
        caller.says(words.joined(separator: " "))
      case 6: caller.makesNoise(some(20...900), level: chance(50) ? LevelDetector.bang : LevelDetector.murmur)
      case 7: caller.presses(String("0123456789#".randomElement(using: &random) ?? "1"))
      default: break
      }
      world.run(ms: some(100...6000))
      if world.isOver { break }
    }
    world.run(until: { !caller.isSpeaking || world.isOver }, withinMs: 60_000)
    world.run(ms: 8000)
    caller.hangsUp()
    world.expectBaseline()

    // I3: what the agent said, as the journal has it, is what the caller heard, word for word.
    // Of the last word before the caller hung up a line that tells no positions leaves it open whether it was heard.
    let said = world.said.filter { !$0.isEmpty }.joined(separator: " ")
    let heard = caller.heard
    let isSame = said == heard || (said.hasPrefix(heard) && said.dropFirst(heard.count).split(separator: " ").count == 1)
    #expect(isSame, "seed \(seed): the caller heard '\(heard)', the journal has '\(said)'")
    // I2: every word that was recognised is in the journal once and in order, unless the call ended over it.
    let understood = world.understood.joined(separator: " ").split(separator: " ").map(String.init)
    #expect(understood == Array(stage.recognised.prefix(understood.count)), "seed \(seed)")
    if world.facts(Fact.CallEnded.self).first?.cause == .callerHungUp {
      #expect(stage.recognised.count - understood.count <= 6, "seed \(seed)")
    }
    // And what was to be answered reached the model, in that order, whole.
    let answered = world.facts(Fact.Heard.self).filter { $0.use == .answered }.map(\.text).joined(separator: " ")
    let asked = stage.requests.last?.chat.messages.filter { $0.speaker == .user }.map(\.text).joined(separator: " ") ?? ""
    let words = asked.split(separator: " ").filter { $0.hasPrefix("c") }.joined(separator: " ")
    #expect(answered.hasPrefix(words) || words.isEmpty, "seed \(seed)")
    // Each turn begins once and ends once, in order.
    let began = world.facts(Fact.TurnStarted.self).map(\.turn)
    #expect(began == Array(0..<began.count), "seed \(seed)")
    #expect(world.facts(Fact.TurnEnded.self).map(\.turn) == Array(began.dropFirst()), "seed \(seed)")
    // The context never shows a call without its result right behind it.
    for request in stage.requests {
      let speakers = request.chat.messages
      for (i, message) in speakers.enumerated() {
        let calls = message.parts.contains { if case .toolCall = $0 { true } else { false } }
        if calls { #expect(i + 1 < speakers.count && speakers[i + 1].speaker == .tool, "seed \(seed)") }
      }
    }
    // I20: what is queued beyond the line is bounded.
    #expect(caller.mostQueued <= 8000 * 220 / 1000, "seed \(seed)")
    #expect(world.facts(Fact.CallEnded.self).count == 1, "seed \(seed)")
  }
}
