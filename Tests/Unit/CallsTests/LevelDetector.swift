// A voice detector for tests: hears speech where the script put it, by level alone.

import Media

/// Words and bangs (from 5,000 on) are speech for sure; a murmur (from 500 on) may be; the rest is silence.
final class LevelDetector: VoiceDetector {
  static let bang: Int16 = 5000
  static let murmur: Int16 = 600

  let sampleRate: UInt32
  var windowSamples: Int { Int(sampleRate) * 32 / 1000 }

  init(rate: Int) { sampleRate = rate <= 8000 ? 8000 : 16000 }

  private var concluded: Float = 0

  func hear(_ window: UnsafeBufferPointer<Int16>) { concluded = probability(of: window) }

  func conclude() -> Float { concluded }

  private func probability(of window: UnsafeBufferPointer<Int16>) -> Float {
    var sure = 0
    var maybe = 0
    for sample in window where sample.magnitude >= 500 {
      if sample.magnitude >= 5000 { sure += 1 } else { maybe += 1 }
    }
    if sure * 2 >= window.count { return 0.95 }
    return (sure + maybe) * 2 >= window.count ? 0.6 : 0.02
  }

  func reset() {}
}
