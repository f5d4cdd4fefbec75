// What the voices themselves promise: repeatable where they say so, word times that fit the sound, an early first chunk.

import FliteEngine
import Foundation
import Testing

@Suite struct VoiceTests {
  /// A voice says something of a natural length, and its words lie inside the sound, in order.
  @Test(arguments: VoiceName.allCases)
  func speaks(name: VoiceName) throws {
    let (words, samples) = try say("Your appointment is on Friday at ten.", name)
    let seconds = Double(samples.count) / Double(name.rate)
    #expect((1.8...3.5).contains(seconds), "\(seconds) s")
    #expect(words.map(\.piece) == ["Your", "appointment", "is", "on", "Friday", "at", "ten"])
    #expect(zip(words, words.dropFirst()).allSatisfy { $0.end <= $1.start + 0.001 })
    #expect(words.allSatisfy { $0.start < $0.end } && (words.last?.end ?? 9) <= seconds)
    #expect(loudness(samples) > 500)
  }

  /// Speech begins within 60 ms of the first sample: the pause with which every voice begins is not handed out.
  @Test(arguments: VoiceName.allCases)
  func beginsAtOnce(name: VoiceName) throws {
    let (words, samples) = try say("Good morning.", name)
    #expect((words.first?.start ?? 9) <= 0.06)
    let first = samples.firstIndex { abs(Int($0)) > 300 } ?? samples.count
    #expect(first < name.rate * 12 / 100)
  }

  /// The diphone voices repeat every sample, also when several threads speak at the same time.
  @Test(arguments: VoiceName.allCases.filter(\.isDeterministic))
  func repeatsExactly(name: VoiceName) throws {
    let expected = try say("One two three.", name).samples
    let box = Box()
    DispatchQueue.concurrentPerform(iterations: 8) { _ in
      if let samples = try? say("One two three.", name).samples { box.add(samples) }
    }
    let equal = box.all.count { $0 == expected }
    #expect(equal == 8)
  }

  /// Faster speech is shorter, slower speech longer, in proportion.
  @Test(arguments: [VoiceName.slt, .kal16])
  func speed(name: VoiceName) throws {
    let text = "Please hold the line, somebody will be with you soon."
    let plain = Double(try say(text, name).samples.count)
    let fast = Double(try say(text, name, Prosody(speed: 1.5)).samples.count)
    let slow = Double(try say(text, name, Prosody(speed: 0.7)).samples.count)
    #expect(abs(fast / plain - 1 / 1.5) < 0.1, "\(fast / plain)")
    #expect(abs(slow / plain - 1 / 0.7) < 0.1, "\(slow / plain)")
  }

  /// A pitch of 1.4 sounds clearly higher than one of 0.7; the length stays.
  @Test(arguments: [VoiceName.slt, .kal16])
  func pitch(name: VoiceName) throws {
    let text = "Hello there, how are you?"
    let low = try say(text, name, Prosody(pitch: 0.7)).samples
    let high = try say(text, name, Prosody(pitch: 1.4)).samples
    let ratio = hertz(high, name.rate) / hertz(low, name.rate)
    #expect((1.4...2.2).contains(ratio), "\(ratio)")
    let stretch = Double(high.count) / Double(low.count)
    #expect(abs(stretch - 1) < 0.05)
  }

  /// Returning false ends the synthesis at that chunk.
  @Test(arguments: VoiceName.allCases)
  func stops(name: VoiceName) throws {
    let voice = try #require(Voice.named(name))
    var chunks = 0
    voice.speak("This sentence is long enough for very many chunks.", Prosody(), words: { _ in }) { _ in
      chunks += 1
      return chunks < 3
    }
    #expect(chunks == 3)
  }

  /// No text of printable ASCII brings flite down, and silence comes of nothing to say.
  @Test func strangeTexts() throws {
    let texts = ["", " ", ".", "'", "...", String(repeating: "a", count: 600), String(repeating: "9", count: 60), "$", "$$$ %%% ###"]
    for text in texts {
      let tokens = SpeakableText.tokens(of: text)
      for sentence in Sentence.sentences(of: tokens) { _ = try say(sentence.text, .kal16) }
    }
    var state: UInt64 = 7
    for _ in 0..<300 {
      let text = String(
        (0..<40).map { _ -> Character in
          state = state &* 6_364_136_223_846_793_005 &+ 1
          return Character(Unicode.Scalar(UInt8(0x20 + (state >> 33) % 95)))
        })
      for sentence in Sentence.sentences(of: SpeakableText.tokens(of: text)) { _ = try say(sentence.text, .kal16) }
    }
    #expect(try say("", .kal16).samples.isEmpty)
  }

  private final class Box: @unchecked Sendable {
    private let lock = NSLock()
    private var found: [[Int16]] = []
    func add(_ samples: [Int16]) { lock.withLock { found.append(samples) } }
    var all: [[Int16]] { lock.withLock { found } }
  }
}

private func say(_ text: String, _ name: VoiceName, _ prosody: Prosody = Prosody()) throws -> (words: [TimedWord], samples: [Int16]) {
  let voice = try #require(Voice.named(name))
  var words: [TimedWord] = []
  var samples: [Int16] = []
  voice.speak(text, prosody, words: { words = $0 }) {
    samples += Array($0)
    return true
  }
  return (words, samples)
}

/// Root mean square.
private func loudness(_ samples: [Int16]) -> Double {
  (samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(max(samples.count, 1))).squareRoot()
}

/// The median pitch of the voiced frames, by autocorrelation.
private func hertz(_ samples: [Int16], _ rate: Int) -> Double {
  let frame = 1_024
  let found = stride(from: 0, to: samples.count - 2 * frame, by: frame).compactMap { start -> Double? in
    let x = samples[start..<start + 2 * frame].map(Double.init)
    func product(_ lag: Int) -> Double { (0..<frame).reduce(0) { $0 + x[$1] * x[$1 + lag] } }
    let power = product(0)
    let lags = rate / 400...rate / 60
    guard power > 1e8, let best = lags.map({ ($0, product($0)) }).max(by: { $0.1 < $1.1 }), best.1 > 0.5 * power else { return nil }
    return Double(rate) / Double(best.0)
  }
  return found.sorted()[found.count / 2]
}
