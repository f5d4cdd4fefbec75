// What Echo promises in each role, seen through its library as a host sees it.

import PluginABI
import PluginHarness
import Testing
import Vox

@Suite struct EchoTests {
  /// The voice says every word as its own chord, in order, and tells when each is said.
  @Test func voiceSpeaksWordCodedAudio() throws {
    let lab = try PluginLab("Echo")
    let session = try lab.open(.tts, settings: ["voice": 1])
    let op = session.start(OpKind.say, text: "tango17 bravo4 tango99")

    let sound = session.events(.ttsAudio).flatMap(\.samples)
    let said = [Chord(number: 17, speaker: 2), Chord(number: 4, speaker: 3), Chord(number: 99, speaker: 2)]
    #expect(Chord.all(in: sound, rate: 16_000) == said)
    let words = try #require(session.events(.ttsWords).first).words
    #expect(words.map(\.text) == ["tango17", "bravo4", "tango99"])
    #expect(words.map(\.start) == [0, 4_000, 8_000])
    #expect(session.terminal(op)?.json == ["samples": 12_000])
    #expect(session.events(.usage).map(\.name) == ["characters"])
    lab.finish(session)
  }

  /// A voice that the host refuses for a while loses nothing and repeats nothing.
  @Test func voiceWaitsForRoom() throws {
    let lab = try PluginLab("Echo")
    let session = try lab.open(.tts)
    lab.host.setRoom(2)
    let op = session.start(OpKind.say, text: "one two three four")
    #expect(session.terminal(op) == nil)
    for _ in 0..<20 where session.terminal(op) == nil {
      lab.host.setRoom(1)
      session.resume(op)
    }
    #expect(session.events(.ttsAudio).flatMap(\.samples).count == 16_000)
    #expect(session.terminal(op)?.kind == .completed)
    lab.finish(session)
  }

  /// A cancelled utterance ends once, and the one behind it is spoken whole.
  @Test func voiceIsInterrupted() throws {
    let lab = try PluginLab("Echo")
    let session = try lab.open(.tts)
    lab.host.setRoom(3)
    let first = session.start(OpKind.say, text: "one two three")
    let second = session.start(OpKind.say, text: "four")
    session.cancel(first)
    lab.host.setRoom(1_000)
    session.resume()
    #expect(session.terminal(first)?.kind == .cancelled)
    #expect(session.terminal(second)?.kind == .completed)
    #expect(session.events(.ttsAudio, op: second).flatMap(\.samples).count == 4_000)
    lab.finish(session)
  }

  /// Once the utterance that the host refused is cancelled, the next one is spoken without waiting for a RESUME, which never comes.
  @Test func nextUtteranceFollowsARefusedOne() throws {
    let lab = try PluginLab("Echo")
    let session = try lab.open(.tts)
    lab.host.setRoom(1)
    let first = session.start(OpKind.say, text: "one two")
    let waiting = session.start(OpKind.say, text: "three")
    lab.host.setRoom(100)
    session.cancel(first)
    #expect(session.terminal(first)?.kind == .cancelled)
    #expect(session.terminal(waiting)?.json == ["samples": 4_000])
    let next = session.start(OpKind.say, text: "four")
    #expect(session.terminal(next)?.json == ["samples": 4_000])
    lab.finish(session)
  }

  /// A burst of sound becomes the next text of `hears`: interims while it lasts, then a final and the end of the turn.
  @Test func recogniserHearsBursts() throws {
    let lab = try PluginLab("Echo")
    let session = try lab.open(.stt, settings: ["hears": ["good morning to you", "bye"]])
    let op = session.start(OpKind.listen)
    hear(session, op, [(0, 200), (8_000, 1_000), (0, 400), (8_000, 300), (0, 400)])

    let transcripts = session.events(.transcript)
    #expect(transcripts.filter(\.isFinal).map(\.text) == ["good morning to you", "bye"])
    #expect(transcripts.filter { !$0.isFinal }.map(\.text).prefix(3) == ["good", "good morning", "good morning to"])
    #expect(session.events(.speechStarted).map(\.position) == [3_200, 25_600])
    #expect(session.events(.turnEnd).count == 2)
    lab.finish(session)
  }

