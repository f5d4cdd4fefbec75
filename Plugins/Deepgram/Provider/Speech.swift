// One text being said: its sound on its way to the host.

import DeepgramWire
import PluginABI
import PluginKit
import Vox

/// The state of a SAY op. Sound comes as fast as the vendor makes it and leaves as the host has room.
final class Speech {
  /// A text of the greatest length sounds for two minutes, at 48 kHz 12 MB; more is no speech.
  private static let mostBytes = 16 << 20

  let op: Op
  let text: String
  /// The vendor was asked.
  private(set) var hasBegun = false
  /// REST: the request.
  var exchange: HTTPExchange?
  private let rate: Int
  private let model: String
  private var sound = SoundStream()
  /// Taken from `sound`, and refused by the host.
  private var piece: [Int16] = []
  private var position: UInt64 = 0
  private var isWhole = false
  private var error: ProviderError?
  private var characters: Int
  private var isAccepted = false

  init(_ op: Op, _ text: String, _ settings: SpeakSettings, rate: Int) {
    self.op = op
    self.text = settings.takesControls ? text : SpokenText.plain(text)
    self.rate = rate
    model = settings.request.model
    characters = SpokenText.characters(self.text)
    // Nothing to say is said at once.
    isWhole = !SpokenText.isSpeakable(self.text)
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
    sound.append(bytes)
    if sound.count > Self.mostBytes { fail(DeepgramError.garbled("more sound than the text can have")) }
  }

  func finish() {
    guard !isReceived else { return }
    sound.finish()
    isWhole = true
  }

  func fail(_ error: ProviderError) {
    if !isReceived { self.error = error }
  }

  /// Hands over what the host takes. True when the op is over.
  func pump() -> Bool {
    if op.isOver { return true }
    while true {
      if piece.isEmpty { piece = sound.take(atMost: rate / 10) }
      if piece.isEmpty { break }
      switch piece.withUnsafeBufferPointer({ op.audio($0, rate: rate, position: position) }) {
      case .ok:
        position += UInt64(piece.count)
        // Two bytes a sample, and the next ones may come.
        exchange?.read(2 * piece.count)
        piece = []
      case .wouldBlock: return false
      case .stale, .invalid: return true
      }
    }
    guard isReceived else { return false }
    end()
    return true
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
