// The voice in the host's hands, against the emulator.

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

    private func speak(_ settings: JSONValue = [:], rate: Int = 24_000, _ prepare: () throws -> Void = {}) throws -> (VendorSession, OpID) {
      let lab = try Emulated.lab(emulator, settings)
      let session = try lab.openWarm(.tts, on: emulator, rate: rate)
      try prepare()
      return (session, try lab.say("w1 w2 w3 w4", session))
    }

    /// What four words last for, 160 ms each.
    private func samples(_ rate: Int) -> Int { rate * 640 / 1000 }

    /// The sound comes whole at the rate it has, and its characters are billed.
    @Test func speaks() throws {
      let (session, op) = try speak()
      #expect(session.samples(op).count == samples(24_000))
      #expect(session.terminal(op)?.json["samples"]?.int == samples(24_000))
      #expect(session.samples(op).contains { $0 > 1_000 })
      #expect(session.usage(op) == ["characters": 11, "audio_out_ms": 640])
      #expect(session.events(.ttsAudio, op: op).allSatisfy { $0.rate == 24_000 })
    }

    /// At any rate of the line, from any rate of the server, it lasts as long.
    @Test(arguments: [8_000, 16_000, 48_000]) func otherRates(rate: Int) throws {
      let (session, op) = try speak(rate: rate)
      #expect(abs(session.samples(op).count - samples(rate)) <= rate / 100)
      let (other, slow) = try speak(["speech_rate": 12_000], rate: rate)
      #expect(abs(other.samples(slow).count - 2 * samples(rate)) <= rate / 100)
    }

    /// A WAV header, asked for or not, is no sound, whatever sizes it tells; samples split anywhere stay whole.
    @Test(arguments: ["format", "wav_header", "odd", "split", "pace"]) func sameSound(_ kind: String) throws {
      let (plain, one) = try speak()
      let settings: JSONValue = kind == "format" ? ["speech_format": "wav"] : [:]
      let (session, op) = try speak(settings) {
        if kind != "format" { try emulator.control(["fault": ["kind": .string(kind)], "path": "/v1/audio/speech"]) }
      }
      #expect(session.error(op) == nil && session.samples(op) == plain.samples(one))
    }

    /// What is no sound ends as a classified error.
    @Test(arguments: [
      ("content_type", 0, ErrorClass.unavailable), ("redirect", 0, .invalid), ("hang", 0, .timeout), ("stall", 3_001, .timeout),
      ("cut", 3_001, .unavailable),
    ])
    func harmful(_ kind: String, _ after: Int, _ cls: ErrorClass) throws {
      var fault: JSONValue = ["kind": .string(kind)]
      if after > 0 { fault = fault.merging(["after": .int(Int64(after))]) }
      if kind == "content_type" { fault = fault.merging(["value": "audio/mpeg"]) }
      let (session, op) = try speak(WireFault.limits(kind)) {
        try emulator.control(["fault": fault, "path": "/v1/audio/speech"])
      }
      #expect(session.error(op)?.cls == cls, "\(String(describing: session.error(op)))")
    }

    /// Two texts are asked for at once and heard in their order, although the second is made sooner.
    @Test func order() throws {
      let lab = try Emulated.lab(emulator)
      let session = try lab.openWarm(.tts, on: emulator, rate: 24_000)
      try emulator.control(["fault": ["kind": "slow", "ms": 300], "path": "/v1/audio/speech"])
      let mark = try emulator.mark()
      let first = try session.start(OpKind.say, text: "w1 w2 w3 w4")
      let second = try session.start(OpKind.say, text: "w5 w6")
      try lab.wait("both") { session.terminal(first) != nil && session.terminal(second) != nil }
      #expect(try emulator.log("request", after: mark).count == 2)
      let sounds = session.events(.ttsAudio).map(\.op)
      #expect(sounds == sounds.sorted { a, b in a == first.raw && b != first.raw })
      #expect(session.samples(first).count == samples(24_000) && session.samples(second).count == samples(24_000) / 2)
    }

    /// A text that fails before its turn fails at once.
    @Test func failsBeforeItsTurn() throws {
      try emulator.control(["timing": ["real_time_factor": 1]])
      let lab = try Emulated.lab(emulator)
      let session = try lab.openWarm(.tts, on: emulator, rate: 24_000)
      try emulator.control(["error": "server_error", "path": "/v1/audio/speech", "skip": 1])
      let first = try session.start(OpKind.say, text: "w1 w2 w3 w4 w5 w6 w7 w8")
      let second = try session.start(OpKind.say, text: "w5 w6")
      try lab.wait("the failure") { session.terminal(second) != nil }
      #expect(session.terminal(first) == nil && session.error(second)?.code == "server_error")
    }

    /// While the host takes nothing the vendor is held back, and nothing is lost when it takes again.
    @Test func backPressure() throws {
      let lab = try Emulated.lab(emulator)
      let session = try lab.openWarm(.tts, on: emulator, rate: 24_000)
      session.consumes = false
      let words = (0..<400).map { "w\($0 % 24 + 1)" }.joined(separator: " ")
      let op = try session.start(OpKind.say, text: words)
      try lab.run(ms: 1_500)
      let held = session.samples(op).count
      #expect(session.terminal(op) == nil && held < 400 * 3_840)
      session.consumes = true
      session.session.consumed(op, samples: held)
      try lab.wait("the rest") { session.terminal(op) != nil }
      #expect(session.error(op) == nil && session.samples(op).count == 400 * 3_840)
    }

    /// After a barge-in the stream is closed at once; the text is billed.
    @Test func cancelCloses() throws {
      try emulator.control(["timing": ["real_time_factor": 1]])
      let lab = try Emulated.lab(emulator)
      let session = try lab.openWarm(.tts, on: emulator, rate: 24_000)
      let op = try session.start(OpKind.say, text: "w1 w2 w3 w4 w5 w6 w7 w8")
      try lab.wait("sound") { !session.events(.ttsAudio, op: op).isEmpty }
      try lab.closesInTime(session, op, on: emulator)
      #expect(session.usage(op)["characters"] == 23)
    }

    /// A success without sound ends without sound; the host judges it.
    @Test func emptyAnswer() throws {
      let (session, op) = try speak { try emulator.control(["fault": "empty", "path": "/v1/audio/speech"]) }
      #expect(session.terminal(op)?.json["samples"]?.int == 0)
    }

    /// Two connections are open before the first text needs them.
    @Test func connectionsAreWarm() throws {
      let lab = try Emulated.lab(emulator)
      let session = try lab.openWarm(.tts, on: emulator, rate: 24_000, connections: 2)
      try lab.staysWarm(emulator, requests: 2) {
        let ops = try [session.start(OpKind.say, text: "w1"), session.start(OpKind.say, text: "w2")]
        try lab.wait("both") { ops.allSatisfy { session.terminal($0) != nil } }
      }
    }
  }
}
