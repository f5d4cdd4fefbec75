// One decoder of the library: an utterance of samples in, words out.

internal import CPocketSphinx
internal import Glibc

/// A decoder for one call. One thread at a time; different decoders do not disturb each other.
public final class Decoder: @unchecked Sendable {
  public let model: Model
  private let decoder: OpaquePointer
  private var loaded: Set<String> = []
  /// The caller's voice and line, as far as they are known; set it before an utterance.
  public var mean: CepstralMean

  /// Hz of the samples it takes.
  public static let rate = 16_000
  /// Samples of one frame of the search: 10 ms.
  public static let frame = 160

  /// What a search found in an utterance.
  public struct Hypothesis: Hashable, Sendable {
    public struct Word: Hashable, Sendable {
      public let text: String
      /// Frames since the start of the utterance.
      public let first: Int
      public let last: Int
      /// Natural logarithm of the word's posterior; 0 in a grammar search.
      public let posterior: Double
    }
    public let words: [Word]
    /// Natural logarithm of the posterior of the whole; 0 in a grammar search.
    public let posterior: Double
    /// Mean acoustic log likelihood of a frame, pauses included, in the library's units; comparable between searches of the
    /// same samples.
    public let acoustic: Double

    public var text: String { words.map(\.text).joined(separator: " ") }
  }

  /// Makes a decoder; takes 10 to 20 ms with a domain's vocabulary, and 5 to 11 MB.
  public init(_ model: Model) throws(RecogniserProblem) {
    try model.check()
    let options = ["-hmm", model.acoustics, "-dict", model.dictionary, "-lm", model.language] + Self.tuning
    var made: OpaquePointer?
    Self.withCStrings(options[...]) { made = sphinx_open($0, Int32($0.count)) }
    guard let made else { throw .refused(model: model.dictionary, why: Self.why()) }
    decoder = made
    self.model = model
    mean = CepstralMean(start: Self.read(made))
  }

  deinit { sphinx_close(decoder) }

  private static let tuning: [String] = getenv("PS_OPTS").map { String(cString: $0).split(separator: " ").map(String.init) } ?? []

  /// Chooses what the next utterance is searched with: a grammar by its name, read on first use, or nil for the language model.
  public func select(grammar name: String?) throws(RecogniserProblem) {
    guard let name else {
      _ = sphinx_select(decoder, nil)
      return
    }
    let file = try model.grammar(name)
    if !loaded.contains(name) {
      guard sphinx_load_grammar(decoder, name, file) else { throw .grammar(file: file, why: Self.why()) }
      loaded.insert(name)
    }
    guard sphinx_select(decoder, name) else { throw .grammar(file: file, why: Self.why()) }
  }

  /// Begins an utterance.
  public func start() {
    mean.now.withUnsafeBufferPointer { mean in
      if let base = mean.baseAddress { sphinx_set_mean(decoder, base, Int32(mean.count)) }
    }
    _ = sphinx_start(decoder)
  }

  /// Whether a grammar that was selected before allows these words.
  public func accepts(_ words: [String], grammar: String) -> Bool {
    var accepted = false
    Self.withCStrings(words[...]) { accepted = sphinx_accepts(decoder, grammar, $0, Int32($0.count)) }
    return accepted
  }

  /// What the utterance that ended sounded like: the sum of its cepstra and their number.
  public func observed() -> (sum: [Float], frames: Int) {
    var sum = [Float](repeating: 0, count: mean.now.count)
    let frames = sum.withUnsafeMutableBufferPointer { room -> Int in
      guard let base = room.baseAddress else { return 0 }
      return Int(sphinx_observed(decoder, base, Int32(room.count)))
    }
    return (sum, frames)
  }

  private static func read(_ decoder: OpaquePointer) -> [Float] {
    var mean = [Float](repeating: 0, count: 64)
    let count = mean.withUnsafeMutableBufferPointer { room -> Int in
      guard let base = room.baseAddress else { return 0 }
      return Int(sphinx_mean(decoder, base, Int32(room.count)))
    }
    return Array(mean.prefix(count))
  }

  /// The next samples of the utterance, at 16 kHz.
  public func feed(_ samples: UnsafeBufferPointer<Int16>, whole: Bool = false) {
    guard let base = samples.baseAddress, !samples.isEmpty else { return }
    _ = sphinx_feed(decoder, base, samples.count, whole)
  }

  /// The words so far.
  public func partial() -> String {
    guard let text = sphinx_text(decoder) else { return "" }
    return String(cString: text).split(separator: " ").map(Self.plain).joined(separator: " ")
  }

  /// Ends the utterance; the last passes of the search take 35 to 130 ms. Nil when nothing fits.
  public func end() -> Hypothesis? {
    guard sphinx_end(decoder), sphinx_text(decoder) != nil else { return nil }
    var segments = [sphinx_segment](repeating: sphinx_segment(), count: Self.maxSegments)
    let count = segments.withUnsafeMutableBufferPointer { room -> Int in
      guard let base = room.baseAddress else { return 0 }
      return Int(sphinx_segments(decoder, base, Int32(room.count)))
    }
    var words: [Hypothesis.Word] = []
    var likelihood = 0.0
    var frames = 0
    for segment in segments.prefix(count) {
      likelihood += Double(segment.acoustic)
      frames += Int(segment.last_frame) - Int(segment.first_frame) + 1
      guard let raw = segment.word else { continue }
      let text = String(cString: raw)
      guard !Self.isFiller(text) else { continue }
      words.append(
        .init(
          text: Self.plain(text[...]), first: Int(segment.first_frame), last: Int(segment.last_frame),
          posterior: segment.posterior))
    }
    return Hypothesis(
      words: words, posterior: sphinx_posterior(decoder), acoustic: frames > 0 ? likelihood / Double(frames) : 0)
  }

  /// Ten seconds hold no more than thirty words with a pause between each.
  private static let maxSegments = 256

  /// Sentence marks, pauses, noises and empty steps of a grammar stand between the words: `<sil>`, `[NOISE]`, `(NULL)`.
  private static func isFiller(_ word: String) -> Bool { word.first.map { "<[+(".contains($0) } ?? true }

  /// A word without the number of its pronunciation: `the(2)`.
  private static func plain(_ word: Substring) -> String { String(word.prefix { $0 != "(" }) }

  private static func why() -> String {
    String(cString: sphinx_why()).split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
  }

  private static func withCStrings(_ rest: ArraySlice<String>, _ collected: [UnsafePointer<CChar>] = [], _ body: ([UnsafePointer<CChar>]) -> Void) {
    guard let first = rest.first else { return body(collected) }
    first.withCString { withCStrings(rest.dropFirst(), collected + [$0], body) }
  }
}
