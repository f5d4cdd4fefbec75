// One text being said: its sound and word times on their way to the host.

import PluginABI
import PluginKit
import ResembleWire
import Sound
import Vox

/// The state of a SAY op.
final class Speech {
  /// What is decoded at a time: 64 ms at 16 kHz, so that much that came at once does not hold up the call.
  private static let slice = 2 << 10
  private static let cueChunks: Set<String> = ["cue ", "list", "LIST"]

  let op: Op
  let text: String
  /// What Resemble is given of it: a document of SSML needs its root.
  let data: String
  var fetch: Fetch?
  /// Resemble was asked.
  var hasBegun = false
  private let queue: SpeechQueue
  private let model: String
  private let timesFromMessage: Bool
  private let mayBeRaw: Bool
  private var sound: WAVStream
  private var bytes: [UInt8] = []
  private var taken = 0
  private var isWhole = false
  private var error: ProviderError?
  private var isAccepted = false
  private var hasReadCues = false
  /// Words end here so far, in samples of the op: a later message may go on, not go back.
  private var timedTo: UInt64 = 0

  /// - Parameter mayBeRaw: sound without a WAV header is taken as 16-bit samples at the rate that was asked for.
  init(_ op: Op, _ request: Request, _ settings: VoiceSettings, mayBeRaw: Bool) {
    self.op = op
    text = request.text
    data = request.body["ssml"]?.bool == true ? "<speak>\(text)</speak>" : text
    model = settings.request.model
    timesFromMessage = settings.timesFromMessage
    queue = SpeechQueue(op, rate: settings.request.sampleRate)
    let rate = UInt32(clamping: settings.request.sampleRate)
    self.mayBeRaw = mayBeRaw && settings.request.precision == .pcm16
    sound = WAVStream(rate: rate, raw: self.mayBeRaw ? rate : nil, keeping: Self.cueChunks)
  }

  /// Resemble has sent all of it, or failed to.
  var isReceived: Bool { isWhole || error != nil }

  func hear(_ news: News) {
    switch news {
    case .accepted:
      if !isAccepted { op.accepted() }
      isAccepted = true
    case .rawRate(let rate):
      guard mayBeRaw, bytes.isEmpty, sound.sourceRate == 0 else { return }
      sound = WAVStream(rate: sound.rate, raw: UInt32(clamping: rate), keeping: Self.cueChunks)
    case .times(let times): tell(times, after: timesFromMessage ? queue.made + UInt64(backlog / 2) : 0)
    case .sound(let more): bytes += more
    case .whole: isWhole = true
    case .failed(let error): self.error = error
    }
  }

  func goOn() { queue.goOn() }

  /// Hands over what the host takes. True when the op is over.
  func pump() -> Bool {
    do throws(ProviderError) {
      while queue.isHungry, backlog > 0 {
        let piece = bytes[taken..<min(taken + Self.slice, bytes.count)]
        taken = piece.endIndex
        if taken == bytes.count { (bytes, taken) = ([], 0) }
        fetch?.taken(backlog: backlog)
        try decode { sound throws(WAVError) in try sound.feed(piece) }
      }
      guard backlog == 0 else { return op.isOver }
      if let error { throw error }
      guard isWhole else { return op.isOver }
      try finish()
    } catch {
      drop()
      op.failed(error)
      return true
    }
    guard queue.isEmpty else { return false }
    tellUsage(isEstimated: false)
    op.completed(["samples": .int(Int64(queue.handed))])
    return true
  }

  /// Ends the op if Resemble has failed it. For a text whose turn to sound has not come: another voice may say it at once.
  func endsUnheard() -> Bool {
    guard let error else { return false }
    drop()
    op.failed(error)
    return true
  }

  /// Lets go of the vendor's work. Usage is told, the end is not.
  func drop() {
    fetch?.cancel()
    if hasBegun { tellUsage(isEstimated: true) }
  }

  private var backlog: Int { bytes.count - taken }

  private func finish() throws(ProviderError) {
    try decode { sound throws(WAVError) in try sound.finish() }
    guard sound.sourceFrames > 0 else { throw ResembleError.unreadable("no sound") }
    queue.finish()
  }

  private func decode(_ body: (inout WAVStream) throws(WAVError) -> [Int16]) throws(ProviderError) {
    let samples: [Int16]
    do throws(WAVError) {
      samples = try body(&sound)
    } catch {
      throw ResembleError.unreadable("sound that cannot be read: \(error)")
    }
    if !hasReadCues, sound.sourceFrames > 0 {
      hasReadCues = true
      let chunks = sound.chunks.map { (name: $0.name, bytes: $0.bytes) }
      tell(Timestamps(chunks: chunks, rate: Int(sound.sourceRate)), after: 0)
    }
    queue.say(samples)
  }

  /// - Parameter start: the sample of the op from which the times count.
  private func tell(_ times: Timestamps, after start: UInt64) {
    guard !times.isEmpty, timedTo <= start || timedTo == 0 else { return }
    let rate = Double(queue.rate)
    let words = WordTime.of(text, times).map { word in
      vox_word(
        start: start + UInt64(word.start * rate), end: start + UInt64(word.end * rate), text_at: UInt32(clamping: word.source.lowerBound),
        text_len: UInt32(clamping: word.source.count), confidence: 0, speaker: 0, flags: 0, zero: 0)
    }
    timedTo = words.last?.end ?? timedTo
    queue.say(words: words, of: text)
  }

  /// Seconds of sound are billed, characters shown beside them. What an interrupted text costs is documented nowhere.
  private func tellUsage(isEstimated: Bool) {
    op.usage(VOX_METER_CHARACTERS, UInt64(text.unicodeScalars.count), label: model)
    guard sound.sourceRate > 0 else { return }
    let ms = UInt64(sound.sourceFrames) * 1000 / UInt64(sound.sourceRate)
    op.usage(VOX_METER_AUDIO_OUT_MS, ms, label: model, estimated: isEstimated)
  }
}
