// The plugin on the host's own client against the emulated servers: what is heard, when it is asked for, and what it costs.

import Loader
import PluginHarness
import ProviderHarness
import Testing
import Vox

/// One way to reach the model.
struct Way: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let settings: JSONValue
  var script: JSONValue = [:]

  static let all = [
    Way(testDescription: "openai-speech at devnen", settings: [:]),
    Way(testDescription: "openai-speech at travisvn", settings: [:], script: ["server": "travisvn"]),
    Way(testDescription: "openai-speech with events", settings: ["stream_mode": "sse"], script: ["server": "travisvn"]),
    Way(testDescription: "travisvn-stream", settings: ["dialect": "travisvn-stream"], script: ["server": "travisvn"]),
    Way(testDescription: "devnen-tts", settings: ["dialect": "devnen-tts"]),
    Way(testDescription: "devnen-tts streaming", settings: ["dialect": "devnen-tts", "stream_mode": "chunked-wav"]),
    Way(testDescription: "load balancer", settings: [:], script: ["auth": "bearer"]),
    Way(testDescription: "runpod-queue stream", settings: queue),
    Way(testDescription: "runpod-queue status", settings: queue.merging(["job_call": "status"])),
    Way(testDescription: "runpod-queue runsync", settings: queue.merging(["job_call": "runsync"])),
    Way(testDescription: "runpod-queue, no generator", settings: queue, script: ["handler": "whole"]),
    Way(testDescription: "runpod-queue, plain output", settings: queue, script: ["output": "plain"]),
    Way(testDescription: "runpod-queue, audio_base64", settings: queue, script: ["output": "audio_base64"]),
    Way(testDescription: "runpod-queue, links", settings: queue, script: ["output": "url"]),
    Way(testDescription: "runpod-public", settings: ["dialect": "runpod-public", "poll_ms": 20]),
  ]
  static let queue: JSONValue = ["dialect": "runpod-queue", "endpoint_id": "ep", "poll_ms": 20]
}

extension Emulated {
  struct Voices {
    /// Over every way all words are heard in order, at the rate that was asked for, and the op ends with its samples and its usage.
    @Test(arguments: Way.all, [24_000, 8_000]) func saysAll(_ way: Way, _ rate: Int) throws {
      let emulator = try Emulated.emulator(way.script)
      let (lab, session) = try Emulated.open(emulator, way.settings, rate: rate)
      let text = "\(sentence(1...6)) \(sentence(7...20)) \(sentence(1...24)) \(sentence(3...9))"
      let op = try lab.say(text, session)
      #expect(session.error(op) == nil)
      let samples = session.samples(op)
      let expected: [Int] = [0..<20, 0..<24, 2..<9].flatMap { Array($0) }
      #expect(words(samples, rate: rate) == expected)
      #expect(abs(samples.count - 51 * rate * 160 / 1000) < rate / 50)
      #expect(session.terminal(op)?.json["samples"]?.int == samples.count)
      #expect(session.events(.ttsAudio, op: op).allSatisfy { $0.rate == rate })
      #expect(session.events(.accepted, op: op).count == 1)
      let usage = session.usage(op)
      #expect(usage["audio_out_ms"] == 51 * 160)
      // What stands between two passages is sent to nobody.
      #expect((text.count - 6...text.count).contains(Int(usage["characters"] ?? 0)))
      #expect((usage["compute_ms"] != nil) == (way.settings["dialect"]?.string?.hasPrefix("runpod") == true))
    }

    /// The first passage is short, none is longer than the setting, the next one is asked for before the host has played the one before,
    /// and no more than one waits: a caller who interrupts has not paid for the rest.
    @Test func prefetches() throws {
      let emulator = try Emulated.emulator()
      let (lab, session) = try Emulated.open(emulator, ["first_chars": 40, "max_chars_per_request": 80])
      session.consumes = false
      let mark = try emulator.mark()
      let op = try session.start(OpKind.say, text: (1...6).map { _ in sentence(1...20) }.joined(separator: " "))
      try lab.wait("two passages") { try emulator.log("finished", after: mark).count >= 2 }
      try lab.run(ms: 300)
      let asked = try emulator.bodies(after: mark).compactMap { $0["input"]?.string }
      // Two seconds at the host, the rest of that passage, one that is whole, and not one more.
      #expect((2...3).contains(asked.count), "\(asked)")
      #expect(asked.allSatisfy { $0.count <= 80 })
      #expect(session.terminal(op) == nil)
      #expect(session.samples(op).count < 24_000 * 3)
    }

    /// Two texts at a time: the second one's passages wait for the first one's, and both are heard whole, one after the other, also by
    /// a host that does not take the first one's sound for a while.
    @Test func twoTexts() throws {
      let emulator = try Emulated.emulator()
      let (lab, session) = try Emulated.open(emulator)
      session.consumes = false
      let mark = try emulator.mark()
      let first = try session.start(OpKind.say, text: sentence(1...10))
      let second = try session.start(OpKind.say, text: sentence(11...20))
      try lab.wait("both at the plugin") { try emulator.log("finished", after: mark).count == 2 }
      try lab.run(ms: 100)
      session.consumes = true
      for heard in session.events(.ttsAudio) {
        session.session.consumed(heard.op == first.raw ? first : second, samples: heard.samples.count)
      }
      try lab.wait("both") { session.terminal(first) != nil && session.terminal(second) != nil }
      let order = session.events(.ttsAudio).map(\.op)
      #expect(order == order.filter { $0 == first.raw } + order.filter { $0 == second.raw })
      #expect(words(session.samples(first)) == Array(0..<10))
      #expect(words(session.samples(second)) == Array(10..<20))
    }

