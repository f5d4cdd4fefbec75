// Tools: what is refused, what is too slow or too long, and what the caller hears meanwhile.

import Base
import Journal
import Tenants
import Testing
import Vox

@Suite struct ToolTests {
  /// A world whose model calls `name` with `arguments` and then says what the tool answered.
  private func world(
    calling name: String = "book", _ arguments: JSONValue = ["day": "friday"], _ agent: (inout Agent) throws -> Void = { _ in }
  ) throws -> World {
    let world = try World {
      $0.tools = [
        try Tool(
          name: "book", description: "books", provider: "hands",
          schema: ["type": "object", "properties": ["day": ["type": "string"]], "required": ["day"], "additionalProperties": false],
          timeoutMs: 3000, maxResultBytes: 200)
      ]
      try agent(&$0)
    }
    world.stage.think = { chat in
      guard let last = chat.messages.last, last.speaker == .tool, case .toolResult(_, let content, let isError)? = last.parts.first else {
        return [.wait(100), .tool(id: "t1", name: name, arguments), .end(["stop": "tool"])]
      }
      return Stage.says(isError ? "No: \(content)." : "Yes: \(content).")
    }
    return world
  }

  private func outcome(_ world: World) -> Fact.ToolCalled.Outcome? { world.facts(Fact.ToolCalled.self).first?.outcome }

  private func ask(_ world: World) -> Caller {
    let caller = world.answeredCall()
    caller.says("friday please", afterMs: 100)
    world.run(until: { world.facts(Fact.AgentSaid.self).contains { $0.source == .reply } })
    return caller
  }

  /// A tool does its work once, with a key of its own, and the model speaks of the result.
  @Test func aToolIsCalled() throws {
    let world = try world()
    world.stage.perform = { _, _ in Stage.Result(json: ["result": "ten-o-clock"]) }
    let caller = ask(world)
    #expect(world.stage.performed.count == 1)
    #expect(world.stage.performed.first?.key.isEmpty == false)
    #expect(caller.heard == "Yes: \"ten-o-clock\".")
    #expect(outcome(world) == .done)
    let last = try #require(world.stage.requests.last?.chat.messages)
    #expect(last.map(\.speaker) == [.user, .assistant, .tool])
    caller.hangsUp()
    world.expectBaseline()
  }

  /// The same call id in two turns is two pieces of work: their keys differ.
  @Test func keysDifferByTurn() throws {
    let world = try world()
    let caller = ask(world)
    let replies = world.said.count
    caller.says("monday please", afterMs: 100)
    world.run(until: { world.stage.performed.count == 2 && world.said.count > replies })
    #expect(Set(world.stage.performed.map(\.key)).count == 2)
  }

  /// Calls with the id of an earlier one, in the same answer or the next, or with none, are each done, and each has its own result.
  @Test(arguments: ["t1", ""]) func idsThatRepeat(_ id: String) throws {
    let world = try world()
    let call = { Stage.Step.tool(id: id, name: "book", ["day": .string($0)]) }
    world.stage.answers([
      [call("friday"), call("monday"), .end(["stop": "tool"])], [call("sunday"), .end(["stop": "tool"])], Stage.says("Booked."),
    ])
    world.stage.perform = { _, arguments in Stage.Result(json: ["result": arguments["day"] ?? .null]) }
    let caller = ask(world)
    #expect(caller.heard == "Booked." && Set(world.stage.performed.map(\.key)).count == 3)
    let parts = try #require(world.stage.requests.last?.chat.messages).flatMap(\.parts)
    let calls = parts.compactMap { if case .toolCall(let id, _, let arguments) = $0 { [id, arguments["day"]?.text] } else { nil } }
    let results = parts.compactMap { if case .toolResult(let id, let content, _) = $0 { [id, content] } else { nil } }
    #expect(Set(calls.map(\.[0])).count == 3 && calls == results)
  }

