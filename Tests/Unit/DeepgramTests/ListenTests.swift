// The recogniser in the host's hands, against the vendor's emulator: what it hears, and where.

import Loader
import PluginABI
import PluginHarness
import ProviderHarness
import Testing
import Vox

extension Emulated {
  struct Listens {
    let emulator: Emulator

    init() throws { emulator = try Emulated.emulator() }

    private static let flux: JSONValue = ["model": "flux-general-en"]

    /// Guesses come while words are said, then finals with the times of each word in samples of the op; the audio is counted to the
    /// millisecond, and the stream ends as the vendor asks for.
    @Test(arguments: [8_000, 16_000]) func hears(_ rate: Int) throws {
      let lab = try Emulated.lab(emulator, ["punctuate": false, "keyterms": ["w1 w2", "x"], "language": "en"])
      let session = try lab.open(.stt, rate: rate)
      let mark = try emulator.mark()
      let op = try session.start(OpKind.listen)
      let sound = WordCode.silence(200, rate: rate) + WordCode.sound("w1 w2 q3", rate: rate) + WordCode.silence(600, rate: rate)
      _ = try session.say(sound + WordCode.sound("x4", rate: rate), to: op, rate: rate, in: lab)
      session.finalize(op)
      try lab.wait("the end") { session.terminal(op) != nil }
      #expect(session.terminal(op)?.kind == .completed && session.finals(op) == ["w1 w2 q3", "x4"])
      let transcripts = session.events(.transcript, op: op)
      #expect(transcripts.contains { !$0.isFinal && !$0.text.isEmpty })
      let words = transcripts.filter(\.isFinal).flatMap(\.words)
      #expect(words.map(\.text) == ["w1", "w2", "q3", "x4"])
      for (word, ms) in zip(words, [200, 360, 520, 1280]) {
        #expect(abs(Int(word.start) - ms * rate / 1000) <= rate / 50 && word.end > word.start)
      }
      let total = UInt64(sound.count + 160 * rate / 1000)
      var end: UInt64 = 0
      for final in transcripts where final.isFinal {
        #expect(final.position >= end && final.end >= final.position && final.end <= total)
        end = final.end
      }
      #expect(session.usage(op) == ["audio_in_ms": total * 1000 / UInt64(rate)])
      #expect(try Emulated.sent(emulator, after: mark) == ["CloseStream"])
      #expect(try Emulated.bytes(emulator, after: mark) == Int(total) * 2)
      // The connection was there before.
      #expect(try emulator.log("accepted", after: mark).isEmpty)
      #expect(session.events(op: op).first?.kind == .accepted)
    }

    /// The stream is opened in the language of the call, unless the operator has named one; what was spoken is told where the model hears
    /// several.
    @Test(
      arguments: [([:], "de", ""), (["language": "multi"], "multi", "en"), (["language": ""], nil, "")] as [(JSONValue, String?, String)])
    func languages(_ settings: JSONValue, _ asked: String?, _ heard: String) throws {
      let lab = try Emulated.lab(emulator, settings)
      let mark = try emulator.mark()
      let session = try lab.open(.stt, context: ["language": "de-DE"])
      let query = try emulator.log("request", after: mark).last { $0["path"] == "/v1/listen" }?["query"]?.array ?? []
      #expect(query.contains { $0.array?.first == "model" })
      #expect(query.first { $0.array?.first == "language" }?.array?.last?.string == asked)
      let op = try session.start(OpKind.listen)
      _ = try session.say(WordCode.sound("w1 w2") + WordCode.silence(600), to: op, in: lab)
      session.finalize(op)
      try lab.wait("the end") { session.terminal(op) != nil }
      #expect(session.events(.transcript, op: op).filter { $0.isFinal && !$0.text.isEmpty }.map(\.language) == [heard])
    }