  /// A burst that is longer than its text is told of every second all the same: a host takes silence for a recogniser that is lost.
  @Test func recogniserGivesSignsOfLife() throws {
    let lab = try PluginLab("Echo")
    let session = try lab.open(.stt)
    let op = session.start(OpKind.listen)
    hear(session, op, [(8_000, 5_000)])
    let ends: [UInt64] = [0] + session.events(.transcript).map(\.end) + [5 * 16_000]
    #expect(zip(ends, ends.dropFirst()).allSatisfy { $1 - $0 <= 16_320 }, "\(ends)")
    lab.finish(session)
  }

  /// A flush brings what was said so far as a final before its mark comes back; the end of the input completes the op.
  @Test func recogniserFlushes() throws {
    let lab = try PluginLab("Echo")
    let session = try lab.open(.stt)
    let op = session.start(OpKind.listen)
    hear(session, op, [(8_000, 400)])
    session.finalize(op, mark: 7)
    session.finalize(op, mark: 8)
    session.finalize(op)
    let finals = session.events(.transcript).filter(\.isFinal)
    #expect(finals.map(\.text) == ["hello", "", ""])
    #expect(session.events(.flushed).map(\.value) == [7, 8])
    #expect(session.terminal(op)?.kind == .completed)
    #expect(session.events(.usage).map(\.value) == [400])
    lab.finish(session)
  }

  /// While the host takes no transcript, the recogniser takes no audio, and asks for it as soon as it can.
  @Test func recogniserPushesBack() throws {
    let lab = try PluginLab("Echo")
    let session = try lab.open(.stt)
    let op = session.start(OpKind.listen)
    lab.host.setRoom(0)
    hear(session, op, [(8_000, 200)])
    #expect(session.push([Int16](repeating: 8_000, count: 320), to: op) == .wouldBlock)
    lab.host.setRoom(100)
    session.resume(op)
    #expect(session.events(.resume).count == 1)
    #expect(session.push([Int16](repeating: 8_000, count: 320), to: op) == .ok)
    lab.finish(session)
  }

  /// A listening that is cancelled while its transcript was refused does not silence the next one.
  @Test func recogniserForgetsACancelledListening() throws {
    let lab = try PluginLab("Echo")
    let session = try lab.open(.stt)
    let first = session.start(OpKind.listen)
    lab.host.setRoom(0)
    hear(session, first, [(8_000, 200)])
    session.cancel(first)
    lab.host.setRoom(100)
    let second = session.start(OpKind.listen)
    hear(session, second, [(8_000, 400)])
    session.finalize(second)
    #expect(session.events(.transcript, op: second).filter(\.isFinal).map(\.text) == ["hello"])
    lab.finish(session)
  }

  /// The model repeats the caller word by word, not before its delay has passed.
  @Test func modelRepeats() throws {
    let lab = try PluginLab("Echo")
    let session = try lab.open(.llm, settings: ["delay_ms": 250])
    let op = session.start(OpKind.chat, body: ChatRequest(messages: [ChatMessage(.user, "good morning")]).json)
    lab.host.advance(ms: 249)
    #expect(session.events(.text).isEmpty)
    lab.host.advance(ms: 1)
    #expect(session.events(.text).map(\.text) == ["You", " said:", " good", " morning."])
    #expect(session.terminal(op)?.json == ["stop": "end"])
    lab.finish(session)
  }

  /// An answer that is cancelled before its first word came, or while a word was refused, leaves the way free for the next one.
  @Test func modelForgetsACancelledAnswer() throws {
    let lab = try PluginLab("Echo")
    let session = try lab.open(.llm, settings: ["delay_ms": 250])
    let body = ChatRequest(messages: [ChatMessage(.user, "good morning")]).json
    let early = session.start(OpKind.chat, body: body)
    session.cancel(early)
    lab.host.setRoom(1)
    let refused = session.start(OpKind.chat, body: body)
    lab.host.advance(ms: 250)
    session.cancel(refused)
    lab.host.setRoom(100)
    let next = session.start(OpKind.chat, body: body)
    lab.host.advance(ms: 250)
    #expect(session.terminal(early)?.kind == .cancelled && session.terminal(refused)?.kind == .cancelled)
    #expect(session.events(.text, op: next).map(\.text) == ["You", " said:", " good", " morning."])
    #expect(session.terminal(next)?.json == ["stop": "end"])
    lab.finish(session)
  }

