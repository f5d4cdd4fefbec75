// Voice detection by level alone, for hosts without the network's weights.

import Glibc

/// Compares each window's level above 200 Hz with the quietest of the last two seconds.
///
/// It hears everything that is louder than the background, speech or not: expect false starts on sudden noise. The background is
/// the minimum of the recent levels (minimum statistics, R. Martin 2001), so slow swells are followed and speech, which pauses, is not.
public final class EnergyVAD: VoiceDetector {
  public let sampleRate: UInt32
  public let windowSamples: Int
  private let levels: UnsafeMutableBufferPointer<Float>
  private var next = 0
  /// One-pole high-pass at 200 Hz: the rumble of streets and rooms swells by 10 dB within a second, what is above it hardly.
  private let pole: Float
  private var input: Float = 0
  private var output: Float = 0
  private var concluded: Float = 0

  /// Two seconds: longer than people speak without the short gap of a stop consonant.
  private static let memoryWindows = 64
  /// The background assumed before anything was heard: a quiet line.
  private static let initialDBFS: Float = -50
  /// A window this far above the background is as likely speech as not; below, swelling noise fires too often.
  private static let marginDB: Float = 12
  /// 1 dB per unit: from 10 % to 90 % within 4.4 dB.
  private static let steepness: Float = 1
  /// Nothing softer is speech on any line, however silent the background.
  private static let faintestDBFS: Float = -55

  /// - Parameter sampleRate: Hz; the window is 32 ms of it.
  public init(sampleRate: UInt32) {
    self.sampleRate = sampleRate
    windowSamples = Int(sampleRate) * 32 / 1_000
    pole = expf(-2 * .pi * 200 / Float(max(sampleRate, 1)))
    levels = .allocate(capacity: Self.memoryWindows)
    levels.initialize(repeating: Self.initialDBFS)
  }

  deinit { levels.deallocate() }

  public func reset() {
    levels.update(repeating: Self.initialDBFS)
    next = 0
    input = 0
    output = 0
  }

  public func hear(_ window: UnsafeBufferPointer<Int16>) { concluded = probability(of: window) }

  public func conclude() -> Float { concluded }

  private func probability(of window: UnsafeBufferPointer<Int16>) -> Float {
    guard window.count == windowSamples else { return 0 }
    let level = levelAbove200Hz(window)
    var background = level
    for old in levels { background = min(background, old) }
    levels[next] = level
    next = (next + 1) % Self.memoryWindows
    guard level > Self.faintestDBFS else { return 0 }
    let above = level - max(background, Self.faintestDBFS - Self.marginDB) - Self.marginDB
    return 1 / (1 + expf(-Self.steepness * above))
  }

  private func levelAbove200Hz(_ window: UnsafeBufferPointer<Int16>) -> Float {
    var sum: Float = 1e-10  // -100 dBFS: keeps the logarithm finite in digital silence.
    for sample in window {
      let x = Float(sample) * (1 / 32_768)
      output = pole * (output + x - input)
      input = x
      sum += output * output / Float(windowSamples)
    }
    return 10 * log10f(sum)
  }
}