    /// A flush settles what was said at once; one that has nothing to settle is answered by time.
    @Test func flushes() throws {
      let lab = try Emulated.lab(emulator, ["endpointing_ms": 0, "flush_ms": 200])
      let session = try lab.open(.stt)
      #expect(session.session.traits.int("input_rate_permille") == 1_250)
      let op = try session.start(OpKind.listen)
      session.finalize(op, mark: 6)
      try lab.wait("the answer before any audio") { session.events(.flushed, op: op).count == 1 }
      let end = try session.say(WordCode.sound("w1 w2"), to: op, in: lab)
      session.finalize(op, mark: 7)
      try lab.wait("the answer") { session.events(.flushed, op: op).count == 2 }
      let flushed = session.events(.flushed, op: op)
      #expect(session.finals(op) == ["W1 w2."] && flushed.map(\.value) == [6, 7])
      #expect(flushed[1].position == session.events(.transcript, op: op).last?.end && flushed[1].position == end)
      session.finalize(op, mark: 8)
      let asked = lab.nowMs
      try lab.wait("the answer to nothing") { session.events(.flushed, op: op).count == 3 }
      #expect(session.events(.flushed, op: op).last?.value == 8 && lab.nowMs - asked >= 190)
      #expect(session.events(.flushed, op: op).last?.position == end)
    }

    /// A final with empty text says how far the audio is dealt with.
    @Test func emptyFinals() throws {
      let lab = try Emulated.lab(emulator)
      let session = try lab.open(.stt)
      let op = try session.start(OpKind.listen)
      _ = try session.say(WordCode.silence(6_000), to: op, in: lab)
      try lab.wait("the empty final") { !session.events(.transcript, op: op).isEmpty }
      let final = try #require(session.events(.transcript, op: op).first)
      #expect(final.isFinal && final.text.isEmpty && final.end >= 79_000 && final.end <= 96_000)
    }

