// A voice detector for levels: every sound is a voice.

import Media

/// Looks at eight samples of a window; the sound is constant for much longer than a window.
final class LevelDetector: VoiceDetector {
  let sampleRate = UInt32(Words.rate)
  let windowSamples = Words.rate * 32 / 1000

  func probability(_ window: UnsafeBufferPointer<Int16>) -> Float {
    guard window.count == windowSamples else { return 0 }
    var loud = 0
    for i in stride(from: 16, to: windowSamples, by: 32) where window[i] != 0 { loud += 1 }
    return loud >= 4 ? 0.95 : 0.02
  }

  func reset() {}
}
