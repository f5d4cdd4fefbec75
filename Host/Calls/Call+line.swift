// What the line does to the call: answered, sound, keys, transfer, end.

import Base
import Journal
import Media
import Tenants
import PluginABI
import Vox

extension Call: LineOwner {
  func lineAnswered() { answered() }

  func lineHeard(_ samples: UnsafeBufferPointer<Int16>, flags: UInt16) {
    guard state == .answered else { return }
    listener.hear(samples)
    if message != nil { keep(samples) }
  }

  func lineKey(_ digit: Character, source: UInt16) {
    guard state == .answered else { return }
    let sources = ["line", "event", "signalling", "in-band"]
    write(.dtmf(Fact.DTMF(digit: String(digit), source: sources.indices.contains(Int(source)) ? sources[Int(source)] : "line")))
    if choose(digit) { return }
    guard agent.keys.enabled else { return }
    clear(.silence)
    if agent.keys.interrupts { act(interruption.event(.key, at: nowMs)) }
    keypad.expectedDigits = expectation.kind == .digits ? expectation.digits : 0
    act(keypad.key(digit, at: nowMs))
  }

  func act(_ action: KeypadEntry.Action) {
    switch action {
    case .none:
      clear(.keypad)
      awaitCaller()
    case .wait(let untilMs): set(.keypad, atMs: untilMs)
    case .complete(let digits):
      clear(.keypad)
      guard !isFinishing else { return }
      // Words that wait for an answer are part of it; unsure ones are not worth a question any more.
      let isSure = confidence == 0 || Double(confidence) / 1000 >= agent.confidence.accept
      if !isSure {
        for words in finals { noteHeard(words, .ignored) }
        finals = []
      }
      coming.callerStopped = loop.now
      guard connecting == nil else {
        var keys = Listener.Words(text: "[dtmf \(digits)]", isFinal: true, confidence: 0, start: 0, end: 0, provider: "")
        keys.isNoted = true
        return finals.append(keys)
      }
      takeTurn((finals.map(\.text) + ["[dtmf \(digits)]"]).joined(separator: " "), confidence: 0, cause: .dtmf)
    }
  }

  func lineEnded(_ cause: LegCause) {
    switch cause {
    case .transferred: end(.transferred)
    case .failed: end(.lineFailed)
    default: end(.callerHungUp)
    }
  }

  func lineFailed(_ error: ProviderError) { end(.lineFailed, problem: error) }
  func lineAttempt(_ attempt: Attempt) { note(attempt) }
  func lineClosed() { endWhenClosed() }

  /// Hands the caller over to a number of the agent's list.
  func transfer(to target: String) {
    guard let number = agent.transfers[target] else {
      write(.transfer(Fact.Transfer(target: target, outcome: .unreachable)))
      return tellTransferFailed()
    }
    connecting = (target, loop.now)
    clear(.silence)
    line.transfer(to: number, timeoutMs: 30_000, now: loop.now)
  }

  func lineTransfer(_ outcome: JSONValue?, error: ProviderError?) {
    guard let connecting else { return }
    self.connecting = nil
    let word = outcome?["outcome"]?.string ?? "failed"
    let outcomes: [String: Fact.Transfer.Outcome] = [
      "answered": .answered, "busy": .busy, "no_answer": .noAnswer, "declined": .declined, "unreachable": .unreachable,
    ]
    let result = outcomes[word] ?? .failed
    write(.transfer(Fact.Transfer(target: connecting.target, outcome: result, ms: loop.now.ms(since: connecting.since))))
    if result == .answered { end(.transferred) } else { tellTransferFailed() }
  }

  /// The caller is still here: the model is told, and finds another way.
  private func tellTransferFailed() {
    // Who was to be connected because nobody could be asked: the next step.
    if let (role, error) = resorting { return resort(role, error) }
    if let error = lost {
      lost = nil
      return resort(lostRole, error, wasAsked: false)
    }
    // What the caller has said meanwhile is part of it.
    takeTurn((finals.map(\.text) + ["[transfer failed]"]).joined(separator: " "), confidence: 0, cause: .toolResult)
  }
}