    /// A stream outlives the vendor's idle limit before and between words, and positions are none the worse for it.
    @Test(arguments: [["idle": "keep_alive"], ["idle": "silence"], ["model": "flux-general-en"]] as [JSONValue])
    func staysAlive(_ settings: JSONValue) throws {
      try emulator.control(["timing": ["idle_ms": 500]])
      let lab = try Emulated.lab(emulator, settings.merging(["keep_alive_ms": 100, "punctuate": false]))
      let session = try lab.open(.stt)
      let mark = try emulator.mark()
      try lab.run(ms: 1_000)
      #expect(session.failure == nil)
      let sent = try Emulated.sent(emulator, after: mark)
      #expect(settings["idle"] == "keep_alive" ? sent.count > 5 && Set(sent) == ["KeepAlive"] : sent.isEmpty)
      // The vendor closes a stream that never has audio, whatever else it gets.
      #expect(try Emulated.bytes(emulator, after: mark) >= 3_200)
      let op = try session.start(OpKind.listen)
      var end = try session.say(WordCode.silence(100) + WordCode.sound("w1 w2") + WordCode.silence(800), to: op, in: lab)
      try lab.run(ms: 600)
      end = try session.say(WordCode.sound("w3"), to: op, at: end, in: lab)
      session.finalize(op)
      try lab.wait("the end") { session.terminal(op) != nil }
      #expect(session.failure == nil && session.finals(op) == ["w1 w2", "w3"])
      let words = session.events(.transcript, op: op).filter(\.isFinal).flatMap(\.words)
      for (word, ms) in zip(words, [100, 260, 1220]) { #expect(abs(Int(word.start) - ms * 16) <= 640) }
    }

    /// Flux tells turns apart: speech begins, the turn may end early, goes on, and ends.
    @Test func fluxTurns() throws {
      let lab = try Emulated.lab(emulator, Self.flux.merging(["eager_eot_threshold": 0.4, "eot_threshold": 0.9]))
      let session = try lab.open(.stt)
      let op = try session.start(OpKind.listen)
      let sound =
        WordCode.silence(200) + WordCode.sound("w1 w2") + WordCode.silence(300) + WordCode.sound("w3") + WordCode.silence(700)
        + WordCode.sound("q1 q2")
        + WordCode.silence(700)
      _ = try session.say(sound, to: op, in: lab)
      try lab.wait("two turns") { session.finals(op).count == 2 && session.events(.turnEnd, op: op).count >= 3 }
      #expect(session.finals(op) == ["w1 w2 w3", "q1 q2"])
      let marks = session.events(op: op).filter { [.speechStarted, .turnEnd, .turnResumed].contains($0.kind) }
      let kinds = marks.map { $0.kind == .turnEnd && $0.flags & UInt16(VOX_TURN_EAGER) != 0 ? "eager" : "\($0.kind.rawValue)" }
      #expect(kinds == ["256", "eager", "259", "eager", "258", "256", "eager", "258"])
      #expect(marks.filter { $0.kind == .turnEnd }.allSatisfy { $0.value >= 400 && $0.value <= 1_000 })
      // A turn's final comes before its end.
      let order = session.events(op: op).filter { $0.isFinal && $0.kind == .transcript || $0.kind == .turnEnd && $0.flags == 0 }
      #expect(order.map(\.kind) == [.transcript, .turnEnd, .transcript, .turnEnd])
      session.finalize(op)
      try lab.wait("the end") { session.terminal(op) != nil }
      #expect(session.terminal(op)?.kind == .completed)
    }

    /// The words of a turn that is under way when the audio ends are not lost, although Flux ends no turn with its stream.
    @Test func fluxEnds() throws {
      let lab = try Emulated.lab(emulator, Self.flux)
      let session = try lab.open(.stt)
      #expect(session.session.traits.bool("turn_end") && !session.session.traits.bool("flush"))
      let mark = try emulator.mark()
      let op = try session.start(OpKind.listen)
      _ = try session.say(WordCode.sound("w1 w2"), to: op, in: lab)
      session.finalize(op)
      try lab.wait("the end") { session.terminal(op) != nil }
      #expect(session.terminal(op)?.kind == .completed && session.finals(op) == ["w1 w2"])
      try lab.wait("the end of the stream") { try Emulated.sent(emulator, after: mark) == ["ForceEndTurn", "CloseStream"] }
    }

    /// A pause ends the turn where the setting says so, and only there; a mark that is waited for is asked for, whatever else is set.
    @Test func novaTurnEnd() throws {
      let lab = try Emulated.lab(emulator)
      for (setting, ms, turns) in [("none", 800, 0), ("speech_final", 800, 2), ("utterance_end", 800, 2), ("utterance_end", 0, 2)] {
        let session = try lab.open(
          .stt, settings: ["turn_end": .string(setting), "utterance_end_ms": .int(Int64(ms)), "speech_started": true])
        #expect(session.session.traits.bool("turn_end") == (turns > 0) && session.session.traits.bool("flush"))
        let op = try session.start(OpKind.listen)
        _ = try session.say(
          WordCode.sound("w1 w2") + WordCode.silence(1_200) + WordCode.sound("w3") + WordCode.silence(1_200), to: op, in: lab)
        session.finalize(op)
        try lab.wait("the end") { session.terminal(op) != nil }
        #expect(session.events(.turnEnd, op: op).count == turns && session.events(.speechStarted, op: op).count == 2)
      }
    }

    /// A session listens again after an op has ended or was cancelled, on a fresh stream.
    @Test func listensAgain() throws {
      let lab = try Emulated.lab(emulator)
      let session = try lab.open(.stt)
      for round in 0..<4 {
        let op = try session.start(OpKind.listen)
        _ = try session.say(WordCode.sound("w1 w2") + WordCode.silence(500), to: op, in: lab)
        try lab.wait("the words") { !session.finals(op).isEmpty }
        if round % 2 == 0 { session.finalize(op) } else { session.cancel(op, reason: .superseded) }
        try lab.wait("the end") { session.terminal(op) != nil }
        #expect(session.terminal(op)?.kind == (round % 2 == 0 ? .completed : .cancelled))
        #expect(session.usage(op)["audio_in_ms"] == 820)
      }
    }

    /// A cancelled op closes its stream at once, tells what it used, and sends nothing more.
    @Test func cancels() throws {
      let lab = try Emulated.lab(emulator)
      let session = try lab.open(.stt)
      let op = try session.start(OpKind.listen)
      _ = try session.say(WordCode.sound("w1 w2"), to: op, in: lab)
      let mark = try emulator.mark()
      let at = lab.nowMs
      session.cancel(op, reason: .hangUp)
      try lab.wait("the close") { try !emulator.log("closing", after: mark).isEmpty }
      #expect(lab.isAtOnce(try emulator.log("closing", after: mark).first?["t"]?.double, after: at))
      try lab.wait("the end") { session.terminal(op) != nil }
      #expect(session.terminal(op)?.kind == .cancelled && session.usage(op)["audio_in_ms"] == 320)
      let later = try emulator.mark()
      #expect(session.push(WordCode.silence(20), to: op, position: 5_120) == .stale)
      try lab.run(ms: 100)
      #expect(try emulator.log("frame", after: later).isEmpty && emulator.log("accepted", after: mark).isEmpty)
    }

    /// Audio that comes faster than the socket takes it is held back, and every sample arrives.
    @Test func holdsBack() throws {
      let lab = try Emulated.lab(emulator)
      let session = try lab.open(.stt)
      let mark = try emulator.mark()
      let op = try session.start(OpKind.listen)
      let sound = WordCode.silence(60_000)
      let end = try session.say(sound, to: op, in: lab)
      #expect(end == UInt64(sound.count) && !session.events(.resume, op: op).isEmpty)
      session.finalize(op)
      try lab.wait("the end") { session.terminal(op) != nil }
      #expect(try Emulated.bytes(emulator, after: mark) == 2 * sound.count)
      #expect(session.usage(op) == ["audio_in_ms": 60_000])
    }

    /// The words of a lost stream: the error says that the same may be tried again, and usage is told before it.
    @Test func losesTheStream() throws {
      try emulator.control(["fault": ["kind": "cut", "after": 2], "path": "/v1/listen"])
      let lab = try Emulated.lab(emulator)
      let session = try lab.open(.stt)
      let op = try session.start(OpKind.listen)
      _ = try session.say(WordCode.sound("w1 w2 w3 w4 w5 w6 w7 w8") + WordCode.silence(500), to: op, in: lab)
      try lab.wait("the loss") { session.terminal(op) != nil && session.failure != nil }
      #expect(session.terminal(op)?.error?.cls == .unavailable && session.usage(op)["audio_in_ms"] ?? 0 > 0)
    }

    /// Whatever comes in place of a message ends as a classified error of the session, or does no harm.
    @Test(arguments: ["garbage", "invalid_utf8", "truncate", "oversize"]) func badMessages(_ kind: String) throws {
      try emulator.control(["fault": ["kind": .string(kind)], "path": "/v1/listen"])
      let lab = try Emulated.lab(emulator)
      let session = lab.begin(.stt)
      try lab.wait("the session") { session.isReady || session.failure != nil }
      if session.isReady, let op = try? session.start(OpKind.listen) {
        _ = try session.say(WordCode.sound("w1 w2") + WordCode.silence(500), to: op, in: lab)
      }
      try lab.wait("the loss") { session.failure != nil }
      #expect(session.failure?.cls == .unavailable && session.failure?.scope == .session)
    }

    /// Messages in single bytes and kinds that nobody knows change nothing.
    @Test(arguments: ["split", "novelty"]) func oddMessages(_ kind: String) throws {
      try emulator.control(["fault": ["kind": .string(kind)], "path": "/v1/listen"])
      let lab = try Emulated.lab(emulator)
      let session = try lab.open(.stt)
      let op = try session.start(OpKind.listen)
      _ = try session.say(WordCode.sound("w1 w2") + WordCode.silence(500), to: op, in: lab)
      session.finalize(op)
      try lab.wait("the end") { session.terminal(op) != nil }
      #expect(session.terminal(op)?.kind == .completed && session.finals(op) == ["W1 w2."])
    }

    /// A vendor that never ends the stream does not hold the op for ever.
    @Test func silentVendor() throws {
      try emulator.control(["fault": ["kind": "stall"], "path": "/v1/listen"])
      let lab = try Emulated.lab(emulator, ["end_ms": 200])
      let session = try lab.open(.stt)
      let op = try session.start(OpKind.listen)
      _ = try session.say(WordCode.sound("w1 w2"), to: op, in: lab)
      session.finalize(op)
      try lab.wait("the end") { session.terminal(op) != nil }
      #expect(session.error(op)?.cls == .timeout && session.error(op)?.scope == .session)
    }

    /// A setting that cannot be names itself, and the vendor's own refusal of one comes through.
    @Test func badSettings() throws {
      let lab = try Emulated.lab(emulator)
      #expect(throws: ProviderError.self) { try lab.open(.stt, settings: ["endpointing_ms": "soon"]) }
      try lab.wait("the name of the setting") { lab.log.contains { $0.contains("endpointing_ms") } }
      let session = lab.begin(.stt, settings: ["model": "nova-9"])
      try lab.wait("the refusal") { session.failure != nil }
      #expect(session.failure?.code == "INVALID_QUERY_PARAMETER" && session.failure?.message.contains("nova-9") == true)
    }
  }
}
