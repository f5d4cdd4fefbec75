// The telephone's keys, and handing the caller over.

import Base
import Journal
import Tenants
import Testing
import Vox

@Suite struct KeyTests {
  private func heardByModel(_ world: World) -> [String] { world.stage.requests.compactMap { $0.chat.messages.last?.text } }

  /// Keys up to the terminator are one entry.
  @Test func terminator() throws {
    let world = try World()
    let caller = world.answeredCall()
    caller.presses("123#")
    world.run(until: { !world.said.isEmpty })
    #expect(heardByModel(world) == ["[dtmf 123]"])
    #expect(world.facts(Fact.DTMF.self).map(\.digit).joined() == "123#")
    #expect(world.facts(Fact.TurnStarted.self).last?.cause == .dtmf)
  }

  /// Without a terminator a pause ends the entry.
  @Test func pause() throws {
    let world = try World()
    let caller = world.answeredCall()
    caller.presses("12")
    world.run(ms: 1000)
    caller.presses("3")
    world.run(ms: 2900)
    #expect(world.stage.requests.isEmpty)
    world.run(until: { !world.said.isEmpty })
    #expect(heardByModel(world) == ["[dtmf 123]"])
  }

  /// As many keys as the agent asked for end the entry at once.
  @Test func count() throws {
    let world = try World()
    world.stage.answers([
      [.wait(100), .text("Four digits please."), .end(["stop": "end", "expect": ["kind": "digits", "digits": 4]])],
      Stage.says("Thank you."),
    ])
    let caller = world.answeredCall()
    caller.says("I have a code", afterMs: 100)
    world.run(until: { world.said.count == 1 })
    let at = world.now
    caller.presses("4711")
    world.run(until: { world.stage.requests.count == 2 })
    #expect(world.now - at < 100_000_000)
    #expect(heardByModel(world).last == "[dtmf 4711]")
  }

  /// A key stops the agent's speech, and an entry that is complete with it is answered.
  @Test func keysInterrupt() throws {
    let world = try World { $0.greeting = .text("Press one for yes, two for no, three for anything else you may want.") }
    let caller = world.answeredCall()
    world.run(until: { caller.words.count >= 3 })
    caller.presses("1#")
    world.run(until: { world.said.count == 2 })
    #expect(caller.heard.hasSuffix("Fine."))
    #expect(heardByModel(world) == ["[dtmf 1]"])
    let said = world.facts(Fact.AgentSaid.self)
    #expect(said[0].interrupted)
    #expect(!said[1].interrupted)
    #expect(caller.heard == said.map(\.text).joined(separator: " "))
  }

  /// A key pressed while the model thinks is one more turn; the answer to it is heard, the other is not.
  @Test func keysWhileThinking() throws {
    let world = try World()
    world.stage.think = { [.wait(1000), .text("You said \($0.messages.last?.text ?? "")."), .end(["stop": "end"])] }
    let caller = world.answeredCall()
    caller.says("good morning", afterMs: 100)
    world.run(until: { world.facts(Fact.TurnStarted.self).count == 2 })
    caller.presses("5#")
    world.run(until: { !world.said.isEmpty })
    #expect(caller.heard == "You said dtmf 5.")
    world.run(ms: 3000)
    #expect(caller.heard == "You said dtmf 5.")
  }

  /// Keys during the disclosure are answered after it.
  @Test func keysDuringDisclosure() throws {
    let world = try World { $0.disclosure = "I am a machine." }
    let caller = world.answeredCall()
    world.run(until: { !caller.words.isEmpty })
    caller.presses("7#")
    world.run(until: { world.said.count == 2 })
    #expect(caller.heard == "I am a machine. Fine.")
  }

  /// Keys that mean nothing are noted, and nothing else.
  @Test func keysOff() throws {
    let world = try World { $0.keys.enabled = false }
    let caller = world.answeredCall()
    caller.presses("123#")
    world.run(ms: 5000)
    #expect(world.stage.requests.isEmpty)
    #expect(world.facts(Fact.DTMF.self).count == 4)
  }

