// A caller whose voice the test makes: 16 kHz, in frames of 20 ms.

import Glibc
import Loader
import PluginHarness
import ProviderHarness

/// Speaks into one LISTEN. What the plugin refuses ends the speech.
final class Caller {
  let op: OpID
  /// Samples that were taken.
  private(set) var position: UInt64 = 0
  private(set) var isRefused = false
  private let session: VendorSession

  init(_ session: VendorSession, _ op: OpID) {
    self.session = session
    self.op = op
  }

  /// A loud tone, which is a word to the emulator.
  func says(ms: Int) { push((0..<ms * 16).map { Int16(8_000 * sin(Double($0) * 2 * .pi * 400 / 16_000)) }) }
  func isSilent(ms: Int) { push(WordCode.silence(ms)) }

  /// Words such as `w1`, and a pause.
  func says(_ words: String) { push(WordCode.sound(words) + WordCode.silence(200)) }

  private func push(_ samples: [Int16]) {
    for start in stride(from: 0, to: samples.count, by: 320) where !isRefused {
      let frame = Array(samples[start..<min(start + 320, samples.count)])
      isRefused = session.push(frame, to: op, position: position) != .ok
      if !isRefused { position += UInt64(frame.count) }
    }
  }
}