  /// Told to, the model calls a tool, and then says what the tool answered.
  @Test func modelCallsTool() throws {
    let lab = try PluginLab("Echo")
    let session = try lab.open(.llm)
    let ask = ChatMessage(.user, #"call book {"day": "friday"}"#)
    let first = session.start(OpKind.chat, body: ChatRequest(messages: [ask]).json)
    let call = try #require(session.events(.toolCall).first)
    #expect(call.name == "book" && call.json == ["day": "friday"])
    #expect(session.terminal(first)?.json == ["stop": "tool"])

    let result = ChatMessage(.tool, [.toolResult(id: "call_1", content: "booked for friday", isError: false)])
    session.start(OpKind.chat, body: ChatRequest(messages: [ask, result]).json)
    #expect(session.events(.text).map(\.text).joined() == "booked for friday")
    lab.finish(session)
  }

  /// Arguments that are no JSON fail that op with a sentence, and the session lives on.
  @Test func modelRefusesBadArguments() throws {
    let lab = try PluginLab("Echo")
    let session = try lab.open(.llm)
    let bad = session.start(OpKind.chat, body: ChatRequest(messages: [ChatMessage(.user, "call book {day")]).json)
    #expect(session.terminal(bad)?.error?.code == "bad_arguments")
    let good = session.start(OpKind.chat, body: ChatRequest(messages: []).json)
    #expect(session.terminal(good)?.kind == .completed)
    lab.finish(session)
  }

  /// The tool returns its arguments, and an op kind that nobody knows is refused by name.
  @Test func toolReturnsArguments() throws {
    let lab = try PluginLab("Echo")
    let session = try lab.open(.tool)
    let op = session.start(OpKind.invoke, body: ["name": "any", "arguments": ["a": [1, 2]]])
    #expect(session.terminal(op)?.json == ["result": ["a": [1, 2]]])
    let list = session.start(OpKind.listTools)
    #expect(session.terminal(list)?.json["tools"]?.array?.count == 1)
    let unknown = session.start(999)
    #expect(session.terminal(unknown)?.error?.code == "unknown_op")
    lab.finish(session)
  }

  /// The far party repeats the agent's sound exactly one second later, and the agent knows exactly how much was heard.
  @Test func lineRepeatsAfterOneSecond() throws {
    let lab = try PluginLab("Echo")
    let session = try lab.open(.telephony)
    let dial = session.start(OpKind.dial, body: ["to": "100"])
    #expect(session.terminal(dial)?.json == ["outcome": "answered"])
    let speak = session.start(OpKind.speak)
    for i in 0..<10 { #expect(session.push([Int16](repeating: Int16(i + 1), count: 320), to: speak) == .ok) }
    session.finalize(speak)
    lab.host.advance(ms: 1_300)

    let line = session.events(.lineAudio)
    let heard = line.flatMap(\.samples)
    #expect(heard.prefix(16_000).allSatisfy { $0 == 0 })
    #expect(heard[16_000..<19_200].elementsEqual((0..<3_200).map { Int16($0 / 320 + 1) }))
    #expect(session.terminal(speak)?.json == ["played": 3_200])
    #expect(session.events(.played).map(\.position) == [3_200])
    #expect(line.count == 65)
    lab.finish(session)
  }

  /// Cancelled speech stops with the next frame, and the position that was heard comes back.
  @Test func lineIsCleared() throws {
    let lab = try PluginLab("Echo")
    let session = try lab.open(.telephony)
    session.start(OpKind.dial, body: ["to": "100"])
    let speak = session.start(OpKind.speak)
    for _ in 0..<10 { session.push([Int16](repeating: 5, count: 320), to: speak) }
    lab.host.advance(ms: 60)
    session.cancel(speak)
    #expect(session.terminal(speak)?.position == 960)
    #expect(session.push([5], to: speak) == .stale)
    lab.finish(session)
  }

  /// A second speech is refused while one is played, so that none is left without an end.
  @Test func lineSpeaksOneAtATime() throws {
    let lab = try PluginLab("Echo")
    let session = try lab.open(.telephony)
    session.start(OpKind.dial, body: ["to": "100"])
    let first = session.start(OpKind.speak)
    let second = session.start(OpKind.speak)
    #expect(session.terminal(second)?.error?.code == "busy_line")
    session.finalize(first)
    lab.host.advance(ms: 20)
    #expect(session.terminal(first)?.json == ["played": 0])
    lab.finish(session)
  }

  /// Pushes stretches of one level each, in frames of 20 ms.
  private func hear(_ session: LabSession, _ op: UInt64, _ stretches: [(level: Int16, ms: Int)]) {
    for (level, ms) in stretches {
      for _ in 0..<(ms / 20) { session.push([Int16](repeating: level, count: 320), to: op) }
    }
  }
}
