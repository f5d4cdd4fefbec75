// The voice in the host's hands, against the vendor's emulator: what it says, and when it stops.

import Loader
import PluginABI
import PluginHarness
import ProviderHarness
import Testing
import Vox

extension Emulated {
  struct Voices {
    let emulator: Emulator

    init() throws { emulator = try Emulated.emulator() }

    private static let rest: JSONValue = ["transport": "rest"]
    private static let both: [JSONValue] = [["transport": "websocket"], rest]

    /// A text becomes its sound, whole and in order, with its characters counted, on the connection that was there before.
    @Test(arguments: both, [8_000, 16_000, 24_000]) func speaks(_ settings: JSONValue, _ rate: Int) throws {
      let lab = try Emulated.lab(emulator, settings)
      let session = try open(lab, settings, rate: rate)
      let mark = try emulator.mark()
      let isSocket = settings["transport"] == "websocket"
      try lab.staysWarm(emulator, requests: isSocket ? 0 : 2) {
        for text in ["w1 w2 w3. q4 q5!", "x6"] {
          let op = try lab.say(text, session)
          let wanted = WordCode.sound(text.filter { $0 != "." && $0 != "!" }, rate: rate)
          #expect(WordCode.same(session.samples(op), wanted))
          #expect(session.terminal(op)?.json["samples"]?.int == wanted.count)
          #expect(session.usage(op) == ["characters": UInt64(text.count)])
          #expect(session.events(op: op).first?.kind == .accepted)
        }
      }
      if isSocket {
        #expect(try Emulated.sent(emulator, after: mark) == ["Speak", "Flush", "Speak", "Flush"])
      }
    }

    /// The vendor's voices are listed to a voice, the models that hear a stream to a recogniser, each once.
    @Test func lists() throws {
      let lab = try Emulated.lab(emulator)
      let voice = try lab.open(.tts)
      let voices = try lab.finish(voice, OpKind.voices)
      #expect(voice.listed("voices", voices) == ["aura-2-thalia-en", "aura-2-viktoria-de"])
      #expect(voice.terminal(voices)?.json["voices"]?.array?.last?["languages"] == ["de"])
      let ears = try lab.open(.stt)
      #expect(ears.listed("models", try lab.finish(ears, OpKind.models)) == ["nova-3-general", "nova-2-general"])
    }

    /// The first sound leaves when it comes, long before the text is whole.
    @Test(arguments: both) func firstSoundAtOnce(_ settings: JSONValue) throws {
      try emulator.control(["timing": ["real_time_factor": 1]])
      let lab = try Emulated.lab(emulator, settings)
      let session = try open(lab, settings)
      let op = try session.start(OpKind.say, text: "w1 w2 w3 w4 w5 w6 w7 w8 w9 w10")
      try lab.wait("the first sound") { !session.samples(op).isEmpty }
      #expect(session.terminal(op) == nil && session.samples(op).count <= 8_000)
    }

    /// The second text is made while the first sounds, and comes after it.
    @Test(arguments: both) func twoAtATime(_ settings: JSONValue) throws {
      let lab = try Emulated.lab(emulator, settings)
      let session = try open(lab, settings)
      let first = try session.start(OpKind.say, text: "w1 w2 w3")
      let second = try session.start(OpKind.say, text: "q1 q2")
      try lab.wait("the end") { session.terminal(second) != nil }
      let order = session.heard.filter { $0.kind == .ttsAudio }.map(\.op)
      #expect(order == order.filter { $0 == first.raw } + order.filter { $0 == second.raw })
      #expect(session.samples(first).count == 7_680 && session.samples(second).count == 5_120)
      let ops = try (0..<3).map { _ in try session.start(OpKind.say, text: "w1 w2") }
      try lab.wait("the refusal of a third") { session.error(ops[2])?.code == "ops_full" }
    }

