// The manners of a synthetic caller, frame by frame.

import Testing
import Vox
@testable import WavCaller

@Suite struct CallerMachineTests {
  /// Plays a conversation: the agent is loud in the given spans (ms), each turn of the caller takes `turnMs`.
  /// Answers when each turn began and when the caller hung up.
  private func play(_ json: JSONValue, agent: [Range<Int>], turnMs: Int = 500, untilMs: Int = 60_000) throws -> (turns: [Int], end: Int?) {
    var machine = CallerMachine(try CallScript(json: json))
    var turns: [Int] = []
    var busyUntil = 0
    for now in stride(from: 0, to: untilMs, by: 20) {
      let isLoud = agent.contains { $0.contains(now) }
      switch machine.frame(agentIsLoud: isLoud, isActing: now < busyUntil) {
      case .listen: break
      case .begin(let turn):
        #expect(turn == turns.count)
        turns.append(now)
        busyUntil = now + turnMs
      case .hangUp: return (turns, now)
      }
    }
    return (turns, nil)
  }

  /// The caller waits for the greeting, answers 700 ms after it, and hangs up 700 ms after the reply.
  @Test func takesTurns() throws {
    let script: JSONValue = ["turns": [["file": "a.wav"]]]
    let call = try play(script, agent: [0..<2_000, 3_500..<5_000])
    #expect(call.turns == [2_680])
    #expect(call.end == 5_680)
  }

  /// A pause between two words of the agent is not the end of its speech.
  @Test func isPolite() throws {
    let call = try play(["turns": [["file": "a.wav"]], "hold_open": true], agent: [0..<1_000, 1_600..<2_400, 2_900..<4_000])
    #expect(call.turns == [4_680])
    #expect(call.end == nil)
  }

  /// A caller who interrupts begins the set time after the agent began, although the agent goes on.
  @Test func interrupts() throws {
    let script: JSONValue = ["turns": [["file": "a.wav", "wait": "agent_speaks", "after_ms": 800]]]
    let call = try play(script, agent: [400..<9_000])
    #expect(call.turns == [1_180])
  }

  /// What the agent says during the caller's turn is not the answer to it.
  @Test func waitsForTheAnswer() throws {
    let script: JSONValue = ["turns": [["file": "a.wav"], ["dtmf": "1"]]]
    let call = try play(script, agent: [0..<500, 1_300..<1_600, 2_500..<3_000])
    #expect(call.turns == [1_180, 3_680])
  }

  /// Pauses and turns without a cue follow one another by the clock alone.
  @Test func goesOnWithoutCue() throws {
    let script: JSONValue = ["turns": [["pause_ms": 300], ["file": "a.wav", "wait": "none", "after_ms": 200]], "hold_open": true]
    #expect(try play(script, agent: []).turns == [0, 700])
  }

  /// With a silent agent the caller goes on after its patience, and hangs up in the end.
  @Test func losesPatience() throws {
    let script: JSONValue = ["turns": [["file": "a.wav"]], "patience_ms": 2_000, "hang_up_after_ms": 3_000]
    let call = try play(script, agent: [])
    #expect(call.turns == [1_980])
    #expect(call.end == 5_460)
  }

  /// No call lasts longer than its script allows, whatever the agent does.
  @Test func endsInAnyCase() throws {
    let call = try play(["turns": [["file": "a.wav"]], "max_ms": 5_000, "hold_open": true], agent: [0..<60_000])
    #expect(call.end == 4_980)
  }

  /// A click on the line is not speech.
  @Test func ignoresClicks() throws {
    let call = try play(["turns": [["file": "a.wav"]], "patience_ms": 4_000, "hold_open": true], agent: [1_000..<1_040])
    #expect(call.turns == [3_980])
  }
}