    /// A server that streams is heard before it has finished.
    @Test(
      arguments: Way.all.filter {
        ["stream", "streaming", "events"].contains($0.testDescription.split { " -".contains($0) }.last.map(String.init))
      })
    func hearsEarly(_ way: Way) throws {
      let emulator = try Emulated.emulator(way.script)
      let chunks: JSONValue = ["streaming_chunk_size": 50, "chunk_size": 50]
      let whole: JSONValue = ["first_chars": 500, "max_chars_per_request": 3000, "extra_body": chunks]
      let (lab, session) = try Emulated.open(emulator, way.settings.merging(whole))
      try emulator.control(["timing": ["real_time_factor": 0.1]])
      let mark = try emulator.mark()
      let op = try session.start(OpKind.say, text: (1...6).map { _ in sentence(1...15) }.joined(separator: " "))
      try lab.wait("the first sound") { !session.events(.ttsAudio, op: op).isEmpty }
      // A job is over once its status is asked for.
      let isJob = way.settings["dialect"] == "runpod-queue"
      #expect(try !emulator.log("finished", after: mark).contains { !isJob || $0["path"]?.string?.contains("status") == true })
      #expect(session.terminal(op) == nil)
      try lab.wait("the end") { session.terminal(op) != nil }
      #expect(words(session.samples(op)).count == 90)
    }

    /// Turbo's tags reach the server as they are, and are taken out for a model that would read them aloud.
    @Test func tags() throws {
      let emulator = try Emulated.emulator()
      let (lab, session) = try Emulated.open(emulator)
      let mark = try emulator.mark()
      let op = try lab.say("[laugh] w1 w2 [clear throat] w3.", session)
      #expect(words(session.samples(op)) == [0, 1, 2])
      #expect(try emulator.bodies(after: mark).first?["input"] == "[laugh] w1 w2 [clear throat] w3.")
      #expect(session.session.traits.strings("tags").contains("laugh"))

      let plain = try Emulated.emulator(["model": "original"])
      let (lab2, session2) = try Emulated.open(plain, ["tag_policy": "strip"])
      let second = try lab2.say("[laugh] w1 w2 [clear throat] w3.", session2)
      #expect(words(session2.samples(second)) == [0, 1, 2])
      #expect(session2.session.traits.strings("tags").isEmpty)
    }

    /// The pre-set voices are listed where the server lists them.
    @Test(arguments: [Way.all[0], Way.all[3], Way.all[4], Way.all[14]]) func voices(_ way: Way) throws {
      let emulator = try Emulated.emulator(way.script)
      let (lab, session) = try Emulated.open(emulator, way.settings)
      let ids = session.listed("voices", try lab.finish(session, OpKind.voices))
      #expect(ids.contains("Emily.wav") || ids.contains("default") || (ids.contains("lucy") && ids.count == 20))
    }

    /// The connection of the first text is open before it is asked for.
    @Test func isWarm() throws {
      let emulator = try Emulated.emulator()
      let (lab, session) = try Emulated.open(emulator)
      try lab.staysWarm(emulator, requests: 2) { for _ in 0..<2 { _ = try lab.say("w1 w2. w3.", session) } }
    }

    /// A worker that has to start takes its time, and what it costs is told; one that does not come in time is given up.
    @Test func coldStart() throws {
      let emulator = try Emulated.emulator()
      try emulator.control(["timing": ["cold_start_ms": 400]])
      let (lab, session) = try Emulated.open(emulator, Way.queue)
      let op = try lab.say("w1.", session)
      #expect(words(session.samples(op)) == [0])

      let again = try Emulated.emulator()
      try again.control(["timing": ["cold_start_ms": 5_000]])
      let (lab2, session2) = try Emulated.open(again, Way.queue.merging(["cold_start_timeout_ms": 150]))
      let mark = try again.mark()
      let late = try lab2.say("w1.", session2)
      #expect(session2.error(late)?.cls == .timeout && session2.error(late)?.code == "IN_QUEUE")
      try lab2.wait("the order to cancel") { try Emulated.requests(again, after: mark).contains { $0.contains("/cancel/") } }
    }

    /// A worker is woken at the start of a call when the operator wants that.
    @Test func wakesWorker() throws {
      let emulator = try Emulated.emulator()
      let mark = try emulator.mark()
      let (lab, _) = try Emulated.open(emulator, Way.queue.merging(["warm_up_text": "w9."]))
      try lab.wait("a job") { try emulator.bodies(after: mark).contains { $0["input"]?["text"] == "w9." } }
    }
  }
}
