// The failing plugin itself: it must do exactly what a cell asks of it, or the matrix proves nothing.

import PluginABI
import PluginHarness
import Testing
import Vox

@Suite struct FaultsTests {
  /// A session that belongs to a call; others are served well.
  private func open(_ lab: PluginLab, _ role: Role, _ settings: JSONValue) throws -> LabSession {
    let context = immortalView(#"{"call":"c_1"}"#)
    return try lab.open(role, settings: settings) { $0.context = context }
  }

  private func say(_ text: String, _ settings: JSONValue) throws -> [Heard] {
    let lab = try PluginLab("Faults", settings: settings)
    let session = try open(lab, .tts, settings)
    let op = session.start(OpKind.say, text: text)
    lab.host.advance(ms: 5000)
    let events = session.events(op: op)
    lab.finish(session)
    return events
  }

  /// A voice that is well has its first sound after 150 ms, then four times as fast as it is heard, each word with its times before it.
  @Test func voiceIsWell() throws {
    let events = try say("w1 w2. w3", [:])
    let sound = events.filter { $0.kind == .ttsAudio }
    #expect(sound.map(\.samples.count) == [2560, 2560, 2560])
    #expect(sound.map { $0.at / 1_000_000 } == [1150, 1190, 1230])
    let words = events.filter { $0.kind == .ttsWords }.flatMap(\.words)
    #expect(words.map(\.start) == [0, 2560, 5120])
    #expect(words.map(\.end) == [1920, 4480, 7040])
    #expect(events.last?.json == ["samples": 7680])
  }

  /// A voice that is cut after a word gives half of the next one, no time for it, and then fails.
  @Test func voiceIsCut() throws {
    let events = try say("w1 w2 w3", ["fault": "cut", "after": 2])
    #expect(events.filter { $0.kind == .ttsAudio }.map(\.samples.count) == [2560, 2560, 960])
    #expect(events.filter { $0.kind == .ttsWords }.flatMap(\.words).count == 2)
    #expect(events.last?.error?.cls == .unavailable)
  }

  /// Without word times there are none.
  @Test func voiceWithoutTimes() throws {
    let events = try say("w1 w2", ["word_times": false])
    #expect(!events.contains { $0.kind == .ttsWords })
    #expect(events.last?.kind == .completed)
  }

  /// The fault strikes so many pieces of work, after so many that went well.
  @Test func strikesSomePieces() throws {
    let settings: JSONValue = ["fault": "unavailable", "skip": 1, "times": 2]
    let lab = try PluginLab("Faults", settings: settings)
    let session = try open(lab, .tts, settings)
    let ends = (0..<5).map { _ in
      let op = session.start(OpKind.say, text: "w1")
      lab.host.advance(ms: 1000)
      return session.terminal(op)?.kind
    }
    #expect(ends == [.completed, .failed, .failed, .completed, .completed])
    lab.finish(session)
  }

  /// What a provider reports of itself has the class, the status and the wait that the vendors' answers have.
  @Test(arguments: [
    ("auth", ErrorClass.auth, 401), ("quota", .quota, 402), ("rate", .rate, 429), ("unavailable", .unavailable, 503),
    ("overloaded", .overloaded, 529),
  ]) func reports(_ fault: String, _ cls: ErrorClass, _ status: Int32) throws {
    let error = try #require(try say("w1", ["fault": .string(fault), "retry_after_ms": 7000]).last?.error)
    #expect(error.cls == cls)
    #expect(error.wireStatus == status)
    #expect(error.retryAfterMs == (cls == .rate ? 7000 : 0))
  }

  /// Whoever ignores cancel is silent until then, and speaks to nobody afterwards.
  @Test func ignoresCancel() throws {
    let settings: JSONValue = ["fault": "ignore_cancel"]
    let lab = try PluginLab("Faults", settings: settings)
    let session = try open(lab, .tts, settings)
    let op = session.start(OpKind.say, text: "w1 w2")
    lab.host.advance(ms: 3000)
    #expect(session.events(op: op).isEmpty)
    session.cancel(op)
    lab.host.advance(ms: 1000)
    #expect(session.events(op: op).map(\.kind) == [.usage, .completed])
    lab.finish(session)
  }

  /// The recogniser reads what the voice speaks: all 64 words, at any offset, with interims on the way and one final when it is asked.
  @Test(arguments: [16_000, 8000]) func recogniserReadsTheCode(_ rate: Int) throws {
    let words = (1...24).map { "w\($0)" } + (1...20).map { "q\($0)" } + (1...20).map { "x\($0)" }
    let lab = try PluginLab("Faults")
    let voice = try lab.open(.tts, outRate: rate)
    let spoken = voice.start(OpKind.say, text: words.joined(separator: " "))
    lab.host.advance(ms: 10_000)
    let sound = [Int16](repeating: 0, count: 37) + voice.events(.ttsAudio, op: spoken).flatMap(\.samples)
    let ear = try lab.open(.stt, inRate: rate)
    let op = ear.start(OpKind.listen)
    for start in stride(from: 0, to: sound.count, by: rate / 50) {
      ear.push(Array(sound[start..<min(start + rate / 50, sound.count)]), to: op, rate: rate, position: UInt64(start))
    }
    ear.finalize(op, mark: 3)
    lab.host.advance(ms: 200)
    let transcripts = ear.events(.transcript, op: op)
    #expect(transcripts.last?.text == words.joined(separator: " "))
    #expect(transcripts.last?.isFinal == true)
    #expect(transcripts.filter { !$0.isFinal }.count > 20)
    #expect(ear.events(.flushed, op: op).map(\.value) == [3])
    for one in [voice, ear] {
      one.close()
      one.destroy()
    }
    lab.close()
    #expect(lab.host.violations.isEmpty)
  }

  /// The model goes on where its answer broke off, or begins again, as it was told.
  @Test(arguments: [("prefill", "w4 w5"), ("restart", "w1 w2")]) func modelContinues(_ resume: String, _ first: String) throws {
    let settings: JSONValue = ["resume": .string(resume)]
    let lab = try PluginLab("Faults", settings: settings)
    let session = try open(lab, .llm, settings)
    let chat = ChatRequest(messages: [ChatMessage(.user, "q1 q2"), ChatMessage(.assistant, "w1 w2 w3")])
    let op = session.start(OpKind.chat, body: chat.json)
    lab.host.advance(ms: 2000)
    let text = session.events(.text, op: op).map(\.text).joined()
    #expect(text.hasPrefix(first))
    #expect(text.hasSuffix("w23 w24."))
    #expect(session.terminal(op)?.kind == .completed)
    lab.finish(session)
  }
}
