// The person at the far end: what they say, what they press, what they really heard.

import PluginKit
import Vox

/// One simulated caller. Sound is laid on a track that the puppet line sends, 20 ms at a time.
final class Caller {
  let offer: String
  private let codes: Codebook
  private let rate: Int
  /// What the caller is going to say; `sent` of it is on its way.
  private var track: [Int16] = []
  private var sent = 0
  /// What came out of the receiver since the line was picked up.
  private(set) var receiver: [Int16] = []
  /// Nanoseconds at which the receiver's first sample was heard.
  var pickedUpAt: UInt64 = 0
  var line: PuppetLine?
  var captions: [String] = []
  /// Speech that was waiting in the line at most, in samples.
  var mostQueued = 0
  private(set) var isGone = false

  init(offer: String, stage: Stage) {
    self.offer = offer
    codes = stage.codes
    rate = stage.rate
  }

  // MARK: Doing

  /// Speaks after what was said before; `afterMs` of silence first.
  func says(_ text: String, afterMs: Int = 0) {
    silent(afterMs)
    track += WordSound.caller(text, rate: rate, codes)
  }

  func silent(_ ms: Int) { track += Array(repeating: 0, count: rate * ms / 1000) }

  /// A noise without words: LevelDetector.bang or .murmur.
  func makesNoise(_ ms: Int, level: Int16 = LevelDetector.bang) { track += Array(repeating: level, count: rate * ms / 1000) }

  func presses(_ keys: String) { for key in keys { line?.port.dtmf(key, source: 1) } }

  func hangsUp() { line?.hangUp() }

  /// The next frame for the host; silence when nothing is to be said.
  func frame(_ count: Int) -> [Int16] {
    var frame = Array(track[min(sent, track.count)..<min(sent + count, track.count)])
    sent += frame.count
    frame += Array(repeating: 0, count: count - frame.count)
    if sent == track.count {
      track = []
      sent = 0
    }
    return frame
  }

  var isSpeaking: Bool { !track.isEmpty }

  // MARK: Hearing

  func hear(_ frame: [Int16]) { receiver += frame }
  /// What was cut from the frame that is being played.
  func unhear(_ count: Int) { for i in receiver.indices.suffix(count) { receiver[i] = 0 } }
  func left() { isGone = true }

  /// Parts of one word that the voice was too slow to send in one go count as the word.
  var isPatient = false

  /// Stretches of one word.
  private var runs: [Run] {
    var reader = WordReader(codes)
    let ended = reader.take(receiver)
    var joined: [Run] = []
    for run in ended + [reader.present].compactMap({ $0 }) {
      if isPatient, let last = joined.last, last.word == run.word, last.count + run.count <= rate * WordSound.soundMs / 1000 {
        joined[joined.count - 1].count += run.count
      } else {
        joined.append(run)
      }
    }
    return joined
  }

  /// The words that were heard to their end, in order, with the moment (nanoseconds) at which they began.
  var words: [(word: String, at: UInt64)] {
    runs.filter { $0.count >= rate * WordSound.soundMs / 1000 }.map { ($0.word, time($0.start)) }
  }

  /// The words heard to their end, as text.
  var heard: String { words.map(\.word).joined(separator: " ") }

  /// Words of which only a part was heard.
  var fragments: [String] { runs.filter { $0.count < rate * WordSound.soundMs / 1000 }.map(\.word) }

  /// When the agent was last heard before `moment`: the end of its last sounding sample.
  func lastSound(before moment: UInt64 = .max) -> UInt64? {
    receiver.indices.last { receiver[$0] != 0 && time($0) < moment }.map { time($0 + 1) }
  }

  /// The longest silence of the receiver between two moments, in milliseconds.
  func longestSilenceMs(from: UInt64, to: UInt64) -> Int {
    var longest = 0
    var present = 0
    for i in receiver.indices where time(i) >= from && time(i) < to {
      present = receiver[i] == 0 ? present + 1 : 0
      longest = max(longest, present)
    }
    return longest * 1000 / rate
  }

  func time(_ sample: Int) -> UInt64 { pickedUpAt + UInt64(sample) * 1_000_000_000 / UInt64(rate) }
}
