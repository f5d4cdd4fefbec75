// What the plugin promises a host: order, word times, back-pressure, cancelling, refusals in a sentence.

import Foundation
import PluginABI
import PluginHarness
import Testing
import Vox

@Suite struct FlitePluginTests {
  /// A voice that repeats every sample.
  private static let kal16: JSONValue = ["voice": "kal16"]

  /// A text comes as gapless audio with its words' times before it, and ends with its length and what it cost.
  @Test func says() throws {
    let lab = try PluginLab("Flite", clock: .machine)
    let session = try lab.open(.tts, settings: Self.kal16)
    let text = "Hello, Zoë. It costs $5 on 3/21."
    let op = session.start(OpKind.say, text: text)
    #expect(lab.host.wait { _ in session.terminal(op) != nil })

    let sound = session.events(.ttsAudio)
    let total = sound.map(\.samples.count).reduce(0, +)
    #expect(session.terminal(op)?.json == ["samples": .int(Int64(total))])
    #expect(sound.allSatisfy { $0.samples.count <= 3_200 && $0.rate == 16_000 } && total > 32_000)
    let words = session.events(.ttsWords).flatMap(\.words)
    #expect(words.map(\.text) == ["Hello", "Zoë", "It", "costs", "$5", "on", "3/21"])
    #expect(zip(words, words.dropFirst()).allSatisfy { $0.end <= $1.start } && (words.last?.end ?? .max) <= UInt64(total))
    #expect(session.events().first { [.ttsAudio, .ttsWords].contains($0.kind) }?.kind == .ttsWords)
    let usage = session.events(.usage)
    #expect(usage.map(\.name) == ["characters", "audio_out_ms"])
    #expect(usage.map(\.value) == [UInt64(text.unicodeScalars.count), UInt64(total / 16)])
    lab.finish(session)
  }

  /// The samples of a deterministic voice do not depend on how the host takes them: refused and resumed, nothing is lost,
  /// repeated or out of order, and no thread is held meanwhile.
  @Test func backPressure() throws {
    let text = "The quick brown fox jumps over the lazy dog. And once more."
    let lab = try PluginLab("Flite", settings: ["threads": 1], clock: .machine)
    let free = try lab.open(.tts, settings: Self.kal16)
    let whole = free.start(OpKind.say, text: text)
    #expect(lab.host.wait { _ in free.terminal(whole) != nil })

    let held = try lab.open(.tts, settings: Self.kal16)
    lab.host.setRoom(3)
    let op = held.start(OpKind.say, text: text)
    #expect(lab.host.wait(until: { lab.host.refusals > 0 }))
    lab.host.setRoom(1_000)
    // The one thread is free for others while the host has no room for this session.
    let other = free.start(OpKind.say, text: "Hi.")
    #expect(lab.host.wait { _ in free.terminal(other) != nil })
    #expect(held.terminal(op) == nil)
    held.resume(op)
    #expect(lab.host.wait { _ in held.terminal(op) != nil })
    let (once, again) = (free.events(.ttsAudio, op: whole).flatMap(\.samples), held.events(.ttsAudio).flatMap(\.samples))
    #expect(once.count == again.count)
    let difference = zip(once, again).enumerated().first { $1.0 != $1.1 }
    #expect(difference == nil, "first at sample \(difference?.offset ?? 0)")
    held.close()
    #expect(lab.host.wait { _ in held.events(.closed).count == 1 })
    held.destroy()
    lab.finish(free)
  }

  /// Several texts are said one after the other, each to its end.
  @Test func inOrder() throws {
    let lab = try PluginLab("Flite", clock: .machine)
    let session = try lab.open(.tts, settings: Self.kal16)
    let ops = (0..<8).map { session.start(OpKind.say, text: "Number \($0). Next.") }
    let refused = session.start(OpKind.say, text: "One too many.")
    // It is refused, unless the first was said before it came.
    #expect(lab.host.wait { _ in session.terminal(refused) != nil })
    #expect(session.terminal(refused)?.error?.cls == .overloaded || session.terminal(refused)?.kind == .completed)
    #expect(lab.host.wait { _ in ops.allSatisfy { session.terminal($0) != nil } })
    let order = session.events(.ttsAudio).map(\.op).filter { $0 != refused }
    #expect(order == order.sorted { (ops.firstIndex(of: $0) ?? 0) < (ops.firstIndex(of: $1) ?? 0) } && Set(order).count == 8)
    lab.finish(session)
  }

  /// A cancelled text ends with what it cost, and the one behind it is said.
  @Test func cancel() throws {
    let lab = try PluginLab("Flite", clock: .machine)
    let session = try lab.open(.tts, settings: Self.kal16)
    lab.host.setRoom(2)
    let op = session.start(OpKind.say, text: "This will not be said to its end by anybody.")
    let next = session.start(OpKind.say, text: "But this will.")
    #expect(lab.host.wait(until: { lab.host.refusals > 0 }))
    session.cancel(op)
    lab.host.setRoom(1_000)
    session.resume()
    #expect(lab.host.wait { _ in session.terminal(next) != nil })
    #expect(session.terminal(op)?.kind == .cancelled && session.terminal(next)?.kind == .completed)
    #expect(session.events(.usage, op: op).map(\.name) == ["characters", "audio_out_ms"])
    lab.finish(session)
  }

  /// The 8 kHz voice serves a 16 kHz host, and every voice serves an 8 kHz one, with the same length in time.
  @Test(arguments: [("kal", 16_000), ("kal16", 8_000), ("kal", 8_000)])
  func rates(voice: String, rate: Int) throws {
    let lab = try PluginLab("Flite", clock: .machine)
    let session = try lab.open(.tts, settings: ["voice": .string(voice)], outRate: rate)
    let op = session.start(OpKind.say, text: "Hello there, how are you?")
    #expect(lab.host.wait { _ in session.terminal(op) != nil })
    let sound = session.events(.ttsAudio)
    let seconds = Double(sound.map(\.samples.count).reduce(0, +)) / Double(rate)
    #expect((1.0...2.5).contains(seconds) && sound.allSatisfy { $0.rate == rate })
    #expect(Double(session.events(.ttsWords).last?.words.last?.end ?? 0) / Double(rate) <= seconds)
    lab.finish(session)
  }

  /// What flite cannot do is refused with a sentence that says what it can.
  @Test func refusals() throws {
    #expect(throws: PluginLab.Refusal.self) { try PluginLab("Flite", settings: ["voice": "nobody"]) }
    let lab = try PluginLab("Flite", clock: .machine)
    #expect(throws: PluginLab.Refusal.self) { try lab.open(.tts, outRate: 44_100) }
    let session = try lab.open(.tts)
    let long = session.start(OpKind.say, text: String(repeating: "word ", count: 121))
    #expect(session.terminal(long)?.error?.message.contains("600") == true)
    let french = session.start(OpKind.say, text: "Bonjour", body: ["language": "fr"])
    #expect(session.terminal(french)?.error?.cls == .invalid)
    let unknown = session.start(99)
    #expect(session.terminal(unknown)?.error?.cls == .invalid)
    let voices = session.start(OpKind.voices)
    #expect(session.terminal(voices)?.json["voices"]?.array?.count == 5)
    lab.finish(session)
  }

  /// Nothing to say is said at once: an op of no samples.
  @Test func silence() throws {
    let lab = try PluginLab("Flite", clock: .machine)
    let session = try lab.open(.tts)
    let op = session.start(OpKind.say, text: " … ")
    #expect(lab.host.wait { _ in session.terminal(op) != nil })
    #expect(session.terminal(op)?.json == ["samples": 0])
    lab.finish(session)
  }
}
