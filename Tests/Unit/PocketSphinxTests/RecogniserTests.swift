// What the recogniser understands of a synthetic caller, and what it says about when.

import Glibc
import PocketSphinxEngine
import Testing

@Suite(.enabled(if: Studio.isFurnished, "the package pocketsphinx-en-us is not installed"))
struct RecogniserTests {
  /// Phrases of the demo's flow are understood word for word at 16 kHz.
  @Test(arguments: [
    "I want to cancel my appointment.", "What are your opening hours?", "Can I speak to a person?", "Yes please.",
    "I need an appointment.",
  ])
  func phrases(said: String) throws {
    let recogniser = try #require(Recogniser(try Studio.decoder(), rate: 16_000, silenceMs: 600))
    let events = recogniser.hear(Studio.say(said), rate: 16_000)
    #expect(events.text == said.lowercased().filter { $0.isLetter || $0 == " " })
    let final = try #require(events.finals.first { !$0.text.isEmpty })
    #expect((1...1_000).contains(final.confidence) && final.words.map(\.text).joined(separator: " ") == final.text)
  }

  /// Over a telephone the first utterance of a call is understood as well.
  @Test(arguments: ["I would like to cancel my appointment.", "Do you have anything on Monday?"])
  func telephone(said: String) throws {
    let recogniser = try #require(Recogniser(try Studio.decoder(), rate: 8_000, silenceMs: 600))
    let events = recogniser.hear(try Studio.overTelephone(Studio.say(said)), rate: 8_000)
    #expect(events.text == said.lowercased().filter { $0.isLetter || $0 == " " })
  }

  /// Words carry their times in samples of the stream: in order, inside the sound, also behind other audio and at 8 kHz.
  @Test(arguments: [16_000, 8_000])
  func wordTimes(rate: Int) throws {
    let recogniser = try #require(Recogniser(try Studio.decoder(), rate: rate, silenceMs: 600))
    var sound = Studio.say("Yes please.", beforeMs: 2_000, afterMs: 1_500)
    sound += Studio.say("I would like to cancel my appointment.", beforeMs: 500)
    if rate == 8_000 { sound = try Studio.overTelephone(sound) }
    let finals = recogniser.hear(sound, rate: rate).finals
    let words = finals.flatMap(\.words)
    #expect(words.map(\.text) == ["yes", "please", "i", "would", "like", "to", "cancel", "my", "appointment"])
    #expect(zip(words, words.dropFirst()).allSatisfy { $0.end <= $1.start + UInt64(rate / 50) && $0.start < $0.end })
    let loud = sound.indices.filter { abs(Int(sound[$0])) > 600 }
    #expect(abs(Int(words.first?.start ?? 0) - (loud.first ?? 0)) < rate / 8)
    #expect(abs(Int(words.last?.end ?? 0) - (loud.last ?? 0)) < rate / 4)
  }

  /// Finals never overlap, cover what was dealt with in order, and end with the stream when it is flushed.
  @Test func finalsCoverTheStream() throws {
    let recogniser = try #require(Recogniser(try Studio.decoder(), rate: 16_000, silenceMs: 600))
    let silence = [Int16](repeating: 0, count: 12 * 16_000)
    let events = recogniser.hear(silence + Studio.say("Yes please.") + Studio.say("I need an appointment."), rate: 16_000)
    let finals = events.finals
    #expect(zip(finals, finals.dropFirst()).allSatisfy { $0.end <= $1.start && $0.start <= $0.end })
    // The silence alone moved the mark forward, so that the audio before it can be forgotten.
    #expect(finals.count { $0.text.isEmpty && $0.end < 12 * 16_000 } >= 2)
    #expect(finals.last?.end == recogniser.position)
    #expect(finals.filter { !$0.text.isEmpty }.count == 2)
    #expect(events.interims.allSatisfy { $0.words.isEmpty && $0.start < $0.end } && !events.interims.isEmpty)
  }

  /// An utterance ends by itself after the quiet that was set, without a flush.
  @Test func endsByItself() throws {
    let recogniser = try #require(Recogniser(try Studio.decoder(), rate: 16_000, silenceMs: 400))
    let events = recogniser.hear(Studio.say("Yes please.", afterMs: 800), rate: 16_000, flush: false)
    #expect(events.finals.map(\.text) == ["yes please"])
    #expect(try #require(events.finals.first).end < recogniser.position)
  }