  /// A caller who breaks in while the model still says which tool it wants next leaves no result of a call that was never made.
  @Test func interruptedBetweenRounds() throws {
    let world = try world()
    let call = { Stage.Step.tool(id: $0, name: "book", ["day": "friday"]) }
    world.stage.answers([
      [call("t1"), .end(["stop": "tool"])],
      [.text("I look at another day for you as well. "), call("t2"), .wait(1200), call("t3"), .wait(1200), .end(["stop": "tool"])],
      Stage.says("Booked."),
    ])
    let caller = world.answeredCall()
    caller.says("friday please", afterMs: 100)
    world.run(until: { caller.words.count >= 2 })
    caller.says("no monday please", afterMs: 0)
    world.run(until: { world.said.contains("Booked.") })
    let parts = try #require(world.stage.requests.last?.chat.messages).flatMap(\.parts)
    #expect(parts.contains { if case .text(let text) = $0 { text.contains("monday") } else { false } })
    #expect(parts.compactMap { if case .toolResult(let id, _, _) = $0 { id } else { nil } } == ["t1"])
  }

  /// Arguments that do not fit the schema never reach the provider; the model is told why.
  @Test func schemaRefuses() throws {
    let world = try world(calling: "book", ["day": 5])
    let caller = ask(world)
    #expect(world.stage.performed.isEmpty)
    #expect(outcome(world) == .invalidArguments)
    #expect(caller.heard.hasPrefix("No: invalid arguments: /day"))
  }

  /// A tool that does not exist is refused with its name.
  @Test func unknownTool() throws {
    let world = try world(calling: "cook")
    let caller = ask(world)
    #expect(caller.heard.hasPrefix("No: there is no tool named cook"))
    #expect(outcome(world) == .failed)
  }

  /// A tool without a provider fails alone; the conversation goes on.
  @Test func missingProvider() throws {
    let world = try world { $0.tools = [try Tool(name: "book", description: "books", provider: "nobody")] }
    let caller = ask(world)
    #expect(caller.heard.hasPrefix("No: the tool is not available"))
  }

  /// A tool that never answers ends at its timeout, and the model goes on.
  @Test func timeout() throws {
    let world = try world()
    world.stage.perform = { _, _ in Stage.Result(isMute: true) }
    let caller = ask(world)
    #expect(outcome(world) == .timeout)
    #expect(caller.heard.contains("No: the tool failed"))
    #expect(world.facts(Fact.ToolCalled.self).first.map { abs($0.ms - 3000) < 20 } == true)
    #expect(world.stage.toolCancels == 1)
  }

  /// A tool whose session never opens ends at the tool's timeout as well.
  @Test func timeoutWhileOpening() throws {
    let world = try world()
    world.stage.openings[.tool] = .mute
    let caller = ask(world)
    #expect(caller.heard.contains("No: the tool failed"))
    #expect(world.facts(Fact.ToolCalled.self).first.map { $0.ms < 3100 } == true)
  }

  /// A result beyond the limit is dropped whole.
  @Test func resultTooLong() throws {
    let world = try world()
    world.stage.perform = { _, _ in Stage.Result(json: ["result": .string(String(repeating: "x", count: 300))]) }
    let caller = ask(world)
    #expect(outcome(world) == .resultTooLong)
    #expect(caller.heard.hasPrefix("No: the tool's result is longer than 200 bytes"))
  }

  /// A tool that fails is an answer like any other.
  @Test func toolFails() throws {
    let world = try world()
    world.stage.perform = { _, _ in Stage.Result(error: ProviderError(.unavailable, "the calendar is down")) }
    let caller = ask(world)
    #expect(caller.heard == "No: the tool failed: the calendar is down.")
    #expect(outcome(world) == .failed)
  }

  /// A model that calls tools for ever is stopped, and the caller hears something.
  @Test func endlessToolRounds() throws {
    let world = try world()
    var number = 0
    world.stage.think = { _ in
      number += 1
      return [.wait(50), .tool(id: "t\(number)", name: "book", ["day": "friday"]), .end(["stop": "tool"])]
    }
    let caller = world.answeredCall()
    caller.says("friday please", afterMs: 100)
    world.run(until: { world.facts(Fact.TurnEnded.self).contains { $0.outcome == .failed } })
    #expect(world.stage.performed.count == 6)
    #expect(number <= 8)
  }

