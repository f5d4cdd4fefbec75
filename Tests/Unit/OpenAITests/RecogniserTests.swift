// The recogniser in the host's hands, against the emulator.

import Loader
import PluginABI
import PluginHarness
import ProviderHarness
import Testing
import Vox

extension Emulated {
  struct Recognisers {
    let emulator: Emulator

    init() throws {
      emulator = try Emulated.emulator()
      try emulator.control(["script": ["transcripts": ["book a table", "for two"]]])
    }

    private func listen(_ settings: JSONValue = [:]) throws -> (VendorLab, VendorSession, Caller) {
      let lab = try Emulated.lab(emulator, settings)
      let session = try lab.openWarm(.stt, on: emulator)
      return (lab, session, Caller(session, try session.start(OpKind.listen, body: ["language": "en-US"])))
    }

    /// What was said is sent when the host asks for it, and comes as a final over its sound, then the mark; at the end comes the bill.
    @Test func hears() throws {
      let (lab, session, caller) = try listen()
      caller.says(ms: 600)
      session.finalize(caller.op, mark: 7)
      try lab.wait("the mark") { !session.events(.flushed, op: caller.op).isEmpty }
      let final = try #require(session.events(.transcript, op: caller.op).first)
      #expect(final.isFinal && final.text == "book a table" && final.end == 9_600)
      #expect(session.events(.flushed, op: caller.op).first?.value == 7 && session.events(.flushed, op: caller.op).first?.position == 9_600)
      caller.says(ms: 400)
      session.finalize(caller.op)
      try lab.wait("the end") { session.terminal(caller.op) != nil }
      let finals = session.events(.transcript, op: caller.op)
      #expect(finals.count == 2 && finals[1].position >= final.end && finals[1].end == 16_000)
      #expect(session.terminal(caller.op)?.kind == .completed)
      #expect(session.usage(caller.op)["audio_in_ms"] == 1_000 && session.usage(caller.op)["tokens_in"] ?? 0 > 0)
    }

    /// Silence is never sent: it is answered at once by an empty final; and what stands before speech is left out.
    @Test func silenceIsNotSent() throws {
      let (lab, session, caller) = try listen()
      let mark = try emulator.mark()
      caller.isSilent(ms: 3_000)
      session.finalize(caller.op, mark: 1)
      try lab.wait("the mark") { !session.events(.flushed, op: caller.op).isEmpty }
      #expect(session.events(.transcript, op: caller.op).map(\.text) == [""])
      #expect(try emulator.log("request", after: mark).isEmpty)
      caller.isSilent(ms: 3_000)
      caller.says(ms: 600)
      session.finalize(caller.op, mark: 2)
      try lab.wait("the words") { session.events(.transcript, op: caller.op).count == 2 }
      let final = session.events(.transcript, op: caller.op)[1]
      #expect(final.position > 48_000 && final.position <= 96_000 && final.end == 105_600)
    }

    /// Whoever speaks without end is heard in parts.
    @Test func longSpeech() throws {
      let (lab, session, caller) = try listen(["max_utterance_ms": 1_000])
      caller.says(ms: 1_200)
      try lab.wait("a part") { session.events(.transcript, op: caller.op).count == 1 }
      #expect(session.events(.transcript, op: caller.op).first?.end == 16_000)
    }

    /// Times of words come where the model tells them, as samples of the op.
    @Test func wordTimes() throws {
      try emulator.reset()
      let (lab, session, caller) = try listen(["transcription_format": "verbose_json", "transcription_model": "whisper-1"])
      #expect(session.session.traits.string("word_times") == "word")
      caller.says("w1 w2 w3")
      session.finalize(caller.op, mark: 1)
      try lab.wait("the words") { !session.events(.transcript, op: caller.op).isEmpty }
      let final = try #require(session.events(.transcript, op: caller.op).first)
      #expect(final.text == "w1 w2 w3" && final.words.map(\.text) == ["w1", "w2", "w3"])
      #expect(zip(final.words, final.words.dropFirst()).allSatisfy { $0.end <= $1.start })
    }

    /// A plain text is an answer too, for servers that know nothing else.
    @Test func plainText() throws {
      let (lab, session, caller) = try listen(["transcription_format": "text"])
      caller.says(ms: 600)
      session.finalize(caller.op)
      try lab.wait("the end") { session.terminal(caller.op) != nil }
      #expect(session.events(.transcript, op: caller.op).map(\.text) == ["book a table"])
    }

    /// A server that is slow holds the caller's sound back instead of losing it.
    @Test func backPressure() throws {
      try emulator.control(["timing": ["final_ms": 400]])
      let (lab, session, caller) = try listen(["max_utterance_ms": 1_000])
      caller.says(ms: 8_000)
      #expect(caller.isRefused && caller.position >= 4 * 16_000)
      try lab.wait("room") { !session.events(.resume, op: caller.op).isEmpty }
      session.finalize(caller.op)
      try lab.wait("the end") { session.terminal(caller.op) != nil }
      #expect(session.events(.transcript, op: caller.op).last?.end == caller.position)
    }

    /// What is no answer ends as a classified error.
    @Test(arguments: [
      ("garbage", ErrorClass.unavailable), ("truncate", .unavailable), ("oversize", .unavailable), ("redirect", .invalid),
      ("hang", .timeout),
      ("cut", .unavailable),
    ])
    func harmful(_ kind: String, _ cls: ErrorClass) throws {
      let (lab, session, caller) = try listen(WireFault.limits(kind))
      try emulator.control(["fault": ["kind": .string(kind)], "path": "/v1/audio/transcriptions"])
      caller.says(ms: 600)
      session.finalize(caller.op, mark: 1)
      try lab.wait("the failure") { session.terminal(caller.op) != nil }
      #expect(session.error(caller.op)?.cls == cls, "\(String(describing: session.error(caller.op)))")
    }

    /// A probe is one tiny request that proves the key, and brings no words.
    @Test func probe() throws {
      for (key, error) in [(emulator.key, nil), ("not-the-key", ErrorClass.auth)] {
        let lab = try Emulated.lab(emulator, key: key)
        let session = try lab.openWarm(.stt, on: emulator)
        let op = try lab.finish(session, OpKind.probe)
        #expect(session.error(op)?.cls == error && session.events(.transcript, op: op).isEmpty)
        if error == nil { #expect(session.usage(op)["audio_in_ms"] == 500) }
      }
    }

    /// The end of the call closes a request that is under way.
    @Test func cancelCloses() throws {
      let (lab, session, caller) = try listen()
      try emulator.control(["fault": "hang", "path": "/v1/audio/transcriptions"])
      let mark = try emulator.mark()
      caller.says(ms: 600)
      session.finalize(caller.op, mark: 1)
      try lab.wait("the request") { try !emulator.log("fault", after: mark).isEmpty }
      try lab.closesInTime(session, caller.op, on: emulator)
    }
  }
}
