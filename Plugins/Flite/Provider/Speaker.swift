// Speaks the texts of one session one after the other, a sentence at a time, on the threads that all sessions share.

import FliteEngine
import PluginKit
import Synchronization

/// Everything but the three verbs happens on the session's queue.
final class Speaker: @unchecked Sendable {
  private let voice: Voice
  private let prosody: Prosody
  private let rate: Int
  private let queue: SerialQueue
  private var waiting: [Speech] = []
  private let isClosing = Atomic(false)

  /// - Parameter rate: Hz of what the host is given.
  init(voice: Voice, prosody: Prosody, rate: Int, queue: SerialQueue) {
    self.voice = voice
    self.prosody = prosody
    self.rate = rate
    self.queue = queue
  }

  /// Puts a text behind those that wait; false when too much waits. [session]
  func say(_ speech: Speech) -> Bool {
    queue.async {
      self.waiting.append(speech)
      self.advance()
    }
  }

  /// The host has room again, or an op was cancelled. [session]
  func goOn() {
    queue.async {
      self.waiting.first?.roomAgain()
      self.advance()
    }
  }

  /// Falls silent, then calls `done`. [session]
  func close(_ done: @escaping @Sendable () -> Void) {
    isClosing.store(true, ordering: .releasing)
    let isQueued = queue.async {
      self.waiting.removeAll()
      done()
    }
    if !isQueued { done() }
  }

  /// One sentence a turn, then back into the line, so that a long text of one call does not make others wait.
  private func advance() {
    while let speech = waiting.first {
      switch speech.step({ self.synthesize($0, for: speech) }) {
      case .waits: return
      case .done: waiting.removeFirst()
      case .goesOn: if queue.async({ self.advance() }) { return }
      }
    }
  }

  private func synthesize(_ sentence: Sentence, for speech: Speech) {
    guard let outlet = SampleOutlet(from: voice.rate, to: rate) else { return speech.fail("Flite cannot speak at \(rate) Hz.") }
    let start = speech.made
    voice.speak(
      sentence.text, prosody,
      words: { speech.add(sentence.spans(of: $0), from: start, rate: rate) },
      chunk: { samples in
        guard !speech.isUnwanted, !isClosing.load(ordering: .acquiring) else { return false }
        outlet.take(samples) { speech.add($0, rate: rate) }
        return true
      })
    outlet.finish { speech.add($0, rate: rate) }
  }
}