    /// A text that is still being written is given word by word and flushed once; nothing of it waits for its end but the sound of the last
    /// sentence.
    @Test func grows() throws {
      let lab = try Emulated.lab(emulator)
      let session = try lab.open(.tts)
      let mark = try emulator.mark()
      let op = try session.start(OpKind.say, flags: UInt16(VOX_TTS_GROWS), text: "w1")
      for more in [" w2 w3.", " w4", #" \{pause:"#, #"500ms\} w5"#] { #expect(session.session.push(op, more) == vox_status(VOX_OK)) }
      try lab.wait("the first sentence") { session.samples(op).count >= 3 * 2_560 }
      #expect(session.terminal(op) == nil)
      session.session.finalize(op)
      try lab.wait("the end") { session.terminal(op) != nil }
      #expect(WordCode.same(session.samples(op), WordCode.sound("w1 w2 w3 w4 w5")))
      #expect(session.usage(op) == ["characters": 16])
      #expect(try Emulated.sent(emulator, after: mark) == ["Speak", "Speak", "Speak", "Speak", "Flush"])
    }

    /// Cancelled while it grows, a text is forgotten by the vendor, and the next one is heard alone.
    @Test func cancelsWhatGrows() throws {
      let lab = try Emulated.lab(emulator)
      let session = try lab.open(.tts)
      let mark = try emulator.mark()
      let op = try session.start(OpKind.say, flags: UInt16(VOX_TTS_GROWS), text: "w1 w2")
      #expect(session.session.push(op, " w3") == vox_status(VOX_OK))
      session.cancel(op)
      #expect(session.session.push(op, " w4") == vox_status(VOX_STALE))
      let next = try session.start(OpKind.say, text: "q1")
      try lab.wait("the end") { session.terminal(next) != nil && session.terminal(op) != nil }
      #expect(WordCode.same(session.samples(next), WordCode.sound("q1")))
      #expect(try Emulated.sent(emulator, after: mark) == ["Speak", "Speak", "Clear", "Speak", "Flush"])
    }

    /// The second text waits for the first with all that comes for it meanwhile.
    @Test func growsBehindAnother() throws {
      let lab = try Emulated.lab(emulator)
      let session = try lab.open(.tts)
      let first = try session.start(OpKind.say, flags: UInt16(VOX_TTS_GROWS), text: "w1")
      let second = try session.start(OpKind.say, flags: UInt16(VOX_TTS_GROWS), text: "q1")
      #expect(session.session.push(second, " q2") == vox_status(VOX_OK))
      session.session.finalize(second)
      session.session.finalize(first)
      try lab.wait("the end") { session.terminal(second) != nil }
      #expect(WordCode.same(session.samples(first), WordCode.sound("w1")))
      #expect(WordCode.same(session.samples(second), WordCode.sound("q1 q2")))
    }

    /// Over HTTP a text must be whole, which the session says when it is ready; one that grows longer than the vendor takes is refused.
    @Test func growsWithinLimits() throws {
      let lab = try Emulated.lab(emulator, Self.rest)
      let rest = try open(lab, Self.rest)
      #expect(!rest.session.traits.bool("text_grows"))
      let op = try rest.start(OpKind.say, flags: UInt16(VOX_TTS_GROWS), text: "w1")
      try lab.wait("the refusal") { rest.error(op)?.code == "text_grows" }
      let other = try Emulated.lab(emulator)
      let socket = try other.open(.tts)
      let long = try socket.start(OpKind.say, flags: UInt16(VOX_TTS_GROWS), text: "w1")
      _ = socket.session.push(long, String(repeating: " word", count: 250))
      try other.wait("the refusal") { socket.error(long)?.code == "text_too_long" }
    }

    /// A text that is cancelled stops the vendor at once and asks for nothing more; the next one is heard alone.
    @Test(arguments: both) func cancels(_ settings: JSONValue) throws {
      try emulator.control(["timing": ["real_time_factor": 1]])
      let lab = try Emulated.lab(emulator, settings)
      let session = try open(lab, settings)
      let op = try session.start(OpKind.say, text: "w1 w2 w3 w4 w5 w6 w7 w8 w9 w10")
      try lab.wait("the first sound") { !session.samples(op).isEmpty }
      let mark = try emulator.mark()
      let at = lab.nowMs
      session.cancel(op)
      let isSocket = settings["transport"] == "websocket"
      try lab.wait("the stop") {
        isSocket ? try Emulated.sent(emulator, after: mark) == ["Clear"] : try !emulator.log("aborted", after: mark).isEmpty
      }
      let stop = try emulator.log(isSocket ? "frame" : "aborted", after: mark).first { $0["direction"]?.string != "out" }
      #expect(lab.isAtOnce(stop?["t"]?.double, after: at))
      try lab.wait("the end") { session.terminal(op) != nil }
      #expect(session.terminal(op)?.kind == .cancelled && session.usage(op) == ["characters": 30])
      #expect(session.events(.usage, op: op).last?.flags == UInt16(VOX_USAGE_ESTIMATED))
      let heard = session.samples(op).count
      let next = try session.start(OpKind.say, text: "q1 q2")
      try lab.wait("the next text") { session.terminal(next) != nil }
      #expect(WordCode.same(session.samples(next), WordCode.sound("q1 q2")) && session.samples(op).count == heard)
      if isSocket { #expect(try emulator.log("accepted", after: mark).isEmpty) }
    }

    /// Cancelled and asked anew without a pause, the voice never mixes texts.
    @Test func cancelsInARow() throws {
      let lab = try Emulated.lab(emulator)
      let session = try lab.open(.tts)
      for round in 0..<12 {
        let op = try session.start(OpKind.say, text: "w1 w2 w3 w4 w5 w6")
        if round % 3 > 0 { try lab.wait("some sound") { session.samples(op).count > round * 500 || session.terminal(op) != nil } }
        session.cancel(op)
      }
      let op = try session.start(OpKind.say, text: "q1 q2 q3")
      try lab.wait("the end") { session.terminal(op) != nil }
      #expect(WordCode.same(session.samples(op), WordCode.sound("q1 q2 q3")))
    }

    /// Before a host that does not play, the plugin waits, and goes on without a sample lost.
    @Test(arguments: both) func holdsBack(_ settings: JSONValue) throws {
      let lab = try Emulated.lab(emulator, settings)
      let session = try open(lab, settings)
      session.consumes = false
      let text = Array(repeating: "w1 w2 w3 w4", count: 60).joined(separator: " ")
      let op = try session.start(OpKind.say, text: text)
      var before = -1
      // Until the queue is full: nothing new within 300 ms.
      while session.samples(op).count != before {
        before = session.samples(op).count
        try lab.run(ms: 300)
      }
      #expect(before > 0 && before < 240 * 2_560 && session.terminal(op) == nil)
      session.consumes = true
      session.session.consumed(op, samples: before)
      try lab.wait("the end") { session.terminal(op) != nil }
      #expect(WordCode.same(session.samples(op), WordCode.sound(text)))
    }

    /// A fresh socket is at hand before the vendor's limits of one are reached, and no text is refused.
    @Test func takesAFreshSocket() throws {
      let lab = try Emulated.lab(emulator, ["flushes_per_minute": 5])
      let session = try lab.open(.tts)
      let mark = try emulator.mark()
      for _ in 0..<23 {
        let op = try session.start(OpKind.say, text: "w1")
        try lab.wait("the end") { session.terminal(op) != nil }
        #expect(WordCode.same(session.samples(op), WordCode.sound("w1")))
      }
      let opened = try emulator.log("upgraded", after: mark).count
      #expect(opened >= 4 && opened <= 6)
      // Each lives only as long as it is of use.
      try lab.wait("the goodbyes") { try emulator.log("closing", after: mark).count >= opened - 1 }
    }

    /// A text that only a fresh socket could say ends with the vendor's refusal of one, at once, and is not asked for over and over.
    @Test func noFreshSocket() throws {
      let lab = try Emulated.lab(emulator, ["flushes_per_minute": 2])
      let session = try lab.open(.tts)
      try emulator.control(["error": "too_many_requests_retry_after", "path": "/v1/speak", "times": 100])
      let mark = try emulator.mark()
      for text in ["w1", "w2"] {
        let op = try session.start(OpKind.say, text: text)
        try lab.wait("the end") { session.terminal(op) != nil }
        #expect(WordCode.same(session.samples(op), WordCode.sound(text)))
      }
      for _ in 0..<2 {
        let op = try session.start(OpKind.say, text: "w3")
        try lab.wait("the refusal") { session.terminal(op) != nil }
        #expect(session.error(op)?.cls == .rate && session.error(op)?.retryAfterMs == 2_000)
      }
      // One attempt ahead of time, and one for each text.
      #expect(try emulator.log("request", after: mark).count <= 3 && session.failure == nil)
    }

    /// A text whose sound cannot be read is stopped at the vendor while it still grows, and the next one is said.
    @Test func failsWhileItGrows() throws {
      let lab = try Emulated.lab(emulator)
      try emulator.control(["fault": ["kind": "wav_header", "rate": 1], "path": "/v1/speak"])
      let session = try lab.open(.tts)
      let mark = try emulator.mark()
      let op = try session.start(OpKind.say, flags: UInt16(VOX_TTS_GROWS), text: "w1 w2. w3")
      try lab.wait("the failure") { session.error(op)?.cls == .unavailable }
      let next = try session.start(OpKind.say, text: "q1")
      try lab.wait("the next text") { session.terminal(next) != nil }
      #expect(try Emulated.sent(emulator, after: mark).prefix(3) == ["Speak", "Clear", "Speak"])
    }

    /// A page in place of sound is a failure that names it, never noise in the caller's ear.
    @Test func noSound() throws {
      let lab = try Emulated.lab(emulator, Self.rest)
      let session = try open(lab, Self.rest)
      try emulator.control(["fault": "content_type", "path": "/v1/speak"])
      let op = try session.start(OpKind.say, text: "w1 w2")
      try lab.wait("the end") { session.terminal(op) != nil }
      #expect(session.error(op)?.message.contains("text/html") == true && session.samples(op).isEmpty)
    }

    /// Sound with a header, in odd pieces, ten times faster or in single bytes is the same sound.
    @Test(arguments: both, ["wav_header", "odd", "pace", "split", "novelty"]) func oddSound(_ settings: JSONValue, _ kind: String) throws {
      let lab = try Emulated.lab(emulator, settings)
      let isSocket = settings["transport"] == "websocket"
      if isSocket { try emulator.control(["fault": ["kind": .string(kind)], "path": "/v1/speak"]) }
      let session = try open(lab, settings)
      if !isSocket { try emulator.control(["fault": ["kind": .string(kind)], "path": "/v1/speak"]) }
      let op = try session.start(OpKind.say, text: "w1 w2 w3")
      try lab.wait("the end") { session.terminal(op) != nil }
      if kind != "novelty" || isSocket { #expect(WordCode.same(session.samples(op), WordCode.sound("w1 w2 w3"))) }
      #expect(session.terminal(op)?.kind == .completed)
    }

    /// Whatever goes wrong with the sound ends the text with a classified error, and the next session speaks.
    @Test(arguments: both, ["empty", "cut", "garbage", "truncate"]) func badSound(_ settings: JSONValue, _ kind: String) throws {
      let lab = try Emulated.lab(emulator, settings)
      let isSocket = settings["transport"] == "websocket"
      var fault: JSONValue = ["kind": .string(kind)]
      // A socket says who it is first, then sends sound.
      if kind != "empty" { fault = fault.merging(["after": isSocket ? 2 : 4_000]) }
      if isSocket { try emulator.control(["fault": fault, "path": "/v1/speak"]) }
      let session = try open(lab, settings)
      if !isSocket { try emulator.control(["fault": fault, "path": "/v1/speak"]) }
      let op = try session.start(OpKind.say, text: "w1 w2 w3 w4 w5 w6 w7 w8")
      try lab.wait("the end") { session.terminal(op) != nil || session.failure != nil }
      // A body that ends well too early, or has other bytes in it, is sound like any other.
      guard isSocket || kind == "empty" || kind == "cut" else { return }
      #expect(session.error(op)?.cls == .unavailable && session.error(op)?.effects == .maybe)
    }

    /// A vendor that falls silent in the middle of a text does not hold it for ever.
    @Test(arguments: both) func stalls(_ settings: JSONValue) throws {
      let lab = try Emulated.lab(emulator, settings.merging(["stall_ms": 300]))
      let isSocket = settings["transport"] == "websocket"
      let fault: JSONValue = ["fault": ["kind": "stall", "after": isSocket ? 2 : 4_000], "path": "/v1/speak"]
      if isSocket { try emulator.control(fault) }
      let session = try open(lab, settings)
      if !isSocket { try emulator.control(fault) }
      let op = try session.start(OpKind.say, text: "w1 w2 w3 w4 w5 w6 w7 w8")
      try lab.wait("the end") { session.terminal(op) != nil }
      #expect(session.error(op)?.cls == .timeout)
    }

    /// A text with nothing to say is said at once, for nothing; one that is too long is refused before anybody is asked.
    @Test(arguments: both) func textsAtTheEdge(_ settings: JSONValue) throws {
      let lab = try Emulated.lab(emulator, settings)
      let session = try open(lab, settings)
      let mark = try emulator.mark()
      let empty = try session.start(OpKind.say, text: " … ")
      let long = try session.start(OpKind.say, text: String(repeating: "a", count: 1_001))
      try lab.wait("the ends") { session.terminal(empty) != nil && session.terminal(long) != nil }
      #expect(session.terminal(empty)?.json["samples"] == 0 && session.usage(empty).isEmpty)
      #expect(session.error(long)?.cls == .invalid && session.error(long)?.code == "text_too_long")
      #expect(try emulator.log("frame", after: mark).isEmpty && emulator.log("request", after: mark).isEmpty)
    }

    /// Opens a session whose connections are there.
    private func open(_ lab: VendorLab, _ settings: JSONValue, rate: Int = 16_000) throws -> VendorSession {
      settings["transport"] == "rest"
        ? try lab.openWarm(.tts, on: emulator, rate: rate, connections: 2) : try lab.open(.tts, rate: rate)
    }
  }
}
