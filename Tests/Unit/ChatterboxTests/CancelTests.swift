// A caller interrupts: the stream is closed, the job is ended, and nothing more is asked for.

import PluginHarness
import ProviderHarness
import Testing
import Vox

extension Emulated {
  struct Cancels {
    private func long() -> String { (1...8).map { _ in sentence(1...20) }.joined(separator: " ") }

    /// The server sees the connection close at once, and no request comes afterwards.
    @Test(arguments: Way.all.filter { $0.settings["dialect"]?.string?.hasPrefix("runpod") != true }) func closesStream(_ way: Way) throws {
      let emulator = try Emulated.emulator(way.script)
      let (lab, session) = try Emulated.open(emulator, way.settings)
      try emulator.control(["timing": ["real_time_factor": 1]])
      let mark = try emulator.mark()
      let op = try session.start(OpKind.say, text: long())
      try lab.wait("the request") { try !emulator.log("body", after: mark).isEmpty }
      let cancelledAt = lab.nowMs
      session.cancel(op)
      try lab.wait("the end") { try session.terminal(op) != nil && !emulator.log("aborted", after: mark).isEmpty }
      #expect(session.terminal(op)?.kind == .cancelled)
      #expect(session.usage(op)["characters"] ?? 0 > 0)
      let aborted = try #require(try emulator.log("aborted", after: mark).first)
      #expect(lab.isAtOnce(aborted["t"]?.double, after: cancelledAt))
      try lab.run(ms: 150)
      #expect(try emulator.log("request", after: aborted["seq"]?.int.map(Int64.init) ?? 0).isEmpty)
    }

    /// A job that works is cancelled at RunPod at once, also when the caller hangs up.
    @Test(arguments: [false, true]) func cancelsJob(hangsUp: Bool) throws {
      let emulator = try Emulated.emulator()
      let (lab, session) = try Emulated.open(emulator, Way.queue)
      try emulator.control(["timing": ["real_time_factor": 1]])
      let mark = try emulator.mark()
      let op = try session.start(OpKind.say, text: long())
      try lab.wait("the job") { try Emulated.requests(emulator, after: mark).contains { $0.contains("/stream/") } }
      let cancelledAt = lab.nowMs
      if hangsUp { session.close() } else { session.cancel(op) }
      try lab.wait("the order to cancel") { try Emulated.requests(emulator, after: mark).contains { $0.hasPrefix("POST /v2/ep/cancel/") } }
      let order = try #require(try emulator.log("request", after: mark).last { $0["path"]?.string?.contains("/cancel/") == true })
      #expect(lab.isAtOnce(order["t"]?.double, after: cancelledAt))
      try lab.run(ms: 150)
      #expect(try emulator.log("request", after: order["seq"]?.int.map(Int64.init) ?? 0).isEmpty)
    }

    /// A job whose id is not known yet is cancelled as soon as it is, also when the session closes meanwhile.
    @Test(arguments: [false, true]) func cancelsJobWithoutID(hangsUp: Bool) throws {
      let emulator = try Emulated.emulator()
      let (lab, session) = try Emulated.open(emulator, Way.queue)
      try emulator.control(["timing": ["real_time_factor": 1]])
      try emulator.control(["fault": ["kind": "slow", "ms": 200], "path": "/v2/ep/run"])
      let mark = try emulator.mark()
      let op = try session.start(OpKind.say, text: long())
      try lab.wait("the order") { try !emulator.log("request", after: mark).isEmpty }
      if hangsUp { session.close() } else { session.cancel(op) }
      try lab.wait("the order to cancel") { try Emulated.requests(emulator, after: mark).contains { $0.hasPrefix("POST /v2/ep/cancel/") } }
      if hangsUp { try lab.wait("the close") { session.isClosed } }
    }

    /// After an interruption the next text is said as if nothing had been.
    @Test func goesOn() throws {
      let emulator = try Emulated.emulator()
      let (lab, session) = try Emulated.open(emulator)
      let op = try session.start(OpKind.say, text: long())
      try lab.wait("sound") { !session.events(.ttsAudio, op: op).isEmpty }
      session.cancel(op)
      let next = try lab.say("w5 w6.", session)
      #expect(words(session.samples(next)) == [4, 5])
    }
  }
}
