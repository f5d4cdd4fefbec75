// What a description of a call may hold, and how a wrong one is refused.

import Testing
import Vox
import WavCaller

@Suite struct CallScriptTests {
  /// One file is played as soon as the line is open; turns wait for the agent.
  @Test func readsBothForms() throws {
    let one = try CallScript(json: ["file": "a.wav", "to": "100"])
    #expect(one.turns == [.init(.file("a.wav"), cue: .none, afterMs: 0)] && one.to == "100" && !one.holdsOpen)
    let more = try CallScript(json: ["turns": [["file": "a.wav"], ["dtmf": "12#"], ["pause_ms": 50]], "answer_after_ms": 400])
    #expect(
      more.turns == [
        .init(.file("a.wav"), cue: .agentDone, afterMs: 400), .init(.keys("12#"), cue: .agentDone, afterMs: 400),
        .init(.pause(ms: 50), cue: .none, afterMs: 0),
      ])
  }

  /// A caller with nothing to say holds the line until the agent hangs up.
  @Test func silentCallerHolds() throws {
    #expect(try CallScript(json: ["to": "100"]).holdsOpen)
  }

  /// Each mistake is named with its place.
  @Test(arguments: [
    (#"{"fiel": "a.wav"}"#, "/fiel"),
    (#"{"turns": [{"file": "a.wav", "dtmf": "1"}]}"#, "exactly one of"),
    (#"{"turns": [{}]}"#, "exactly one of"),
    (#"{"file": "a.wav", "record": "/etc/passwd"}"#, "must end in .wav"),
    (#"{"file": "a.wav", "report": "/etc/passwd"}"#, "must end in .json"),
    (#"{"file": 7}"#, "/file"),
    (#"{"file": "a.wav", "wait": "never"}"#, "/wait"),
    (#"[1]"#, "expected object"),
  ])
  func refuses(_ text: String, _ part: String) throws {
    let json = try JSONValue(parsing: text)
    let error = #expect(throws: CallScriptError.self) { try CallScript(json: json) }
    #expect(error?.description.contains(part) == true)
  }
}
