// The plugin on the host's own clients against the emulated vendor: what is heard, when, and what it costs.

import Loader
import PluginHarness
import ProviderHarness
import Testing
import Vox

/// One way to speak.
struct Way: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let settings: JSONValue
  var hasTimes = true
  var isSocket: Bool { settings["transport"]?.string == "websocket" }

  static let all = [
    Way(testDescription: "stream", settings: [:]),
    Way(testDescription: "stream, mu-law", settings: ["precision": "MULAW"]),
    Way(testDescription: "stream without times", settings: ["timestamps": false], hasTimes: false),
    Way(testDescription: "stream, the SDK's header", settings: ["auth_header": "x-access-token"]),
    Way(testDescription: "sync", settings: ["transport": "sync"]),
    Way(testDescription: "websocket", settings: ["transport": "websocket"]),
    Way(testDescription: "websocket, binary", settings: ["transport": "websocket", "binary_response": true]),
    Way(testDescription: "websocket without headers", settings: ["transport": "websocket", "no_audio_header": true]),
    Way(
      testDescription: "websocket, binary without headers",
      settings: ["transport": "websocket", "binary_response": true, "no_audio_header": true], hasTimes: false),
  ]
}

extension Emulated {
  struct Voices {
    /// Over every way all words are heard in order, at the rate that was asked for, with their times, samples and usage.
    @Test(arguments: Way.all, [16_000, 8_000, 44_100]) func saysAll(_ way: Way, _ rate: Int) throws {
      let emulator = try Emulated.emulator()
      let (lab, session) = try Emulated.open(emulator, way.settings, rate: rate)
      let text = "\(sentence(1...12)) \(sentence(3...9))"
      let op = try lab.say(text, session)
      #expect(session.error(op) == nil)
      let samples = session.samples(op)
      let expected: [Int] = [0..<12, 2..<9].flatMap { Array($0) }
      #expect(words(samples, rate: rate) == expected)
      #expect(session.terminal(op)?.json["samples"]?.int == samples.count)
      #expect(session.events(.ttsAudio, op: op).allSatisfy { $0.rate == rate })
      #expect(session.events(.accepted, op: op).count == 1)
      #expect(session.usage(op) == ["audio_out_ms": 19 * 160, "characters": UInt64(text.count)])

      let timed = session.events(.ttsWords, op: op).flatMap(\.words)
      guard way.hasTimes else { return #expect(timed.isEmpty) }
      #expect(timed.map(\.text) == text.split(separator: " ").map(String.init))
      // Each word sounds for 120 ms of every 160.
      for (number, word) in timed.enumerated() {
        #expect(abs(Int(word.start) - number * rate * 160 / 1000) <= rate / 500)
        #expect(abs(Int(word.end) - (number * 160 + 120) * rate / 1000) <= rate / 500)
      }
      // Before the sound they belong to.
      let kinds = session.events(op: op).map(\.kind)
      #expect((kinds.firstIndex(of: .ttsWords) ?? .max) < (kinds.firstIndex(of: .ttsAudio) ?? 0))
    }

    /// The rates of the transport are told before a session opens, so that a telephone's and a studio's are served as they are.
    @Test func rates() throws {
      let emulator = try Emulated.emulator()
      let (_, studio) = try Emulated.open(emulator, rate: 48_000)
      #expect(studio.session.outRate == 48_000)
      let (_, socket) = try Emulated.open(emulator, ["transport": "websocket"], rate: 48_000)
      #expect(socket.session.outRate == 16_000)
    }

    /// Two texts at a time are both heard whole, the sound of the second after that of the first.
    @Test(arguments: [Way.all[0], Way.all[4], Way.all[5], Way.all[6]]) func twoTexts(_ way: Way) throws {
      let emulator = try Emulated.emulator()
      let (lab, session) = try Emulated.open(emulator, way.settings)
      // Both are made at once, over HTTP.
      try emulator.control(["timing": ["real_time_factor": 0.5]])
      let first = try session.start(OpKind.say, text: sentence(1...10))
      let second = try session.start(OpKind.say, text: sentence(11...20))
      try lab.wait("both") { session.terminal(first) != nil && session.terminal(second) != nil }
      let order = session.events(.ttsAudio).map(\.op)
      #expect(order == order.filter { $0 == first.raw } + order.filter { $0 == second.raw })
      #expect(words(session.samples(first)) == Array(0..<10))
      #expect(words(session.samples(second)) == Array(10..<20))
    }

    /// Sound is heard while the vendor still makes the rest of it, here for ever.
    @Test(arguments: [Way.all[0], Way.all[5], Way.all[6]]) func hearsEarly(_ way: Way) throws {
      let emulator = try Emulated.emulator()
      let stall: JSONValue = ["fault": ["kind": "stall", "after": way.isSocket ? 4 : 20_000], "path": "/stream"]
      // A socket meets its fault when it is opened.
      if way.isSocket { try emulator.control(stall) }
      let (lab, session) = try Emulated.open(emulator, way.settings)
      if !way.isSocket { try emulator.control(stall) }
      let op = try session.start(OpKind.say, text: sentence(1...24))
      try lab.wait("the first word") { words(session.samples(op)).first == 0 }
      #expect(session.terminal(op) == nil)
    }

    /// What the vendor finds odd about a text that it says all the same is told to the operator.
    @Test func issues() throws {
      let emulator = try Emulated.emulator()
      try emulator.control(["script": ["issues": ["the tag <foo> is not known"]]])
      let (lab, session) = try Emulated.open(emulator, ["transport": "sync"])
      #expect(words(session.samples(try lab.say("w1.", session))) == [0])
      try lab.wait("the warning") { lab.log.contains { $0.contains("<foo>") } }
    }

    /// SSML comes within its root and is heard as it is meant; word times tell of the text as the host gave it.
    @Test(arguments: [Way.all[0], Way.all[4], Way.all[5]]) func ssml(_ way: Way) throws {
      let emulator = try Emulated.emulator()
      let (lab, session) = try Emulated.open(emulator, way.settings)
      let text = "w1 <emphasis>w2</emphasis> w3 <break time=\"300ms\"/> w4 &amp; w5"
      let op = try lab.finish(session, OpKind.say, text: text, body: ["ssml": true])
      #expect(session.error(op) == nil)
      #expect(words(session.samples(op)) == [0, 1, 2, 3, 4])
      #expect(session.events(.ttsWords, op: op).flatMap(\.words).map(\.text).filter { $0.hasPrefix("w") } == ["w1", "w3", "w4", "w5"])
      // Who did not say so wrote plain text: it has no root, and nothing in it is read as an element.
      #expect(words(session.samples(try lab.say("w6 < w7", session))) == [5, 6])
    }

    /// The tags of Chatterbox-Turbo are offered with that model alone.
    @Test func tags() throws {
      let emulator = try Emulated.emulator()
      let (_, plain) = try Emulated.open(emulator)
      #expect(plain.session.traits.strings("tags").isEmpty)
      let (_, turbo) = try Emulated.open(emulator, ["model": "chatterbox-turbo"])
      #expect(turbo.session.traits.strings("tags").contains("laugh"))
    }

    /// The account's voices are listed, also for who has chosen none yet; to speak, one must be chosen.
    @Test func voices() throws {
      let emulator = try Emulated.emulator()
      let lab = try Emulated.lab(emulator, ["voice": ""])
      let session = lab.begin(.tts, isControl: true)
      try lab.wait("the session") { session.isReady }
      #expect(session.listed("voices", try lab.finish(session, OpKind.voices)) == ["55592656"])
      #expect(session.error(try lab.say("w1.", session))?.code == "voice_not_found")
      #expect(throws: ProviderError.self) { _ = try lab.open(.tts) }
    }

    /// No connection is made within a turn.
    @Test(arguments: [Way.all[0], Way.all[5]]) func isWarm(_ way: Way) throws {
      let emulator = try Emulated.emulator()
      let (lab, session) = try Emulated.open(emulator, way.settings)
      try lab.staysWarm(emulator, requests: way.isSocket ? 0 : 2) { for _ in 0..<2 { _ = try lab.say("w1 w2.", session) } }
    }

    /// A plan without WebSocket is served over HTTP, and later sessions of the account do not ask again.
    @Test func fallsBack() throws {
      let emulator = try Emulated.emulator()
      try emulator.control(["error": "ws_unauthorized", "path": "/stream"])
      let lab = try Emulated.lab(emulator, ["transport": "websocket"])
      let session = try lab.open(.tts)
      let op = try lab.say("w1.", session)
      #expect(words(session.samples(op)) == [0])
      let mark = try emulator.mark()
      let next = try lab.open(.tts)
      let again = try lab.say("w2.", next)
      #expect(words(next.samples(again)) == [1])
      #expect(try emulator.log("upgraded", after: mark).isEmpty)
    }

    /// A wrong key is the account's fault, however it is sent.
    @Test(arguments: [Way.all[0], Way.all[4], Way.all[5]]) func wrongKey(_ way: Way) throws {
      let emulator = try Emulated.emulator()
      let lab = try Emulated.lab(emulator, way.settings, key: "wrong")
      let session = try lab.open(.tts)
      let op = try lab.say("w1.", session)
      #expect(session.error(op)?.cls == .auth && session.error(op)?.scope == .account)
    }
  }
}