  /// A lone terminator is no entry, and the caller is still asked whether somebody is there.
  @Test func loneTerminator() throws {
    let world = try World()
    let caller = world.answeredCall()
    caller.presses("#")
    world.run(until: { world.said == ["Are you still there?"] }, withinMs: 12_000)
    #expect(world.stage.requests.isEmpty)
  }

  // MARK: Transfer

  private func transferring(_ outcome: JSONValue, to target: String = "front") throws -> (World, Caller) {
    let world = try World { $0.transfers = ["front": "+41440000000"] }
    world.stage.line.transfer = (800, outcome)
    world.stage.think = { chat in
      chat.messages.last?.text.hasSuffix("[transfer failed]") == true
        ? Stage.says("Nobody is there.")
        : [.wait(100), .text("I connect you."), .end(["stop": "end", "transfer": .string(target)])]
    }
    let caller = world.answeredCall()
    caller.says("a person please", afterMs: 100)
    return (world, caller)
  }

  /// A transfer that is answered ends the call, after the agent's last word.
  @Test func transferAnswered() throws {
    let (world, caller) = try transferring(["outcome": "answered", "caller_kept": false])
    world.run(until: { world.isOver })
    #expect(caller.heard == "I connect you.")
    #expect(world.facts(Fact.Transfer.self).map(\.outcome) == [.answered])
    #expect(world.facts(Fact.CallEnded.self).last?.cause == .transferred)
    world.expectBaseline()
  }

  /// A transfer that nobody takes gives the caller back to the agent, which knows.
  @Test func transferRefused() throws {
    let (world, caller) = try transferring(["outcome": "busy", "caller_kept": true])
    world.run(until: { world.said.count == 2 })
    #expect(caller.heard == "I connect you. Nobody is there.")
    #expect(world.facts(Fact.Transfer.self).map(\.outcome) == [.busy])
    #expect(!world.isOver)
  }

  /// What the caller says or presses while they are being connected waits for the outcome: nobody answers them, and nobody asks whether
  /// they are still there.
  @Test func heardWhileConnecting() throws {
    let (world, caller) = try transferring(["outcome": "no_answer", "caller_kept": true])
    world.stage.line.transfer.afterMs = 25_000
    world.run(until: { !world.said.isEmpty })
    caller.says("is anybody there", afterMs: 500)
    world.run(until: { world.facts(Fact.SpeechEnded.self).count == 2 })
    world.run(ms: 1000)
    caller.presses("5#")
    world.run(until: { world.said.count == 2 }, withinMs: 30_000)
    #expect(caller.heard == "I connect you. Nobody is there.")
    #expect(world.stage.requests.map { $0.chat.messages.last?.text } == ["a person please", "is anybody there [dtmf 5] [transfer failed]"])
    #expect(world.facts(Fact.Heard.self).map(\.text) == ["a person please", "is anybody there"])
  }

  /// A recogniser that is lost while the caller is being connected is told of when nobody takes them.
  @Test(arguments: [true, false]) func lostWhileConnecting(isTaken: Bool) throws {
    let (world, caller) = try transferring(["outcome": isTaken ? "answered" : "busy", "caller_kept": .bool(!isTaken)])
    world.stage.line.transfer.afterMs = 5000
    world.run(until: { !world.said.isEmpty })
    world.stage.openingsOf["ears"] = .failing(afterMs: 10, ProviderError(.unavailable, "it broke", scope: .session))
    world.stage.earsFaults["ears"] = .cut(atSample: 0)
    world.run(until: { world.isOver }, withinMs: 30_000)
    #expect(caller.heard == (isTaken ? "I connect you." : "I connect you. \(Agent(id: "a", name: "a").lastResort)"))
    #expect(world.facts(Fact.CallEnded.self).last?.cause == (isTaken ? .transferred : .noProvider))
  }

  /// A target that is not on the agent's list is never dialled.
  @Test func unknownTarget() throws {
    let (world, caller) = try transferring(["outcome": "answered"], to: "elsewhere")
    world.run(until: { world.said.count == 2 })
    #expect(caller.heard == "I connect you. Nobody is there.")
    #expect(world.facts(Fact.Transfer.self).map(\.outcome) == [.unreachable])
  }
}
