// Rule 28: a small suite for each role.

import PluginABI
import Vox

/// What each role is for, tried once in full.
enum RoleCases {
  static let all = [
    Case(.speaks, deadlineMs: 120_000, run: speaks), Case(.grows, deadlineMs: 60_000, run: grows),
    Case(.listens, deadlineMs: 60_000, run: listens),
    Case(.answers, deadlineMs: 60_000, run: answers), Case(.works, deadlineMs: 60_000, run: works),
    Case(.dials, run: dials), Case(.takesCalls, deadlineMs: 60_000, run: takesCalls),
  ]

  /// Texts that a voice must survive: plain, and with characters of several bytes.
  private static let texts = [
    "Good morning. Your appointment is at ten o'clock.", "Café Müller, naïve façade: 10 € for Zoë’s crème brûlée.",
  ]

  private static func speaks(_ bench: Bench) throws {
    try bench.eachRole([.tts]) { first in
      for rate in try bench.manifest().rates(.tts) {
        let session = try first.account.openSession(.tts, rate: rate)
        for text in texts {
          var work = Work.usual(.tts)
          work.text = text
          let done = session.perform(work)
          guard done.completed else { throw Breach(.speaks, "at \(rate) Hz \"\(text)\" is not COMPLETED: \(end(done))") }
          guard session.host.op(done.op)?.audit.samples ?? 0 > 0 else { throw Breach(.speaks, "at \(rate) Hz \"\(text)\" makes no audio") }
        }
        session.end()
      }
    }
  }

  private static func grows(_ bench: Bench) throws {
    guard try bench.manifest().traits(.tts)["text_grows"]?.bool ?? false else { return }
    try bench.eachRole([.tts]) { session in
      let done = session.perform(.growing)
      guard done.completed else { throw Breach(.grows, "a text that came word by word is not COMPLETED: \(end(done))") }
      guard session.host.op(done.op)?.audit.samples ?? 0 > 0 else { throw Breach(.grows, "a text that came word by word makes no audio") }
      for index in 0..<3 {
        let cut = session.perform(.growing, .init(cancelAfter: index))
        guard cut.status == vox_status(VOX_OK), cut.terminal == nil else { continue }
        throw Breach(.grows, "cancelled while its text was still growing, the op did not end within \(session.graceMs) ms")
      }
    }
  }

  private static func listens(_ bench: Bench) throws {
    try bench.eachRole([.stt]) { first in
      let manifest = try bench.manifest()
      for rate in manifest.rates(.stt) {
        let session = try first.account.openSession(.stt, rate: rate)
        let done = session.perform(.usual(.stt))
        guard done.completed else { throw Breach(.listens, "at \(rate) Hz a listening is not COMPLETED: \(end(done))") }
        if manifest.traits(.stt)["flush"]?.bool ?? false, session.host.op(done.op)?.audit.marks.isEmpty == false {
          throw Breach(.listens, "at \(rate) Hz a flush is not answered by FLUSHED within 2 s, and the trait flush promises it")
        }
        session.end()
      }
    }
  }

  private static func answers(_ bench: Bench) throws {
    try bench.eachRole([.llm]) { session in
      let done = session.perform(.usual(.llm))
      guard done.completed else { throw Breach(.answers, "a question is not COMPLETED: \(end(done))") }
      guard done.events.contains(where: { $0.kind == .text || $0.kind == .toolCall }) else {
        throw Breach(.answers, "a question is answered by no text and no tool call")
      }
    }
  }

  private static func works(_ bench: Bench) throws {
    try bench.eachRole([.tool]) { session in
      var name = "conformance"
      if try bench.manifest().traits(.tool)["list"]?.bool ?? false {
        let listed = session.perform(Work(kind: OpKind.listTools))
        guard listed.completed, let tools = listed.terminal?.json["tools"]?.array else {
          throw Breach(.works, "LIST, which the trait list promises, is not COMPLETED with tools: \(end(listed))")
        }
        name = try tools.map(checkedName).first ?? name
      }
      let done = session.perform(.invoke(name, [:]))
      // Empty arguments may be wrong for a tool, and nobody here knows better ones.
      guard done.completed || done.terminal?.failure?.cls == .invalid || done.status != vox_status(VOX_OK) else {
        throw Breach(.works, "a call of \(name) is neither COMPLETED nor refused as invalid: \(end(done))")
      }
    }
  }

  private static func checkedName(_ tool: JSONValue) throws -> String {
    guard let tool = ToolDescription(json: tool), !tool.name.isEmpty else { throw Breach(.works, "LIST names a tool without a name") }
    do {
      _ = try JSONSchema(tool.schema)
    } catch {
      throw Breach(.works, "the schema of \(tool.name) does not compile: \(error)")
    }
    return tool.name
  }

  private static func dials(_ bench: Bench) throws {
    try bench.eachRole([.telephony]) { session in
      let dialled = session.perform(.usual(.telephony))
      guard dialled.terminal != nil || dialled.status != vox_status(VOX_OK) else {
        throw Breach(.dials, "a dialled call has no outcome: neither COMPLETED nor FAILED nor, after the deadline, CANCELLED")
      }
      if dialled.terminal?.json["outcome"]?.string == "answered" { try speaks(on: session, .dials) }
    }
  }

  private static func takesCalls(_ bench: Bench) throws {
    guard try bench.manifest().roles.contains(.telephony) else { throw NotApplicable("it has no telephony") }
    let provider = try bench.provider()
    let account = try provider.openAccount()
    // A line with a simulated caller offers at once; a real one may never.
    guard provider.run(forMs: 2_000, until: { !account.offers.isEmpty }) else { throw NotApplicable("no call was offered within 2 s") }
    let offer = account.offers[0]
    guard let id = offer["id"]?.string, !id.isEmpty, offer["from"]?.string != nil, offer["to"]?.string != nil else {
      throw Breach(.takesCalls, "the offer \(offer.text) lacks id, from or to")
    }
    let session = try account.openSession(.telephony, offer: id)
    session.perform(Work(kind: OpKind.ring))
    let answered = session.perform(Work(kind: OpKind.answer))
    guard answered.completed else { throw Breach(.takesCalls, "ANSWER of offer \(id) is not COMPLETED: \(end(answered))") }
    try speaks(on: session, .takesCalls)
    session.end()
    account.close()
    provider.destroy()
  }

  /// Speaks 400 ms to a line that is up.
  private static func speaks(on session: OpenSession, _ clause: Clause) throws {
    let spoken = session.perform(Work(kind: OpKind.speak, feed: .speak(ms: 400)))
    // The far party may have hung up meanwhile, which cancels what was being said.
    guard spoken.completed || session.host.session(session.handle).failure != nil || spoken.terminal?.kind == .cancelled else {
      throw Breach(clause, "SPEAK is not COMPLETED: \(end(spoken))")
    }
  }

  private static func end(_ done: Performance) -> String {
    if done.status != vox_status(VOX_OK) { return "start answers \(done.status)" }
    guard let terminal = done.terminal else { return "no terminal event" }
    return terminal.failure?.description ?? "event \(terminal.kind.rawValue)"
  }
}
