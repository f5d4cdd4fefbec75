// One role at work: one token, one word, one second of a voice, a list.

import Base
import Loader
import PluginABI
import Vox

/// A session that is given the least work its role has. Lives on its loop.
final class TrialWork: SessionOwner, TimerTarget {
  private let role: Role
  private let question: UInt16?
  private let table: SessionTable
  private let done: (TrialResult) -> Void
  private var result: TrialResult
  private var session: ProviderSession?
  private var op: OpID?
  private var timers: [Wake: TimerID] = [:]
  private var askedAt = Instant.never
  /// What a recogniser is to hear, how much of it has been taken, and whether the rest must wait for room.
  private var sound: [Int16] = []
  private var taken = 0
  private var isFull = false
  private var hasEnded = false

  private enum Wake: UInt64 { case deadline, frame }

  /// A model that is loaded into a machine which had none takes a minute.
  private static let limitMs = 120_000
  private static let connectMs = 30_000
  /// The pace of a line.
  private static let frameMs = 20

  /// - Parameters:
  ///   - question: the kind of an op that is asked instead of work.
  ///   - done: called once, on the loop.
  init(_ role: Role, question: UInt16?, _ table: SessionTable, done: @escaping (TrialResult) -> Void) {
    self.role = role
    self.question = question
    self.table = table
    self.done = done
    result = TrialResult(role: role)
  }

  private var now: Instant { table.loop.now }

  func begin(_ provider: Provider) {
    askedAt = now
    wake(.deadline, inMs: Self.limitMs)
    session = Registry.open(
      provider, role, rate: 16_000, flags: role == .stt && question == nil ? 0 : UInt16(VOX_OPEN_CONTROL), connectMs: Self.connectMs,
      on: table, owner: self)
  }

  private func wake(_ wake: Wake, inMs ms: Int) {
    table.loop.cancel(timers[wake])
    timers[wake] = table.loop.timer(self, token: wake.rawValue, at: now.advanced(byMs: ms))
  }

  func timerFired(token: UInt64) {
    if token == Wake.frame.rawValue { return push() }
    end(ProviderError(.timeout, "it did not finish within \(Self.limitMs / 1000) s", effects: .maybe, code: "deadline"))
  }

  // MARK: From the session

  func sessionReady(_ session: ProviderSession) {
    result.readyMs = now.ms(since: askedAt)
    askedAt = now
    if let question { return ask(question) }
    switch role {
    case .llm:
      ask(OpKind.chat, body: #"{"messages":[{"role":"user","parts":[{"type":"text","text":"Say yes."}]}],"tools":[],"max_tokens":1}"#)
    case .tts: ask(OpKind.say, text: "Hello")
    case .stt:
      sound = Vowel.samples(rate: session.inRate)
      ask(OpKind.listen)
      push()
    case .tool:
      // No tool is called: who knows what it would do.
      if session.traits.bool("list") { ask(OpKind.listTools) } else { end(nil) }
    case .telephony, .room: end(nil)
    }
  }

  private func ask(_ kind: UInt16, text: String = "", body: String = "{}") {
    op = session?.start(kind, text: text, body: body, key: "trial/\(role.name)")
    if op == nil { end(ProviderError(.internal, "it takes no work", scope: .session, code: "start_refused")) }
  }

  private func push() {
    guard let session, let op, !hasEnded else { return }
    guard taken < sound.count else {
      // What counts is how long the text takes behind the end of the speech.
      askedAt = now
      return session.finalize(op)
    }
    let frame = sound[taken..<min(taken + session.inRate * Self.frameMs / 1000, sound.count)]
    let status = frame.withUnsafeBufferPointer { session.push(op, $0, position: UInt64(taken)) }
    isFull = status == vox_status(VOX_WOULD_BLOCK)
    if status == vox_status(VOX_OK) { taken = frame.endIndex }
    if !isFull { wake(.frame, inMs: Self.frameMs) }
  }

  func session(_ session: ProviderSession, event: ProviderEvent) {
    guard !hasEnded else { return }
    if event.kind == .usage, let usage = event.usage { result.note(usage) }
    if event.kind == .resume, isFull { push() }
    if event.kind == .ttsAudio, let op = event.op, let audio = event.audio {
      result.soundSamples += Int(audio.count)
      session.consumed(op, samples: Int(audio.count))
    }
    if result.firstMs == nil, [.text, .toolCall, .ttsAudio].contains(event.kind) { result.firstMs = now.ms(since: askedAt) }
    guard event.op == op, event.kind.isTerminal else { return }
    switch event.kind {
    case .completed: end(whole(event))
    case .failed: end(session.failure(event) ?? ProviderError(.internal, "it failed without saying why"))
    default: end(ProviderError(.internal, "it gave up", code: "gave_up"))
    }
  }

  /// What is wrong with an end that looks well; nil when nothing is.
  private func whole(_ event: ProviderEvent) -> ProviderError? {
    result.wholeMs = now.ms(since: askedAt)
    if question != nil {
      result.answer = try? event.text?.text.json()
      return nil
    }
    if role == .tool { result.tools = (try? event.text?.text.json())?["tools"]?.array?.compactMap { $0["name"]?.string } }
    guard role == .tts, result.soundSamples == 0 else { return nil }
    return ProviderError(.internal, "it completed without a sound", effects: .yes, code: "no_sound")
  }

  func session(_ session: ProviderSession, failed error: ProviderError) { end(error) }

  private func end(_ error: ProviderError?) {
    guard !hasEnded else { return }
    hasEnded = true
    result.error = error
    for timer in timers.values { table.loop.cancel(timer) }
    session?.close(.policy)
    done(result)
  }
}
