// Human prompts at known places in silence or noise, and what a detector makes of them.

import CommonHarness
import Glibc
import Media
import Sound

/// Recordings with two seconds of pause before each, at 8 kHz; which windows hold speech is known from the clean recordings.
struct Scene {
  /// Samples of the clean speech, without noise.
  var samples: [Int16] = []
  /// For each prompt the sample where its sound begins and ends.
  var prompts: [Range<Int>] = []
  /// Root mean square of the prompts alone, 1.0 being full scale.
  var speechLevel: Float = 0

  static let rate = 8_000
  static let window = 256
  /// Below this, a clean prompt's window is its own quiet studio.
  private static let floorDBFS: Float = -40

  init(recordings: some Sequence<String>) throws {
    var energy: Float = 0
    var active = 0
    for path in recordings {
      let (prompt, rate) = try WAVReader.samples(path: path)
      guard rate == 8_000, prompt.count > 4_000 else { continue }
      samples += [Int16](repeating: 0, count: 16_000)
      let loud = stride(from: 0, to: prompt.count - 80, by: 80).filter { level(prompt[$0..<$0 + 80]) > Self.floorDBFS }
      guard let first = loud.first, let last = loud.last else { continue }
      prompts.append(samples.count + first..<samples.count + last + 80)
      for sample in prompt[first...last] { energy += Float(sample) * Float(sample) / (32_768 * 32_768) }
      active += last - first
      samples += prompt
    }
    samples += [Int16](repeating: 0, count: 16_000)
    speechLevel = (energy / Float(max(active, 1))).squareRoot()
  }

  /// The scene with noise (of root mean square 1) that many dB below the speech.
  func with(noise: [Float], snrDB: Float) -> [Int16] {
    let gain = speechLevel * powf(10, -snrDB / 20)
    return zip(samples, noise).map { PCM.sample(Float($0) / 32_768 + $1 * gain) }
  }

  /// Whether each window lies in a prompt; nil where the prompt itself pauses or a window is half in, so that neither answer is wrong.
  var truth: [Bool?] {
    stride(from: 0, through: samples.count - Self.window, by: Self.window).map { start in
      let range = start..<start + Self.window
      guard prompts.contains(where: { $0.overlaps(range) }) else { return false }
      return level(samples[range]) > Self.floorDBFS ? true : nil
    }
  }
}

private func level(_ samples: ArraySlice<Int16>) -> Float { samples.withUnsafeBufferPointer { PCM.levelDBFS($0) } }

/// The events of a gate over a whole signal, each with the position at which it was told. Long prompts are speech, so words are noted.
func events(_ probabilities: [Float], rate: UInt32, window: Int) -> [(event: SpeechGate.Event, told: Int)] {
  var gate = SpeechGate(sampleRate: rate, windowSamples: window)
  return probabilities.enumerated().compactMap { i, p in
    let event = gate.window(p)
    gate.noteWords()
    return event == .none ? nil : (event, (i + 1) * window)
  }
}
