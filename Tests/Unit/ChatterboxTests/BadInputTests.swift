// What a server or whoever stands before it may do wrong: every time the op ends with a class, and the session goes on.

import Loader
import PluginHarness
import ProviderHarness
import Testing
import Vox

extension Emulated {
  struct BadInput {
    /// The ways whose answers are read differently.
    private static let ways = Way.all.filter {
      ["openai-speech at devnen", "openai-speech with events", "travisvn-stream", "runpod-queue stream", "runpod-public"].contains(
        $0.testDescription)
    }

    /// Some ways need not notice: events lose a line, a job's answers are small.
    private static let faults = [
      WireFault(["kind": "hang"]), WireFault(["kind": "cut", "after": 20]), WireFault(["kind": "stall", "after": 20]),
      WireFault(["kind": "truncate", "after": 20]), WireFault(["kind": "garbage", "after": 2], mayPass: true),
      WireFault(["kind": "invalid_utf8", "after": 2], mayPass: true), WireFault(["kind": "oversize", "bytes": 2_000_000]),
      WireFault(["kind": "redirect"]), WireFault(["kind": "content_type", "value": "text/html; charset=utf-8"], mayPass: true),
      WireFault(["kind": "empty"], mayPass: true),
    ]

    /// Bytes that are odd in how they come, and right in what they are, are heard as ever.
    @Test(arguments: ways, ["split", "odd", "gzip"]) func oddButRight(_ way: Way, _ kind: String) throws {
      let emulator = try Emulated.emulator(way.script)
      let (lab, session) = try Emulated.open(emulator, way.settings)
      try emulator.control(["fault": ["kind": .string(kind)], "times": 0, "path": "/"])
      // A packet for each byte takes its time.
      let last = kind == "split" ? 1 : 3
      let op = try lab.say(sentence(1...last), session)
      #expect(session.error(op) == nil)
      #expect(words(session.samples(op)) == Array(0..<last))
    }

    /// An event of a kind that nobody knows is passed over.
    @Test func novelty() throws {
      let emulator = try Emulated.emulator(["server": "travisvn"])
      let (lab, session) = try Emulated.open(emulator, ["stream_mode": "sse"])
      try emulator.control(["fault": ["kind": "novelty", "after": 1], "path": "/v1/audio/speech"])
      let op = try lab.say(sentence(1...3), session)
      #expect(words(session.samples(op)) == [0, 1, 2])
    }

    /// What cannot be right ends as an error of the vendor's that may have cost something, and the next text is said.
    @Test(arguments: ways, faults) func wrong(_ way: Way, _ fault: WireFault) throws {
      let emulator = try Emulated.emulator(way.script)
      let (lab, session) = try Emulated.open(emulator, fault.limits.merging(way.settings))
      try emulator.control(["fault": fault.json, "path": path(way)])
      let op = try lab.say("w1 w2 w3.", session)
      let error = session.error(op)
      if fault.mayPass, error == nil { return #expect(words(session.samples(op)) == [0, 1, 2]) }
      let expected: [ErrorClass] = [.unavailable, .timeout, .invalid, .internal]
      #expect(error.map { expected.contains($0.cls) } == true, "\(String(describing: error))")
      let next = try lab.say("w4.", session)
      #expect(words(session.samples(next)) == [3], "\(String(describing: session.error(next)))")
    }

    /// Where the sound comes from.
    private func path(_ way: Way) -> JSONValue {
      switch way.settings["dialect"]?.string {
      case "devnen-tts": "/tts"
      case "runpod-queue":
        way.script["output"] == "url" ? "/audio/" : way.settings["job_call"] == "runsync" ? "/v2/ep/runsync" : "/v2/ep/stream"
      case "runpod-public": "/audio/"
      default: "/v1/audio/speech"
      }
    }

    /// Ten times faster than real time and more than a call can take: the server is held back, not the memory filled.
    @Test func holdsBack() throws {
      let emulator = try Emulated.emulator(["server": "travisvn"])
      let (lab, session) = try Emulated.open(emulator, ["dialect": "travisvn-stream"])
      try emulator.control(["timing": ["real_time_factor": 0]])
      session.consumes = false
      let op = try session.start(OpKind.say, text: (1...24).map { _ in sentence(1...20) }.joined(separator: " "))
      try lab.wait("a full queue") { session.samples(op).count >= 24_000 * 2 }
      try lab.run(ms: 300)
      #expect(session.samples(op).count < 24_000 * 3)
      session.consumes = true
      for heard in session.events(.ttsAudio, op: op) { session.session.consumed(op, samples: heard.samples.count) }
      try lab.wait("the end") { session.terminal(op) != nil }
      #expect(words(session.samples(op)).count == 480)
    }
  }
}
