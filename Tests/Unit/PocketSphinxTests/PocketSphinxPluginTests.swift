// What the plugin promises a host: transcripts in order, marks answered, back-pressure both ways, refusals in a sentence.

import Foundation
import PluginABI
import PluginHarness
import Testing
import Vox

@Suite(.enabled(if: Studio.isFurnished, "the package pocketsphinx-en-us is not installed"))
struct PocketSphinxPluginTests {
  private static func settings() throws -> JSONValue {
    ["vocabulary": ["id": "demo", "directory": .string(try Studio.vocabulary())]]
  }

  private func open(_ lab: PluginLab, rate: Int = 16_000) throws -> LabSession {
    let session = try lab.open(.stt, settings: try Self.settings(), inRate: rate)
    #expect(lab.host.wait { _ in session.events(.ready).count == 1 })
    return session
  }

  /// Pushes in frames of 20 ms; returns how many samples were taken before the host was asked to wait.
  @discardableResult
  private func push(_ samples: [Int16], _ session: LabSession, _ op: vox_handle, rate: Int = 16_000, from position: Int = 0) -> Int {
    for start in stride(from: 0, to: samples.count, by: rate / 50) {
      let part = Array(samples[start..<min(start + rate / 50, samples.count)])
      guard session.push(part, to: op, rate: rate, position: UInt64(position + start)) == .ok else { return start }
    }
    return samples.count
  }

  /// A caller is heard: the onset, interims, a final with its words, the mark that was asked for, and what it cost.
  @Test func listens() throws {
    let lab = try PluginLab("PocketSphinx", clock: .machine)
    let session = try open(lab)
    let op = session.start(OpKind.listen, body: ["language": "en-US"])
    let sound = Studio.say("I want to cancel my appointment.", afterMs: 300)
    #expect(push(sound, session, op) == sound.count)
    session.finalize(op, mark: 7)
    #expect(lab.host.wait { _ in session.events(.flushed).count == 1 })
    session.finalize(op)
    #expect(lab.host.wait { _ in session.terminal(op) != nil })

    let finals = session.events(.transcript).filter(\.isFinal)
    #expect(finals.map(\.text).filter { !$0.isEmpty } == ["i want to cancel my appointment"])
    #expect(finals.first?.words.map(\.text) == ["i", "want", "to", "cancel", "my", "appointment"])
    #expect(session.events(.transcript).contains { !$0.isFinal && !$0.text.isEmpty })
    #expect(session.events(.speechStarted).count == 1)
    let flushed = try #require(session.events(.flushed).first)
    #expect(flushed.value == 7 && flushed.position == UInt64(sound.count))
    #expect(session.terminal(op)?.kind == .completed)
    #expect(session.events(.usage).map(\.value) == [UInt64(sound.count / 16)])
    lab.finish(session)
  }

  /// An expected answer is found by its grammar; a grammar that is not there is refused by its name.
  @Test func expects() throws {
    let lab = try PluginLab("PocketSphinx", clock: .machine)
    let session = try open(lab, rate: 8_000)
    let listen = session.start(OpKind.listen)
    let expect = session.start(OpKind.expect, body: ["expect": ["kind": "yes_no", "grammar": "yes_no"]])
    #expect(lab.host.wait { _ in session.terminal(expect)?.kind == .completed })
    push(try Studio.overTelephone(Studio.say("Yes.")), session, listen, rate: 8_000)
    session.finalize(listen, mark: 1)
    #expect(lab.host.wait { _ in session.events(.flushed).count == 1 })
    #expect(["yes", "yeah", "yep"].contains(session.events(.transcript).last { $0.isFinal && !$0.text.isEmpty }?.text))

    let missing = session.start(OpKind.expect, body: ["expect": ["kind": "choice", "grammar": "nothing"]])
    #expect(lab.host.wait { _ in session.terminal(missing) != nil })
    #expect(session.terminal(missing)?.error?.message.contains("nothing.gram") == true)
    lab.finish(session)
  }

  /// More than ten seconds ahead of the decoder the host is asked to wait, and called back; nothing is lost.
  @Test func backPressure() throws {
    let lab = try PluginLab("PocketSphinx", settings: ["threads": 1], clock: .machine)
    let session = try open(lab)
    let op = session.start(OpKind.listen)
    let phrase = Studio.say("I want to cancel my appointment.", beforeMs: 500, afterMs: 1_000)
    let sound = Array(repeatElement(phrase, count: 16_000 * 25 / phrase.count + 1).joined())
    var at = 0
    var waits = 0
    while at < sound.count {
      at += push(Array(sound[at...]), session, op, from: at)
      guard at < sound.count else { break }
      waits += 1
      #expect(lab.host.wait(ms: 20_000) { _ in session.events(.resume).count >= waits })
    }
    session.finalize(op)
    #expect(lab.host.wait(ms: 20_000) { _ in session.terminal(op) != nil })
    #expect(waits > 0)
    let texts = session.events(.transcript).filter { $0.isFinal && !$0.text.isEmpty }.map(\.text)
    #expect(texts == Array(repeating: "i want to cancel my appointment", count: sound.count / phrase.count))
    lab.finish(session)
  }

