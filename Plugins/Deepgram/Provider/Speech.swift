// One text being said: its sound on its way to the host.

import DeepgramWire
import PluginABI
import PluginKit
import Sound
import Vox

/// The state of a SAY op. Sound comes as fast as the vendor makes it and leaves as the host has room.
final class Speech {
  /// A text of the greatest length sounds for two minutes, at 48 kHz 6 million samples; more is no speech.
  private static let mostSamples = 8 << 20

  let op: Op
  /// What the vendor is given of it so far.
  private(set) var text: String
  /// No more text follows.
  private(set) var isTextWhole: Bool
  /// The vendor was asked.
  private(set) var hasBegun = false
  /// REST: the request.
  var exchange: HTTPExchange?
  private let rate: Int
  private let model: String
  private var sound: WAVStream
  /// What the host has not taken begins at `taken`.
  private var samples: [Int16] = []
  private var taken = 0
  /// Bytes that came and have not made room for others yet.
  private var owed = 0
  private var position: UInt64 = 0
  private var isWhole = false
  private var error: ProviderError?
  private var characters: Int
  private var isAccepted = false
  private var controls: InlineControls
  /// They go ahead of the next word.
  private var spaces = ""

  /// - Parameter grows: the text is only the beginning.
  init(_ op: Op, _ text: String, grows: Bool, _ settings: SpeakSettings, rate: Int) {
    self.op = op
    controls = InlineControls(areTaken: settings.takesControls)
    self.text = controls.append(text) + (grows ? "" : controls.finish())
    isTextWhole = !grows
    self.rate = rate
    model = settings.request.model
    // Raw sound was asked for; a header in it would be heard as a click.
    sound = WAVStream(rate: UInt32(clamping: rate), raw: UInt32(clamping: rate))
    characters = SpokenText.characters(self.text)
    // Nothing to say is said at once.
    isWhole = isTextWhole && !SpokenText.isSpeakable(self.text)
  }

  /// The text goes on, or is whole; answers what of it the vendor is to be given now.
  func grow(_ text: String, isWhole: Bool) -> String {
    guard !isTextWhole else { return "" }
    spaces += controls.append(text) + (isWhole ? controls.finish() : "")
    isTextWhole = isWhole
    var more = ""
    // The vendor warns of a text of nothing but spaces.
    if spaces.contains(where: { !$0.isWhitespace }) { (more, spaces) = (spaces, "") }
    self.text += more
    characters += SpokenText.characters(more)
    if isWhole, !SpokenText.isSpeakable(self.text) { self.isWhole = true }
    return more
  }

  /// The vendor has nothing more to send for it.
  var isReceived: Bool { isWhole || error != nil }

  func begin() { hasBegun = true }

  /// - Parameter characters: what the vendor counted, where it told.
  func accept(characters: Int? = nil) {
    self.characters = characters ?? self.characters
    if !isAccepted { op.accepted() }
    isAccepted = true
  }

  func hear(_ bytes: [UInt8]) {
    guard !isReceived else { return }
    owed += bytes.count
    add { sound throws(WAVError) in try sound.feed(bytes) }
    if samples.count - taken > Self.mostSamples { fail(DeepgramError.garbled("more sound than the text can have")) }
  }

  private func add(_ read: (inout WAVStream) throws(WAVError) -> [Int16]) {
    do throws(WAVError) { samples += try read(&sound) } catch { fail(DeepgramError.garbled("sound that cannot be read: \(error)")) }
  }

  func finish() {
    guard !isReceived else { return }
    add { sound throws(WAVError) in try sound.finish() }
    isWhole = true
  }

  /// Ends it, here and at the vendor over HTTP; on a socket see `SpeakLine.interrupt(_:)`.
  func fail(_ error: ProviderError) {
    guard !isReceived else { return }
    self.error = error
    exchange?.cancel()
  }

  /// Hands over what the host takes. True when the op is over.
  func pump() -> Bool {
    if op.isOver { return true }
    defer {
      // What the host has goes once it is the larger part, so that a long text is not moved piece by piece.
      if taken > samples.count / 2 {
        samples.removeFirst(taken)
        taken = 0
      }
    }
    while taken < samples.count {
      let piece = samples[taken..<min(taken + max(rate / 10, 1), samples.count)]
      switch piece.withUnsafeBufferPointer({ op.audio($0, rate: rate, position: position) }) {
      case .ok:
        position += UInt64(piece.count)
        taken = piece.endIndex
        // Two bytes a sample, and the next ones may come.
        ask(for: min(2 * piece.count, owed))
      case .wouldBlock: return false
      case .stale, .invalid: return true
      }
    }
    ask(for: owed)
    guard isReceived else { return false }
    end()
    return true
  }

  private func ask(for bytes: Int) {
    if bytes > 0 { exchange?.read(bytes) }
    owed -= bytes
  }

  /// Everything that came was handed over.
  private func end() {
    if error == nil, hasBegun, position == 0 {
      error = ProviderError(.unavailable, "the provider answered without sound", effects: .maybe, code: "no_audio")
    }
    tellUsage(isEstimated: error != nil)
    if let error { op.failed(error) } else { op.completed(["samples": .int(Int64(clamping: position))]) }
  }

  /// Characters are billed when they are taken; whether those of a text that was interrupted are all billed is documented nowhere.
  func tellUsage(isEstimated: Bool) {
    guard hasBegun, isAccepted else { return }
    op.usage(VOX_METER_CHARACTERS, UInt64(max(characters, 0)), label: model, estimated: isEstimated)
  }
}
