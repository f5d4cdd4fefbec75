// What a vendor or whoever stands before it may do wrong: every time the op ends with a class, and the session goes on.

import Loader
import PluginHarness
import ProviderHarness
import Testing
import Vox

extension Emulated {
  struct BadInput {
    private static let http = [
      WireFault(["kind": "hang"]), WireFault(["kind": "cut", "after": 20]), WireFault(["kind": "stall", "after": 20]),
      WireFault(["kind": "truncate", "after": 20]), WireFault(["kind": "garbage", "after": 2]),
      WireFault(["kind": "invalid_utf8", "after": 2], mayPass: true), WireFault(["kind": "oversize", "bytes": 2_000_000]),
      WireFault(["kind": "redirect"]), WireFault(["kind": "content_type"]),
      WireFault(["kind": "empty"]),
    ]
    private static let socket = [
      WireFault(["kind": "cut", "after": 1]), WireFault(["kind": "truncate", "after": 1]), WireFault(["kind": "garbage", "after": 1]),
      WireFault(["kind": "invalid_utf8", "after": 1]), WireFault(["kind": "oversize", "bytes": 2_000_000]),
    ]

    /// Bytes that are odd in how they come, and right in what they are, are heard as ever.
    @Test(arguments: [Way.all[0], Way.all[4], Way.all[5], Way.all[6]], ["split", "odd", "gzip", "wav_header", "novelty", "pace"])
    func oddButRight(_ way: Way, _ kind: String) throws {
      let emulator = try Emulated.emulator()
      try emulator.control(["fault": ["kind": .string(kind)], "times": 0, "path": "/"])
      let (lab, session) = try Emulated.open(emulator, way.settings)
      // A packet for each byte takes its time.
      let last = kind == "split" ? 1 : 3
      let op = try lab.say(sentence(1...last), session)
      #expect(session.error(op) == nil)
      #expect(words(session.samples(op)) == Array(0..<last))
    }

    /// Over HTTP, what cannot be right ends as an error of the vendor's, and the next text is said.
    @Test(arguments: [Way.all[0], Way.all[4]], http) func wrong(_ way: Way, _ fault: WireFault) throws {
      let emulator = try Emulated.emulator()
      let (lab, session) = try Emulated.open(emulator, fault.limits.merging(way.settings))
      try emulator.control(["fault": fault.json, "path": way.settings["transport"] == "sync" ? "/synthesize" : "/stream"])
      try fails(lab, session, mayPass: fault.mayPass)
    }

    /// The same of a socket, which is replaced.
    @Test(arguments: [Way.all[5], Way.all[6]], socket) func wrongSocket(_ way: Way, _ fault: WireFault) throws {
      let emulator = try Emulated.emulator()
      try emulator.control(["fault": fault.json, "path": "/stream"])
      let (lab, session) = try Emulated.open(emulator, fault.limits.merging(way.settings))
      try fails(lab, session, mayPass: way.settings["binary_response"] == true)
    }

    private func fails(_ lab: VendorLab, _ session: VendorSession, mayPass: Bool = false) throws {
      let op = try lab.say("w1 w2 w3.", session)
      let expected: [ErrorClass] = [.unavailable, .timeout, .invalid]
      let error = session.error(op)
      // Among raw bytes nobody can tell a wrong one from sound, and a member of JSON whose name is broken is merely unknown.
      if !(mayPass && error == nil) { #expect(error.map { expected.contains($0.cls) } == true, "\(String(describing: error))") }
      let next = try lab.say("w4.", session)
      #expect(words(session.samples(next)) == [3], "\(String(describing: session.error(next)))")
    }

    /// Faster than a call can take it, and more: the vendor is held back over HTTP, and every word is heard over either way.
    @Test(arguments: [Way.all[0], Way.all[5]]) func holdsBack(_ way: Way) throws {
      let emulator = try Emulated.emulator()
      let (lab, session) = try Emulated.open(emulator, way.settings)
      try emulator.control(["timing": ["real_time_factor": 0]])
      session.consumes = false
      let op = try session.start(OpKind.say, text: (1...20).map { _ in sentence(1...24) }.joined(separator: " "))
      try lab.wait("a full queue") { session.samples(op).count >= 16_000 * 2 }
      try lab.run(ms: 300)
      #expect(session.samples(op).count < 16_000 * 3)
      session.consumes = true
      for heard in session.events(.ttsAudio, op: op) { session.session.consumed(op, samples: heard.samples.count) }
      try lab.wait("the end") { session.terminal(op) != nil }
      #expect(words(session.samples(op)).count == 480)
    }
  }
}
