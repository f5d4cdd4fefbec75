// The judgement over one op, event by event.

import PluginABI
import Testing
import Vox

@testable import Conformance

struct OpAuditTests {
  private func event(_ kind: EventKind, _ payload: SeenEvent.Payload) -> SeenEvent {
    SeenEvent(kind: kind, target: 1, op: 2, payload: payload)
  }

  private func voice(_ text: String = "one two") -> OpAudit { OpAudit(role: .tts, kind: OpKind.say, text: text, rate: 8_000) }

  /// Audio whose positions follow each other and whose count the result gives is right.
  @Test func contiguousAudio() {
    var audit = voice()
    #expect(audit.note(event(.ttsAudio, .audio(rate: 8_000, count: 160, position: 0))).isEmpty)
    #expect(audit.note(event(.ttsAudio, .audio(rate: 8_000, count: 1_600, position: 160))).isEmpty)
    #expect(audit.note(event(.completed, .text(#"{"samples":1760}"#, index: 0))).isEmpty)
  }

  /// A gap, a wrong rate, an empty piece and one of more than 200 ms each break the clause of audio.
  @Test(arguments: [(8_000, 160, 1), (16_000, 160, 0), (8_000, 0, 0), (8_000, 1_601, 0)])
  func wrongAudio(rate: UInt32, count: UInt32, position: UInt64) {
    var audit = voice()
    #expect(audit.note(event(.ttsAudio, .audio(rate: rate, count: count, position: position))).map(\.clause) == [.audio])
  }

  /// A word that cuts a character of several bytes, lies behind the text or ends before it begins is outside.
  @Test(arguments: [(0, 1, 0, 5, true), (0, 2, 0, 5, false), (4, 9, 0, 5, false), (0, 1, 5, 4, false)])
  func wordBounds(at: UInt32, length: UInt32, start: UInt64, end: UInt64, right: Bool) {
    var audit = voice("né à")
    var word = vox_word()
    (word.text_at, word.text_len, word.start, word.end) = (at, length, start, end)
    let words = SeenEvent.Words(text: "", start: 0, end: 5, isFinal: false, words: [word])
    #expect(audit.note(event(.ttsWords, .words(words))).isEmpty == right)
  }

  /// A word may not end after the audio it is said in.
  @Test func wordAfterAudio() {
    var audit = voice()
    var word = vox_word()
    (word.text_len, word.end) = (3, 200)
    _ = audit.note(event(.ttsWords, .words(.init(text: "", start: 0, end: 200, isFinal: false, words: [word]))))
    _ = audit.note(event(.ttsAudio, .audio(rate: 8_000, count: 160, position: 0)))
    #expect(audit.note(event(.completed, .text(#"{"samples":160}"#, index: 0))).map(\.clause) == [.speaks])
  }

  /// Finals may touch but not overlap, and nothing is heard beyond what was pushed.
  @Test func finals() {
    var audit = OpAudit(role: .stt, kind: OpKind.listen, text: "", rate: 8_000)
    audit.pushed = 1_000
    func final(_ start: UInt64, _ end: UInt64) -> [Breach] {
      audit.note(event(.transcript, .words(.init(text: "a", start: start, end: end, isFinal: true, words: []))))
    }
    #expect(final(0, 400).isEmpty)
    #expect(final(400, 800).isEmpty)
    #expect(final(799, 900).map(\.clause) == [.listens])
    #expect(final(900, 1_001).map(\.clause) == [.listens])
  }

  /// FLUSHED answers a mark that was asked for, once, and not before the finals it follows.
  @Test func flushed() {
    var audit = OpAudit(role: .stt, kind: OpKind.listen, text: "", rate: 8_000)
    audit.pushed = 1_000
    audit.marks = [7]
    #expect(audit.note(event(.flushed, .mark(position: 1_000, value: 7))).isEmpty)
    #expect(audit.note(event(.flushed, .mark(position: 1_000, value: 7))).map(\.clause) == [.listens])
  }

  /// Amounts rise per meter and label, and seq rises over all of them.
  @Test func usage() {
    var audit = OpAudit(role: .llm, kind: OpKind.chat, text: "", rate: 0)
    func used(_ seq: UInt32, _ amount: UInt64, _ meter: String) -> [Clause] {
      audit.note(event(.usage, .usage(seq: seq, amount: amount, meter: meter, label: ""))).map(\.clause)
    }
    #expect(used(0, 5, "tokens_in").isEmpty)
    #expect(used(1, 1, "tokens_out").isEmpty)
    #expect(used(2, 5, "tokens_in").isEmpty)
    #expect(used(2, 6, "tokens_in") == [.usage])
    #expect(used(3, 4, "tokens_in") == [.usage])
    #expect(used(4, 4, "") == [.usage])
  }

  /// A model stops for a known reason, and for a tool only when it called one with an object for arguments.
  @Test func modelResult() {
    func stop(_ result: String, after calls: [String] = []) -> [Clause] {
      var audit = OpAudit(role: .llm, kind: OpKind.chat, text: "", rate: 0)
      let seen = calls.flatMap { audit.note(event(.toolCall, .tool(id: "1", name: "a", arguments: $0))) }
      return (seen + audit.note(event(.completed, .text(result, index: 0)))).map(\.clause)
    }
    #expect(stop(#"{"stop":"end"}"#).isEmpty)
    #expect(stop(#"{"stop":"tool"}"#, after: ["{}"]).isEmpty)
    #expect(stop(#"{"stop":"tool"}"#) == [.answers])
    #expect(stop(#"{"stop":"bored"}"#) == [.answers])
    #expect(stop(#"{"stop":"tool"}"#, after: ["[]"]) == [.answers])
    #expect(stop("not JSON") == [.plainEvents])
  }

  /// A dial has one of the five outcomes; SPEAK counts what was pushed; ANSWER names its rate.
  @Test func lineResults() {
    func done(_ kind: UInt16, _ result: String) -> [Clause] {
      var audit = OpAudit(role: .telephony, kind: kind, text: "", rate: 8_000)
      audit.pushed = 320
      return audit.note(event(.completed, .text(result, index: 0))).map(\.clause)
    }
    #expect(done(OpKind.dial, #"{"outcome":"busy"}"#).isEmpty)
    #expect(done(OpKind.dial, "{}") == [.dials])
    #expect(done(OpKind.speak, #"{"played":320}"#).isEmpty)
    #expect(done(OpKind.speak, #"{"played":160}"#) == [.takesCalls])
    #expect(done(OpKind.answer, #"{"rate":8000}"#).isEmpty)
    #expect(done(OpKind.answer, "{}") == [.takesCalls])
  }
}
