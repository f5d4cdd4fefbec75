// The C example does what its role demands, seen through its library as a host sees it.

import Foundation
import PluginABI
import PluginHarness
import Testing
import Vox

@Suite struct ToneCTests {
  /// Every word is spoken for 200 ms, with its times before its sound, and the op ends once with its usage told.
  @Test func speaksWords() throws {
    let lab = try PluginLab("ToneC")
    let session = try lab.open(.tts)
    let op = session.start(OpKind.say, text: " two  words ")
    lab.host.advance(ms: 0)
    #expect(session.events(.ttsWords).first?.words.map(\.text) == ["two", "words"])
    let sound = session.events(.ttsAudio).flatMap(\.samples)
    #expect(sound.count == 8_000)
    #expect(sound[0..<3_200].contains { $0 > 7_000 } && sound[3_200..<4_000].allSatisfy { $0 == 0 })
    #expect(session.events(.usage).map(\.value) == [12])
    #expect(session.terminal(op)?.json == ["samples": 8_000])
    lab.finish(session)
  }

  /// What a later host may put into reserved members is refused, not overlooked.
  @Test func reservedMembersAreRefused() throws {
    let lab = try PluginLab("ToneC")
    #expect(throws: PluginLab.Refusal.self) { try lab.open(.tts) { $0.zero = 1 } }
    #expect(throws: PluginLab.Refusal.self) { try lab.open(.tts) { $0.struct_size -= 8 } }
    let session = try lab.open(.tts)
    #expect(session.tryStart(OpKind.say, text: "one") { $0.zero = 1 } == VOX_UNSUPPORTED)
    #expect(session.tryStart(OpKind.say, text: "one") { $0.struct_size -= 8 } == VOX_INVALID)
    #expect(session.events(.ttsAudio).isEmpty)
    lab.finish(session)
  }

  /// A second close says nothing more.
  @Test func closesOnce() throws {
    let lab = try PluginLab("ToneC")
    let session = try lab.open(.tts)
    session.close()
    lab.finish(session)
  }

  /// A long text is said in steps, each started by a timer, so that no call takes long.
  @Test func longTextGoesInSteps() throws {
    let lab = try PluginLab("ToneC")
    let session = try lab.open(.tts)
    let op = session.start(OpKind.say, text: String(repeating: "word ", count: 100))
    #expect(session.events(.ttsAudio).count < 25)
    lab.host.advance(ms: 0)
    #expect(session.events(.ttsAudio).flatMap(\.samples).count == 100 * 4_000)
    #expect(session.terminal(op)?.kind == .completed)
    lab.finish(session)
  }

  /// What the host has no room for is said again after RESUME: nothing lost, nothing twice.
  @Test func waitsForRoom() throws {
    let lab = try PluginLab("ToneC")
    let session = try lab.open(.tts)
    lab.host.setRoom(0)
    let op = session.start(OpKind.say, text: "one two")
    for _ in 0..<20 where session.terminal(op) == nil {
      lab.host.setRoom(1)
      session.resume(op)
      lab.host.advance(ms: 0)
    }
    #expect(session.events(.ttsAudio).flatMap(\.samples).count == 8_000)
    #expect(session.terminal(op)?.kind == .completed)
    lab.finish(session)
  }

  /// An interrupted text ends once, and the next one is spoken from its start.
  @Test func isInterrupted() throws {
    let lab = try PluginLab("ToneC")
    let session = try lab.open(.tts)
    let first = session.start(OpKind.say, text: String(repeating: "word ", count: 100))
    session.cancel(first)
    #expect(session.terminal(first)?.kind == .cancelled)
    let second = session.start(OpKind.say, text: "next")
    lab.host.advance(ms: 0)
    #expect(session.events(.ttsAudio, op: second).first?.position == 0)
    #expect(session.terminal(second)?.kind == .completed)
    lab.finish(session)
  }

  /// An empty text completes without sound.
  @Test func emptyTextCompletes() throws {
    let lab = try PluginLab("ToneC")
    let session = try lab.open(.tts)
    let op = session.start(OpKind.say)
    lab.host.advance(ms: 0)
    #expect(session.terminal(op)?.kind == .completed && session.events(.ttsAudio).isEmpty)
    lab.finish(session)
  }
}