  /// What a tool wants said meanwhile is heard before the answer, and the text before a tool call before that.
  @Test func textProgressAnswer() throws {
    let world = try world()
    world.stage.perform = { _, _ in Stage.Result(afterMs: 2500, progress: "Looking it up.") }
    world.stage.think = { chat in
      if chat.messages.last?.speaker == .tool { return Stage.says("It is booked.") }
      return [.wait(100), .text("Let me see."), .tool(id: "t1", name: "book", ["day": "friday"]), .end(["stop": "tool"])]
    }
    let caller = world.answeredCall()
    caller.says("friday please", afterMs: 100)
    world.run(until: { world.said.contains("It is booked.") })
    #expect(caller.heard == "Let me see. Looking it up. It is booked.")
    let last = try #require(world.stage.requests.last?.chat.messages)
    // A call is followed by its result and nothing else; what was said before and meanwhile precedes it.
    #expect(last.map(\.speaker) == [.user, .assistant, .assistant, .assistant, .tool])
    #expect(last.map(\.text) == ["friday please", "Let me see.", "Looking it up.", "", ""])
    world.run(ms: 1000)
    #expect(world.facts(Fact.TurnEnded.self).map(\.outcome) == [.answered])
  }

  /// A caller who hangs up while a tool runs leaves nothing behind.
  @Test func hangUpDuringTool() throws {
    let world = try world()
    world.stage.perform = { _, _ in Stage.Result(isMute: true) }
    let caller = world.answeredCall()
    caller.says("friday please", afterMs: 100)
    world.run(until: { !world.stage.performed.isEmpty })
    caller.hangsUp()
    world.expectBaseline()
    #expect(outcome(world) == .cancelled)
  }

  /// Words of which the recogniser is unsure never lead to a tool call: the agent asks back, and "yes" then is the answer.
  @Test func unsureWordsAreAskedBack() throws {
    let world = try world()
    world.stage.ears.confidences = [300]
    let caller = world.answeredCall()
    caller.says("friday please", afterMs: 100)
    world.run(until: { world.said.count == 1 })
    #expect(caller.heard == "Did you say: friday please?")
    #expect(world.stage.performed.isEmpty)
    #expect(world.stage.requests.isEmpty)
    caller.says("yes", afterMs: 200)
    world.run(until: { !world.stage.performed.isEmpty })
    #expect(world.stage.requests.first?.chat.messages.last?.text == "friday please")
    #expect(world.facts(Fact.Heard.self).map(\.use) == [.askedBack, .answered])
  }

  /// Words that cannot be made out at all are asked for again, not repeated.
  @Test func unclearWordsAreAskedForAgain() throws {
    let world = try world()
    world.stage.ears.confidences = [100]
    let caller = world.answeredCall()
    caller.says("friday please", afterMs: 100)
    world.run(until: { world.said.count == 1 })
    #expect(world.said == ["Sorry, I did not get that. Could you say it again?"])
    #expect(world.stage.performed.isEmpty)
  }

  /// Unsure words spoken over legal text are asked back as well, when it has been said.
  @Test func unsureWordsOverTheDisclosure() throws {
    let world = try world { $0.disclosure = "I am a machine and this call may be recorded for training purposes." }
    world.stage.ears.confidences = [300]
    let caller = world.answeredCall()
    caller.says("friday please", afterMs: 100)
    world.run(until: { world.said.count == 2 })
    #expect(world.said.last == "Did you say: friday please?")
    #expect(world.stage.performed.isEmpty)
  }

  /// After "no", the model sees the question that was asked.
  @Test func noIsSeenWithItsQuestion() throws {
    let world = try world()
    world.stage.ears.confidences = [300]
    let caller = world.answeredCall()
    caller.says("friday please", afterMs: 100)
    world.run(until: { world.said.count == 1 })
    caller.says("no monday", afterMs: 200)
    world.run(until: { !world.stage.requests.isEmpty })
    #expect(world.stage.requests.first?.chat.messages.map(\.text) == ["Did you say: friday please?", "no monday"])
  }
}
