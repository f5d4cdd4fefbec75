// One decoder of the library: an utterance of samples in, words out.

internal import CPocketSphinx

/// A decoder for one call. One thread at a time; different decoders do not disturb each other.
public final class Decoder: @unchecked Sendable {
  public let model: Model
  /// The caller's voice and line, as far as they are known; holds from the next utterance on.
  public var mean: CepstralMean
  private let decoder: OpaquePointer
  private var loaded: Set<String> = []
  private var searched: String?

  /// Hz of the samples it takes.
  public static let rate = 16_000
  /// Samples of one frame of the search: 10 ms.
  public static let frame = 160

  /// Makes a decoder; takes 10 to 20 ms with a domain's vocabulary, and 5 to 11 MB.
  public init(_ model: Model) throws(RecogniserProblem) {
    try model.check()
    let options = ["-hmm", model.acoustics, "-dict", model.dictionary, "-lm", model.language]
    var made: OpaquePointer?
    Self.withCStrings(options[...]) { made = sphinx_open($0, Int32($0.count)) }
    guard let made else { throw .refused(model: model.dictionary, why: Self.why()) }
    decoder = made
    self.model = model
    mean = CepstralMean(start: Self.readMean(made))
  }

  deinit { sphinx_close(decoder) }

  /// Reads a grammar by its name, once; takes less than a millisecond.
  public func load(grammar name: String) throws(RecogniserProblem) {
    guard !loaded.contains(name) else { return }
    let file = try model.grammar(name)
    guard sphinx_load_grammar(decoder, name, file) else { throw .grammar(file: file, why: Self.why()) }
    loaded.insert(name)
  }

  /// Whether a loaded grammar allows these words.
  public func accepts(_ words: [String], grammar: String) -> Bool {
    guard loaded.contains(grammar) else { return false }
    var isAccepted = false
    Self.withCStrings(words[...]) { isAccepted = sphinx_accepts(decoder, grammar, $0, Int32($0.count)) }
    return isAccepted
  }

  /// Begins an utterance that is searched with a loaded grammar, or with the language model when that is nil.
  public func start(grammar: String? = nil) {
    searched = grammar.flatMap { loaded.contains($0) ? $0 : nil }
    _ = sphinx_select(decoder, searched)
    mean.now.withUnsafeBufferPointer { mean in
      if let base = mean.baseAddress { sphinx_set_mean(decoder, base, Int32(mean.count)) }
    }
    _ = sphinx_start(decoder)
  }

  /// The next samples of the utterance, at 16 kHz.
  public func feed(_ samples: UnsafeBufferPointer<Int16>) {
    guard let base = samples.baseAddress, !samples.isEmpty else { return }
    _ = sphinx_feed(decoder, base, samples.count)
  }

  /// The words so far.
  public func partial() -> String {
    guard let text = sphinx_text(decoder) else { return "" }
    return String(cString: text).split(separator: " ").map(Self.plain).joined(separator: " ")
  }

  /// Ends the utterance; the last passes of the search take 35 to 130 ms. Nil when nothing fits.
  public func end() -> Hypothesis? {
    guard sphinx_end(decoder), sphinx_text(decoder) != nil else { return nil }
    let segments = segments()
    // The library keeps the scores of a grammar search 10 bits shorter than those of a word lattice.
    let scale: Double = searched == nil ? 1 : 1_024
    let frames = segments.reduce(0) { $0 + Int($1.last_frame) - Int($1.first_frame) + 1 }
    let likelihood = segments.reduce(0) { $0 + $1.acoustic * scale }
    let words = segments.compactMap { segment -> Hypothesis.Word? in
      guard let raw = segment.word else { return nil }
      let text = String(cString: raw)
      guard !Self.isFiller(text) else { return nil }
      return Hypothesis.Word(
        text: Self.plain(text[...]), first: Int(segment.first_frame), last: Int(segment.last_frame), posterior: segment.posterior)
    }
    return Hypothesis(
      words: words, posterior: sphinx_posterior(decoder), acoustic: frames > 0 ? likelihood / Double(frames) : 0)
  }

  /// Takes the utterance that ended as a sample of this caller's voice and line.
  public func learn() {
    var sum = [Float](repeating: 0, count: mean.now.count)
    let frames = sum.withUnsafeMutableBufferPointer { room -> Int in
      guard let base = room.baseAddress else { return 0 }
      return Int(sphinx_observed(decoder, base, Int32(room.count)))
    }
    mean.add(sum, frames: frames)
  }

  private func segments() -> [sphinx_segment] {
    var segments = [sphinx_segment](repeating: sphinx_segment(), count: Self.maxSegments)
    let count = segments.withUnsafeMutableBufferPointer { room -> Int in
      guard let base = room.baseAddress else { return 0 }
      return Int(sphinx_segments(decoder, base, Int32(room.count)))
    }
    return Array(segments.prefix(count))
  }

  /// Ten seconds hold no more than thirty words with a pause between each.
  private static let maxSegments = 256

  private static func readMean(_ decoder: OpaquePointer) -> [Float] {
    // More coefficients than any model has.
    var mean = [Float](repeating: 0, count: 64)
    let count = mean.withUnsafeMutableBufferPointer { room -> Int in
      guard let base = room.baseAddress else { return 0 }
      return Int(sphinx_mean(decoder, base, Int32(room.count)))
    }
    return Array(mean.prefix(count))
  }

  /// Sentence marks, pauses, noises and empty steps of a grammar stand between the words: `<sil>`, `[NOISE]`, `(NULL)`.
  private static func isFiller(_ word: String) -> Bool { word.first.map { "<[+(".contains($0) } ?? true }

  /// A word without the number of its pronunciation: `the(2)`.
  private static func plain(_ word: Substring) -> String { String(word.prefix { $0 != "(" }) }

  private static func why() -> String {
    String(cString: sphinx_why()).split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
  }

  /// Lends the texts as C strings for the length of `body`.
  private static func withCStrings(
    _ rest: ArraySlice<String>, _ collected: [UnsafePointer<CChar>] = [], _ body: ([UnsafePointer<CChar>]) -> Void
  ) {
    guard let first = rest.first else { return body(collected) }
    first.withCString { withCStrings(rest.dropFirst(), collected + [$0], body) }
  }
}