  /// A final that the host has no room for is kept, and comes once, before the mark behind it.
  @Test func transcriptsWait() throws {
    let lab = try PluginLab("PocketSphinx", clock: .machine)
    let session = try open(lab)
    let op = session.start(OpKind.listen)
    lab.host.setRoom(0)
    push(Studio.say("Yes please."), session, op)
    session.finalize(op, mark: 3)
    #expect(lab.host.wait(until: { lab.host.refusals > 0 }))
    #expect(session.events(.flushed).isEmpty)
    lab.host.setRoom(1_000)
    session.resume(op)
    #expect(lab.host.wait { _ in session.events(.flushed).count == 1 })
    #expect(session.events(.transcript).filter { $0.isFinal && !$0.text.isEmpty }.map(\.text) == ["yes please"])
    lab.finish(session)
  }

  /// A cancelled listening ends with what it cost, and the next one hears again on the same session.
  @Test func cancels() throws {
    let lab = try PluginLab("PocketSphinx", clock: .machine)
    let session = try open(lab)
    let first = session.start(OpKind.listen)
    push(Studio.say("I want to cancel", afterMs: 0), session, first)
    session.cancel(first)
    #expect(session.terminal(first)?.kind == .cancelled && session.events(.usage, op: first).count == 1)
    let second = session.start(OpKind.listen)
    push(Studio.say("Yes please."), session, second)
    session.finalize(second)
    #expect(lab.host.wait { _ in session.terminal(second) != nil })
    #expect(session.events(.transcript, op: second).filter { $0.isFinal && !$0.text.isEmpty }.map(\.text) == ["yes please"])
    lab.finish(session)
  }

  /// Calls on few threads are heard side by side, each its own words.
  @Test func manyCalls() throws {
    let lab = try PluginLab("PocketSphinx", settings: ["threads": 2], clock: .machine)
    let said = ["Yes please.", "I want to cancel my appointment.", "What are your opening hours?", "Can I speak to a person?"]
    let sessions = try said.map { _ in try open(lab) }
    let ops = sessions.map { $0.start(OpKind.listen) }
    for (i, text) in said.enumerated() {
      push(Studio.say(text), sessions[i], ops[i])
      sessions[i].finalize(ops[i])
    }
    #expect(lab.host.wait(ms: 20_000) { _ in zip(sessions, ops).allSatisfy { $0.terminal($1) != nil } })
    for (i, text) in said.enumerated() {
      let heard = sessions[i].events(.transcript).filter { $0.isFinal && !$0.text.isEmpty }.map(\.text)
      #expect(heard == [text.lowercased().filter { $0.isLetter || $0 == " " }])
      sessions[i].close()
      #expect(lab.host.wait { _ in sessions[i].events(.closed).count == 1 })
      sessions[i].destroy()
    }
    lab.close()
    #expect(lab.host.violations.isEmpty, "\(lab.host.violations)")
  }

  /// What cannot be served is refused with a sentence that says what to do.
  @Test func refusals() throws {
    #expect(throws: PluginLab.Refusal.self) { try PluginLab("PocketSphinx", settings: ["hmm": "/nowhere"], clock: .machine) }
    let lab = try PluginLab("PocketSphinx", settings: ["max_sessions": 1], clock: .machine)
    #expect(throws: PluginLab.Refusal.self) { try lab.open(.stt, settings: try Self.settings(), inRate: 44_100) }
    for settings: JSONValue in [[:], ["vocabulary": ["directory": "/nowhere"]]] {
      let refused = try lab.open(.stt, settings: settings)
      #expect(lab.host.wait { _ in refused.events(.failed).count == 1 })
      #expect(refused.events(.failed).first?.error?.cls == .invalid)
      refused.destroy()
    }
    let session = try open(lab)
    let second = try lab.open(.stt, settings: try Self.settings())
    #expect(lab.host.wait { _ in second.events(.failed).count == 1 })
    #expect(second.events(.failed).first?.error?.cls == .overloaded)
    second.destroy()
    let op = session.start(OpKind.listen)
    let another = session.start(OpKind.listen)
    #expect(session.terminal(another)?.error?.cls == .invalid && session.terminal(op) == nil)
    #expect(session.push([0, 0], to: op, rate: 8_000) == .invalid)
    lab.finish(session)
  }

  /// A session without a call makes decoders ready, and needs no vocabulary to open.
  @Test func warms() throws {
    let lab = try PluginLab("PocketSphinx", clock: .machine)
    let session = try lab.open(.stt, settings: try Self.settings(), inRate: 0) { $0.flags = UInt16(VOX_OPEN_CONTROL) }
    #expect(lab.host.wait { _ in session.events(.ready).count == 1 })
    let op = session.start(OpKind.warm)
    #expect(lab.host.wait { _ in session.terminal(op)?.kind == .completed })
    lab.finish(session)
  }
}
