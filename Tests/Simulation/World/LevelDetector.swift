// A voice detector for levels: every sound is a voice.

import Media

/// Looks at eight samples of a window; the sound is constant for much longer than a window.
final class LevelDetector: VoiceDetector {
  let sampleRate = UInt32(Words.rate)
  let windowSamples = Words.rate * 32 / 1000

  private var concluded: Float = 0

  func hear(_ window: UnsafeBufferPointer<Int16>) { concluded = probability(of: window) }

  func conclude() -> Float { concluded }

  private func probability(of window: UnsafeBufferPointer<Int16>) -> Float {
    guard window.count == windowSamples else { return 0 }
    var loud = 0
    for i in stride(from: 16, to: windowSamples, by: 32) where window[i] != 0 { loud += 1 }
    return loud >= 4 ? 0.95 : 0.02
  }

  func reset() {}
}
