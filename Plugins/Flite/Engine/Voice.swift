// A flite voice: text of one sentence in, words with their times and chunks of sound out.

internal import CFlite
internal import Synchronization

/// What flite says at one moment.
public struct TimedWord: Hashable, Sendable {
  /// The piece of the sentence this comes from, as flite cut it: `$45.50` stands behind each of "forty", "five", "dollars" ...
  public let piece: String
  /// Counts the pieces from 0, so that two equal ones are told apart.
  public let index: Int
  /// Seconds from the first sample that is handed out.
  public let start: Double
  public let end: Double

  public init(piece: String, index: Int, start: Double, end: Double) {
    self.piece = piece
    self.index = index
    self.start = start
    self.end = end
  }

  fileprivate func earlier(by seconds: Double) -> TimedWord {
    TimedWord(piece: piece, index: index, start: max(start - seconds, 0), end: max(end - seconds, 0))
  }
}

/// A registered voice. May be used from several threads at the same time.
public final class Voice: @unchecked Sendable {
  public let name: VoiceName
  /// Hz of the samples.
  public var rate: Int { name.rate }
  private let voice: UnsafeMutablePointer<cst_voice>

  private init(_ name: VoiceName, _ voice: UnsafeMutablePointer<cst_voice>) {
    self.name = name
    self.voice = voice
  }

  /// Silence kept before the first word. Every voice begins with a pause of 140 to 270 ms that the caller would wait through;
  /// 50 ms keep the breath before a consonant whole.
  private static let leadSeconds = 0.05

  private static let registered = Mutex<[VoiceName: Voice]>([:])

  /// The voice of that name; registered on first use, for the life of the process. Nil when the library refuses, which it does
  /// only without memory.
  public static func named(_ name: VoiceName) -> Voice? {
    registered.withLock { voices in
      if let known = voices[name] { return known }
      // Registration fills global tables of the library without a lock of its own.
      flite_init()
      guard let pointer = register(name) else { return nil }
      let voice = Voice(name, pointer)
      voices[name] = voice
      return voice
    }
  }

  private static func register(_ name: VoiceName) -> UnsafeMutablePointer<cst_voice>? {
    switch name {
    case .slt: register_cmu_us_slt(nil)
    case .rms: register_cmu_us_rms(nil)
    case .awb: register_cmu_us_awb(nil)
    case .kal: register_cmu_us_kal(nil)
    case .kal16: register_cmu_us_kal16(nil)
    }
  }

  /// Speaks one sentence on the calling thread, in about a hundredth of the time it lasts.
  ///
  /// - Parameters:
  ///   - text: printable ASCII, best one sentence, because its analysis precedes the first chunk.
  ///   - words: called once, before any sound.
  ///   - chunk: called with 20 to 30 ms of samples at a time, borrowed until return; false stops the synthesis.
  public func speak(
    _ text: String, _ prosody: Prosody, words: ([TimedWord]) -> Void, chunk: (UnsafeBufferPointer<Int16>) -> Bool
  ) {
    guard let utterance = new_utterance(), let streaming = new_audio_streaming_info() else { return }
    defer { delete_utterance(utterance) }
    utt_set_input_text(utterance, text)
    utt_init(utterance, voice)
    apply(prosody, to: utterance)
    withoutActuallyEscaping(words) { words in
      withoutActuallyEscaping(chunk) { chunk in
        let listener = Listener(words: words, chunk: chunk)
        // Below one frame of the vocoder (5 ms) nothing is gained; 20 ms is what a line takes at a time.
        streaming.pointee.min_buffsize = Int32(rate / 50)
        streaming.pointee.asc = Self.receive
        streaming.pointee.utt = UnsafePointer(utterance)
        streaming.pointee.userdata = Unmanaged.passUnretained(listener).toOpaque()
        // The utterance owns the streaming info from here and deletes it.
        feat_set(utterance.pointee.features, Self.key("streaming_info"), audio_streaming_info_val(streaming))
        withExtendedLifetime(listener) { _ = utt_synth(utterance) }
      }
    }
  }

