// What a model writes reaches the voice as speech, and the books keep what it wrote.

@testable import Calls
import Glibc
import Journal
import Speech
import Tenants
import Testing
import Vox

/// What the model is asked between two turns.
private func isSummary(_ chat: ChatRequest) -> Bool { chat.messages.first?.text.hasPrefix("Summarise") == true }

@Suite struct SpokenAnswerTests {
  /// What the model was given with the last turn.
  private func lastQuestion(_ world: World) -> [ChatMessage] {
    world.stage.requests.last { !isSummary($0.chat) }?.chat.messages ?? []
  }

  /// Markup is taken out on the way to any voice; figures are written out for a voice that does not read them itself, and what is booked
  /// as said, and told to the model, is the written form.
  @Test func answersAreSpeakable() throws {
    let world = try World { $0.turnTaking.preemptiveGeneration = false }
    world.stage.traits[.tts] = ["normalises_text": false]
    world.stage.think = { _ in
      [
        .text("**Sure"), .text("** 😀 [sigh]! It costs $1"), .text("2.50 on 3/"), .text("14.\n- Call [us](http://a.example)"),
        .end(["stop": "end"]),
      ]
    }
    let caller = world.answeredCall()
    caller.says("what does it cost", afterMs: 500)
    world.run(until: { !world.said.isEmpty })
    #expect(world.stage.sayings == ["Sure!", "It costs twelve dollars and fifty cents on March fourteenth.", "Call us."])
    #expect(world.said == ["Sure [sigh]! It costs $12.50 on 3/14. Call us."])
    caller.says("thank you", afterMs: 500)
    world.run(until: { world.said.count == 2 })
    let told = world.stage.requests.last?.chat.messages.map(\.text)
    #expect(told?.contains("Sure [sigh]! It costs $12.50 on 3/14. Call us.") == true)
  }

  /// Cut off within a number, the caller counts as having heard what went before it, in the written form.
  @Test func cutWithinANumberCountsWhatWentBefore() throws {
    let world = try World { $0.turnTaking.preemptiveGeneration = false }
    world.stage.traits[.tts] = ["normalises_text": false]
    world.stage.answers([Stage.says("Please pay 123,456,789 dollars to me now and then come back tomorrow"), Stage.says("Well.")])
    let caller = world.answeredCall()
    caller.says("what does it cost", afterMs: 500)
    world.run(until: { caller.words.count >= 5 })
    caller.says("stop that please now", afterMs: 0)
    world.run(until: { !world.said.isEmpty })
    #expect(world.said.first == "Please pay")
  }

  /// A tag by itself is not given to a voice: nothing is left to say, and the call goes on.
  @Test func aTagAloneIsNothing() throws {
    let world = try World { $0.turnTaking.preemptiveGeneration = false }
    world.stage.answers([Stage.says("[laugh] 😀"), Stage.says("Yes.")])
    let caller = world.answeredCall()
    caller.says("tell me a joke", afterMs: 500)
    world.run(ms: 4000)
    #expect(world.stage.sayings.isEmpty)
    caller.says("are you there", afterMs: 0)
    world.run(until: { !world.said.isEmpty })
    #expect(world.said == ["Yes."])
  }

  /// A conversation that outgrew the model is sent without its oldest part; the newest words are there, and the call goes on.
  @Test func contextFitsTheModel() throws {
    let world = try World { $0.turnTaking.preemptiveGeneration = false }
    world.stage.traits[.llm] = ["context_tokens": 700]
    world.stage.think = { chat in
      isSummary(chat)
        ? [.end(["stop": "end"])] : [.text("Well, " + (0..<60).map { "w\($0 % 10)" }.joined(separator: " ") + "."), .end(["stop": "end"])]
    }
    let caller = world.answeredCall()
    for turn in 1...6 {
      caller.says("and now number t\(turn)", afterMs: 500)
      world.run(until: { world.said.count == turn })
    }
    let last = lastQuestion(world)
    #expect(last.last?.text == "and now number t6")
    #expect(last.first?.text.contains("left out") == true)
    #expect(!last.contains { $0.text == "and now number t1" })
  }

