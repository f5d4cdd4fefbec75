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
  func says(ms: Int) { push((0..<ms * 16).map { Self.tone($0, 400) }) }
  func isSilent(ms: Int) { push([Int16](repeating: 0, count: ms * 16)) }

  /// Words `w1` to `w8` in the code that the emulators hear (Tests/Faults/wordcode.py): 120 ms of two tones, 40 ms of silence.
  func says(_ words: [String]) {
    for word in words {
      let low = 400 + 100 * Double((word.last?.wholeNumberValue ?? 1) - 1)
      push((0..<120 * 16).map { Self.tone($0, low) + Self.tone($0, 1_400) })
      isSilent(ms: 40)
    }
    isSilent(ms: 200)
  }

  private func push(_ samples: [Int16]) {
    for start in stride(from: 0, to: samples.count, by: 320) where !isRefused {
      let frame = Array(samples[start..<min(start + 320, samples.count)])
      isRefused = session.push(frame, to: op, position: position) != .ok
      if !isRefused { position += UInt64(frame.count) }
    }
  }

  private static func tone(_ sample: Int, _ hz: Double) -> Int16 { Int16(8_000 * sin(Double(sample) * 2 * .pi * hz / 16_000)) }
}
