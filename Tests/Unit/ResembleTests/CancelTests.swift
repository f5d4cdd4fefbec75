// A caller interrupts: the stream or the socket is closed at once, and the next turn finds a new connection.

import PluginHarness
import ProviderHarness
import Testing
import Vox

extension Emulated {
  struct Cancels {
    /// Half a minute of sound: not over before it is cancelled, whatever else the machine does.
    private let long = (1...8).map { _ in sentence(1...24) }.joined(separator: " ")

    /// The vendor sees the connection close at once, nothing is asked for afterwards, and what was heard is told as usage.
    @Test(arguments: [Way.all[0], Way.all[5], Way.all[6]]) func closesAtOnce(_ way: Way) throws {
      let emulator = try Emulated.emulator()
      let (lab, session) = try Emulated.open(emulator, way.settings)
      try emulator.control(["timing": ["real_time_factor": 1]])
      let mark = try emulator.mark()
      let op = try session.start(OpKind.say, text: long)
      try lab.wait("sound") { !session.events(.ttsAudio, op: op).isEmpty }
      let cancelledAt = lab.nowMs
      session.cancel(op)
      try lab.wait("the end") { try session.terminal(op) != nil && !ends(emulator, after: mark).isEmpty }
      #expect(session.terminal(op)?.kind == .cancelled)
      let end = try #require(try ends(emulator, after: mark).first)
      #expect(lab.isAtOnce(end["t"]?.double, after: cancelledAt))
      #expect(session.usage(op)["audio_out_ms"] ?? 0 > 0)
      try lab.run(ms: 100)
      let later = try emulator.log(after: end["seq"]?.int.map(Int64.init) ?? 0).filter { $0["kind"] == "body" || $0["direction"] == "in" }
      #expect(later.isEmpty)
    }

    /// How the vendor notices: an answer that nobody reads any more, or a close.
    private func ends(_ emulator: Emulator, after mark: Int64) throws -> [JSONValue] {
      try emulator.log(after: mark).filter { ["aborted", "closing", "closed"].contains($0["kind"]?.string ?? "") }
    }

    /// After an interruption a fresh socket is open before the next text, which is said as if nothing had been.
    @Test(arguments: [Way.all[0], Way.all[5], Way.all[6]]) func goesOn(_ way: Way) throws {
      let emulator = try Emulated.emulator()
      let (lab, session) = try Emulated.open(emulator, way.settings)
      let op = try session.start(OpKind.say, text: sentence(1...24))
      let waiting = try session.start(OpKind.say, text: sentence(1...3))
      try lab.wait("sound") { !session.events(.ttsAudio, op: op).isEmpty }
      let mark = try emulator.mark()
      session.cancel(op)
      session.cancel(waiting)
      if way.isSocket { try lab.wait("a fresh socket") { try !emulator.log("upgraded", after: mark).isEmpty } }
      let next = try lab.say("w5 w6.", session)
      #expect(words(session.samples(next)) == [4, 5])
    }
  }
}
