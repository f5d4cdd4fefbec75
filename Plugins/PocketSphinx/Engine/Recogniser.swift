// Turns one stream of a caller's audio into transcripts: gate, decoder, and the choice between phrase and expected answer.

internal import Sound

/// The recogniser of one listening. Synchronous, and slow: it belongs on a thread that may take its time. One owner at a time.
///
/// Positions are samples of the stream, counted from 0. Invariant: finals never overlap, and `dealt` is the end of the last.
public final class Recogniser {
  public enum Event: Hashable, Sendable {
    /// Position of the first speech.
    case speechStarted(UInt64)
    case interim(Heard)
    /// May be empty: then its end only tells how far the audio is dealt with.
    case final(Heard)
  }

  /// What the caller is expected to say, in a grammar of the vocabulary.
  public struct Answer: Hashable, Sendable {
    public let grammar: String
    /// A string of digits: a language model has no opinion on the next digit, and the grammar knows how many there are.
    public let isDigits: Bool

    public init(grammar: String, isDigits: Bool) {
      self.grammar = grammar
      self.isDigits = isDigits
    }
  }

  private var answer: Answer?
  private let decoder: Decoder
  private let rate: Int
  private let telephone: TelephoneBand?
  private var gate: SpeechGate
  /// Samples of the stream that do not fill a frame of the gate yet.
  private var carry: [Int16] = []
  /// The last `preRoll` samples, at 16 kHz as everything below.
  private var recent: [Int16] = []
  private var utterance: [Int16] = []
  private var utteranceStart: UInt64 = 0
  /// How much of the utterance the decoder has.
  private var fed = 0
  private var fedAtPartial = 0
  /// Samples of the utterance when something was last told of it.
  private var toldAt = 0
  private var partial = ""
  private var now: UInt64 = 0
  private var dealt: UInt64 = 0

  /// 300 ms before the speech, for the soft beginnings that the gate does not see, and what the gate itself needed.
  private static let preRoll = samples(ms: 300 + SpeechGate.onsetFrames * SpeechGate.frameMs)
  /// What the decoder hears after the last speech; silence beyond it only invites words that nobody said.
  private static let tailMs = 300
  /// First words are there 350 ms after the onset; more often than this they hardly change.
  private static let partialEvery = samples(ms: 200)
  /// A partial that has not changed is told again so often, be it empty: silence would look like a recogniser that is lost.
  private static let tellEvery = samples(ms: 800)
  /// In silence the mark of what is dealt with is moved this often, and stays this far behind: more than the pre-roll.
  private static let idleEvery = UInt64(samples(ms: 5_000))
  private static let idleBehind = UInt64(samples(ms: 500))

  /// - Parameters:
  ///   - rate: Hz of the stream, 8,000 or 16,000.
  ///   - silenceMs: quiet for so long ends an utterance.
  public init?(_ decoder: Decoder, rate: Int, silenceMs: Int) {
    guard rate == 8_000 || rate == Decoder.rate else { return nil }
    self.decoder = decoder
    self.rate = rate
    telephone = rate == 8_000 ? TelephoneBand() : nil
    if rate == 8_000, telephone == nil { return nil }
    if rate == 8_000 { decoder.mean = decoder.mean.overTelephone }
    gate = SpeechGate(silenceMs: silenceMs)
    utterance.reserveCapacity(Self.samples(ms: SpeechGate.maxFrames * SpeechGate.frameMs) + Self.preRoll)
  }

  /// What every utterance that ends from now on is expected to be; nil for anything. Throws when there is no such grammar, and
  /// then expects anything.
  public func expect(_ answer: Answer?) throws(RecogniserProblem) {
    self.answer = nil
    guard let answer else { return }
    try decoder.load(grammar: answer.grammar)
    self.answer = answer
  }

  /// Samples of the stream heard so far.
  public var position: UInt64 { streamed(now) + UInt64(carry.count) }

  /// The next samples of the stream, of any number.
  public func feed(_ samples: UnsafeBufferPointer<Int16>, _ tell: (Event) -> Void) {
    carry.append(contentsOf: samples)
    let frame = rate * SpeechGate.frameMs / 1_000
    var at = 0
    while carry.count - at >= frame {
      let part = Array(carry[at..<at + frame])
      part.withUnsafeBufferPointer { hear($0, tell) }
      at += frame
    }
    carry.removeFirst(at)
  }

  /// Ends what is being said and tells it as a final, which is empty when nothing was.
  public func flush(_ tell: (Event) -> Void) {
    let rest = carry
    carry = []
    if !rest.isEmpty { rest.withUnsafeBufferPointer { hear($0, tell) } }
    if gate.isOpen {
      gate.close()
      finish(tell)
    } else {
      tell(.final(Heard(start: streamed(dealt), end: streamed(now))))
      dealt = now
    }
  }