  /// A flush in the middle of speech brings the words so far; what follows is heard on its own, and no word twice.
  @Test func flushesInSpeech() throws {
    let recogniser = try #require(Recogniser(try Studio.decoder(), rate: 16_000, silenceMs: 600))
    let first = recogniser.hear(Studio.say("I want to cancel my appointment.", afterMs: 0), rate: 16_000)
    let second = recogniser.hear(Studio.say("Yes please.", beforeMs: 100), rate: 16_000)
    #expect(first.text == "i want to cancel my appointment" && second.text == "yes please")
  }

  /// Ten digits are right with the grammar of ten digits, and marked as to be read back unless both searches agree.
  @Test func digits() throws {
    let recogniser = try #require(Recogniser(try Studio.decoder(), rate: 16_000, silenceMs: 600))
    try recogniser.expect(.init(grammar: "digits10", isDigits: true))
    let events = recogniser.hear(Studio.say("4 1 5, 5 5 5, 2 6 7 1."), rate: 16_000)
    #expect(events.text == "four one five five five five two six seven one")
  }

  /// A caller who says something else than what was asked for is understood all the same.
  @Test func somethingElse() throws {
    let recogniser = try #require(Recogniser(try Studio.decoder(), rate: 16_000, silenceMs: 600))
    try recogniser.expect(.init(grammar: "digits10", isDigits: true))
    #expect(recogniser.hear(Studio.say("Can I speak to a person?"), rate: 16_000).text == "can i speak to a person")
    try recogniser.expect(nil)
    #expect(recogniser.hear(Studio.say("Yes please."), rate: 16_000).text == "yes please")
  }

  /// What one call heard changes nothing for the next: each has its own decoder, and equal audio gives equal events.
  @Test func callsDoNotMeet() throws {
    let model = Model(vocabulary: try Studio.vocabulary())
    let pool = DecoderPool(limit: 4, spares: 1)
    let sound = try Studio.overTelephone(Studio.say("What are your opening hours?"))
    func call(_ before: [Int16]) throws -> [Recogniser.Event] {
      let decoder = try pool.lend(model)
      defer { pool.giveBack(decoder) }
      let recogniser = try #require(Recogniser(decoder, rate: 8_000, silenceMs: 600))
      _ = recogniser.hear(before, rate: 8_000)
      let start = recogniser.position
      return start == 0 ? recogniser.hear(sound, rate: 8_000) : []
    }
    let alone = try call([])
    _ = try call(sound.map { Int16(clamping: Int($0) * 2) })
    #expect(try call([]) == alone && !alone.text.isEmpty)
  }

  /// Of sound that is no words something is told every second all the same: a host takes silence for a recogniser that is lost.
  @Test(arguments: [16_000, 8_000])
  func givesSignsOfLife(rate: Int) throws {
    let recogniser = try #require(Recogniser(try Studio.decoder(), rate: rate, silenceMs: 600))
    var samples = [Int16](repeating: 0, count: rate / 2)
    // A hum that comes and goes, so that it is not taken for the background.
    samples += (0..<4 * rate).map { Int16(4_000 * sin(Double($0) * 0.05) * (1 + sin(Double($0) * 20 / Double(rate))) / 2) }
    var told: [UInt64] = []
    for start in stride(from: 0, to: samples.count, by: rate / 50) {
      samples[start..<start + rate / 50].withUnsafeBufferPointer { frame in
        recogniser.feed(UnsafeBufferPointer(rebasing: frame[...])) { _ in told.append(UInt64(start)) }
      }
    }
    let from = UInt64(rate / 2)
    let times = [from] + told.filter { $0 >= from } + [UInt64(samples.count)]
    #expect(told.count >= 3)
    #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 <= UInt64(rate) }, "\(told)")
  }

  /// Silence and faint noise are no words.
  @Test func silence() throws {
    let recogniser = try #require(Recogniser(try Studio.decoder(), rate: 16_000, silenceMs: 600))
    let noise = (0..<48_000).map { Int16(($0 * 7919) % 31 - 15) }
    #expect(recogniser.hear(noise, rate: 16_000).text.isEmpty)
    #expect(Recogniser(try Studio.decoder(), rate: 44_100, silenceMs: 600) == nil)
  }
}