  /// A conversation that fills the model is summarised between two turns, without anybody waiting for it; the model is given the summary
  /// in the place of what it stands for, and the caller hears nothing of it.
  @Test func longCallsAreSummarised() throws {
    let world = try World { $0.turnTaking.preemptiveGeneration = false }
    world.stage.traits[.llm] = ["context_tokens": 2500]
    world.stage.think = { chat in
      if isSummary(chat) {
        return [.wait(3000), .text("The caller counted "), .text("up to three."), .end(["stop": "end"])]
      }
      return [.text("Well, " + (0..<220).map { "w\($0 % 10)" }.joined(separator: " ") + "."), .end(["stop": "end"])]
    }
    let caller = world.answeredCall()
    for turn in 1...12 {
      caller.says("and now number t\(turn)", afterMs: 500)
      world.run(until: { world.said.count == turn }, withinMs: 200_000)
    }
    let last = lastQuestion(world)
    #expect(last.last?.text == "and now number t12")
    #expect(last.contains { $0.speaker == .system && $0.text.contains("The caller counted up to three.") })
    #expect(!last.contains { $0.text == "and now number t1" } && !last.contains { $0.text.contains("left out") })
    #expect(world.said.allSatisfy { $0.hasPrefix("Well, w0") })
    #expect(world.facts(Fact.Attempt.self).contains { $0.op == "summarise" && $0.outcome == .won })
    #expect(world.understood.count == 12)
  }

  /// A model that does not summarise costs nothing but the oldest turns, and is not asked again in every turn.
  @Test func aSummaryThatDoesNotCome() throws {
    let world = try World { $0.turnTaking.preemptiveGeneration = false }
    world.stage.traits[.llm] = ["context_tokens": 2500]
    world.stage.think = { chat in
      if isSummary(chat) { return [.wait(100), .end(["stop": "end"])] }
      return [.text("Well, " + (0..<220).map { "w\($0 % 10)" }.joined(separator: " ") + "."), .end(["stop": "end"])]
    }
    let caller = world.answeredCall()
    for turn in 1...12 {
      caller.says("and now number t\(turn)", afterMs: 500)
      world.run(until: { world.said.count == turn }, withinMs: 200_000)
    }
    let asked = Set(world.facts(Fact.Attempt.self).filter { $0.op == "summarise" }.map(\.turn))
    #expect((1...3).contains(asked.count), "in turns \(asked)")
    let last = lastQuestion(world)
    #expect(last.contains { $0.text.contains("left out") } && last.last?.text == "and now number t12")
    #expect(world.said.count == 12)
  }

  /// A loud voice and the soft one that takes over are equally loud once each has said a piece.
  @Test func voicesAreLevelled() {
    let levels = VoiceLevels()
    func peak(_ name: String, _ size: Double) -> Int {
      let leveller = Leveller(levels, target: VoiceLevel.Target(), rate: 8000)
      let tone = (0..<16_000).map { Int16(size * sin(2 * .pi * 997 * Double($0) / 8000)) }
      var highest = 0
      for _ in 0..<2 {
        leveller.begin(VoiceLevels.Voice(provider: name, voice: ""))
        var written = 0
        tone.withUnsafeBufferPointer { samples in
          leveller.level(samples) { part in
            written += part.count
            // The last part counts: the first may still be on its way to the gain.
            highest = part.reduce(0) { max($0, Int($1.magnitude)) }
          }
        }
        #expect(written == tone.count)
        leveller.pieceEnded()
      }
      return highest
    }
    let loud = peak("loud", 20_000)
    _ = peak("soft", 2_000)
    // Begun anew by another call, the gain is there from the first sample.
    let soft = peak("soft", 2_000)
    #expect(abs(loud - soft) < 500 && abs(Double(soft) - 5205) < 400, "\(loud) and \(soft)")
  }
}