  /// Leaves the decoder ready for another stream.
  public func abandon() {
    guard gate.isOpen else { return }
    gate.close()
    _ = decoder.end()
  }

  /// One frame of the gate, 20 ms.
  private func hear(_ frame: UnsafeBufferPointer<Int16>, _ tell: (Event) -> Void) {
    let change = gate.hear(PCM.levelDBFS(frame))
    let known = recent.count
    if let telephone { telephone.widen(frame, into: &recent) } else { recent.append(contentsOf: frame) }
    let fresh = recent.count - known
    now += UInt64(fresh)
    if change == .opened {
      begin(tell)
    } else if gate.isOpen || change == .closed {
      utterance.append(contentsOf: recent[known...])
    }
    if recent.count > Self.preRoll { recent.removeFirst(recent.count - Self.preRoll) }
    if gate.isOpen { search(tell) }
    if change == .closed { finish(tell) }
    if !gate.isOpen, now - dealt >= Self.idleEvery { moveOn(tell) }
  }

  private func begin(_ tell: (Event) -> Void) {
    let since = Int(clamping: now - dealt)
    utterance.removeAll(keepingCapacity: true)
    utterance.append(contentsOf: recent.suffix(min(Self.preRoll, since)))
    utteranceStart = now - UInt64(utterance.count)
    (fed, fedAtPartial, toldAt, partial) = (0, 0, 0, "")
    tell(.speechStarted(streamed(now - UInt64(Self.samples(ms: SpeechGate.onsetFrames * SpeechGate.frameMs)))))
    decoder.start()
  }

  /// Lets the decoder have what it has not heard, unless the pause is already longer than it needs.
  private func search(_ tell: (Event) -> Void) {
    guard gate.quietFrames * SpeechGate.frameMs <= Self.tailMs else { return }
    utterance.withUnsafeBufferPointer { decoder.feed(UnsafeBufferPointer(rebasing: $0[fed...])) }
    fed = utterance.count
    guard fed - fedAtPartial >= Self.partialEvery else { return }
    fedAtPartial = fed
    let text = decoder.partial()
    guard text != partial || fed - toldAt >= Self.tellEvery else { return }
    partial = text
    toldAt = fed
    tell(.interim(Heard(text: text, start: streamed(utteranceStart), end: streamed(now))))
  }

  private func finish(_ tell: (Event) -> Void) {
    let phrase = decoder.end()
    if phrase?.words.isEmpty == false { decoder.learn() }
    tell(.final(heard(choose(phrase))))
    dealt = now
    utterance.removeAll(keepingCapacity: true)
  }

  /// A phrase that is an expected answer counts as it stands, except for digits; otherwise the utterance is searched once more
  /// for the expected answer alone, at a quarter of the cost.
  private func choose(_ phrase: Hypothesis?) -> Choice? {
    guard let answer else { return phrase.flatMap(Choice.init(phrase:)) }
    if let phrase, !answer.isDigits, !phrase.words.isEmpty, decoder.accepts(phrase.words.map(\.text), grammar: answer.grammar) {
      return Choice(phrase: phrase)
    }
    decoder.start(grammar: answer.grammar)
    utterance.withUnsafeBufferPointer { decoder.feed(UnsafeBufferPointer(rebasing: $0[..<fed])) }
    return Choice.between(phrase: phrase, answer: decoder.end())
  }

  private func heard(_ choice: Choice?) -> Heard {
    let (start, end) = (streamed(utteranceStart), streamed(now))
    guard let choice, !choice.words.isEmpty else { return Heard(start: start, end: end) }
    let words = choice.words.map { word in
      HeardWord(
        text: word.text, start: min(at(frame: word.first), end), end: min(at(frame: word.last + 1), end),
        confidence: choice.confidence(of: word))
    }
    return Heard(
      text: words.map(\.text).joined(separator: " "), words: words, start: start, end: end, confidence: choice.confidence)
  }

  private func moveOn(_ tell: (Event) -> Void) {
    let to = now - Self.idleBehind
    tell(.final(Heard(start: streamed(dealt), end: streamed(to))))
    dealt = to
  }

  /// Position in the stream of a frame of the search.
  private func at(frame: Int) -> UInt64 { streamed(utteranceStart + UInt64(max(frame, 0) * Decoder.frame)) }

  /// A position at 16 kHz as one of the stream.
  private func streamed(_ position: UInt64) -> UInt64 { position / UInt64(Decoder.rate / rate) }

  private static func samples(ms: Int) -> Int { ms * Decoder.rate / 1_000 }
}