  private func apply(_ prosody: Prosody, to utterance: UnsafeMutablePointer<cst_utterance>) {
    guard let features = utterance.pointee.features else { return }
    if prosody.speed != 1 {
      // A voice may have a stretch of its own (rms speaks slowed down), which stays in force.
      let own = get_param_float(features, "duration_stretch", 1)
      feat_set_float(features, Self.key("duration_stretch"), own / Float(prosody.speed))
    }
    if prosody.pitch != 1 { feat_set_float(features, Self.key("f0_shift"), Float(prosody.pitch)) }
  }

  /// The library keeps the pointer to a feature's name, so it must live for ever.
  private static func key(_ name: StaticString) -> UnsafePointer<CChar> {
    UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
  }

  /// The two closures of one synthesis and how much of the leading pause is still to be dropped.
  private final class Listener {
    let words: ([TimedWord]) -> Void
    let chunk: (UnsafeBufferPointer<Int16>) -> Bool
    var hasBegun = false
    /// No word, no sound: what flite makes of lone punctuation is a pause.
    var isSilent = false
    var skip = 0

    init(words: @escaping ([TimedWord]) -> Void, chunk: @escaping (UnsafeBufferPointer<Int16>) -> Bool) {
      self.words = words
      self.chunk = chunk
    }

    func begin(_ found: [TimedWord], rate: Int) {
      hasBegun = true
      guard let first = found.first else { return isSilent = true }
      let dropped = max(first.start - Voice.leadSeconds, 0)
      skip = Int(dropped * Double(rate))
      words(found.map { $0.earlier(by: dropped) })
    }

    func hear(_ samples: UnsafeBufferPointer<Int16>) -> Bool {
      guard !isSilent else { return false }
      let dropped = min(skip, samples.count)
      skip -= dropped
      guard dropped < samples.count else { return true }
      return chunk(UnsafeBufferPointer(rebasing: samples[dropped...]))
    }
  }

  private static let receive: cst_audio_stream_callback = { wave, start, size, _, info in
    guard let wave, let info, let raw = info.pointee.userdata, let samples = wave.pointee.samples, start >= 0, size >= 0,
      Int(start) + Int(size) <= Int(wave.pointee.num_samples)
    else { return Int32(CST_AUDIO_STREAM_STOP) }
    let listener = Unmanaged<Listener>.fromOpaque(raw).takeUnretainedValue()
    if !listener.hasBegun {
      listener.begin(timedWords(UnsafeMutablePointer(mutating: info.pointee.utt)), rate: Int(wave.pointee.sample_rate))
    }
    let goesOn = listener.hear(UnsafeBufferPointer(start: samples + Int(start), count: Int(size)))
    return Int32(goesOn ? CST_AUDIO_STREAM_CONT : CST_AUDIO_STREAM_STOP)
  }

  /// Walks the words of an analysed utterance. A word's time is that of its first and last phone.
  private static func timedWords(_ utterance: UnsafeMutablePointer<cst_utterance>?) -> [TimedWord] {
    guard let utterance, utt_relation_present(utterance, "Word") != 0, let relation = utt_relation(utterance, "Word")
    else { return [] }
    var found: [TimedWord] = []
    var word = relation_head(relation)
    var last: UnsafeMutablePointer<cst_item>?
    var index = -1
    while let item = word {
      word = item_next(item)
      guard let inTokens = item_as(item, "Token"), let token = item_parent(inTokens), let name = item_feat_string(token, "name") else {
        continue
      }
      if token != last { index += 1 }
      last = token
      let start = Double(ffeature_float(item, "R:SylStructure.daughter1.daughter1.R:Segment.p.end"))
      let end = Double(ffeature_float(item, "R:SylStructure.daughtern.daughtern.end"))
      // A word without a phone has no time; its neighbours cover it.
      guard start.isFinite, end.isFinite, end > start else { continue }
      found.append(TimedWord(piece: String(cString: name), index: index, start: start, end: end))
    }
    return found
  }
}
