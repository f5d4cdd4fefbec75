// What the tests of this target share: weights, noise of streets, recordings, and a detector run over samples.

import CommonHarness
import FoundationEssentials
import Glibc
import Media
import Sound
import Testing

let weightsHint: Comment = "No weights in .build/silero; extract them with Tests/Tools/extract-silero.py."
let recordingsHint: Comment = "No recordings; apt-get install asterisk-core-sounds-en-wav asterisk-core-sounds-en-g722."

/// The network's weights if set-up has extracted them.
func silero(_ rate: UInt32) -> SileroWeights? {
  try? SileroWeights(path: root.appending(path: ".build/silero/silero-\(rate / 1_000)k.f32").path, sampleRate: rate)
}

/// Runs a detector over samples, window by window.
func probabilities(_ samples: [Int16], _ detector: any VoiceDetector) -> [Float] {
  samples.withUnsafeBufferPointer { all in
    stride(from: 0, through: all.count - detector.windowSamples, by: detector.windowSamples).map {
      detector.probability(UnsafeBufferPointer(rebasing: all[$0..<$0 + detector.windowSamples]))
    }
  }
}

/// Human prompts at 8 kHz (Allison Smith, CC BY-SA 3.0), read where Debian installs them, sorted by name.
let recordings: [String] = {
  let folder = "/usr/share/asterisk/sounds/en_US_f_Allison"
  let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
  return names.filter { $0.hasSuffix(".wav") }.sorted().map { "\(folder)/\($0)" }
}()

extension Noise {
  mutating func white(_ count: Int) -> [Float] { (0..<count).map { _ in white() } }

  /// A street: noise whose power falls with frequency (P. Kellet's filter), swelling by 6 dB up and down every few seconds; mean level 1.
  mutating func street(_ count: Int, rate: Int) -> [Float] {
    var b: (Float, Float, Float) = (0, 0, 0)
    var out = white(count).enumerated().map { i, x in
      b.0 = 0.99765 * b.0 + x * 0.0990460
      b.1 = 0.96300 * b.1 + x * 0.2965164
      b.2 = 0.57000 * b.2 + x * 1.0526913
      let t = Float(i) / Float(rate)
      let swellDB = 4 * sinf(t * 1.1) + 2 * sinf(t * 2.3 + 1)
      return (b.0 + b.1 + b.2 + x * 0.1848) * powf(10, swellDB / 20)
    }
    let rms = (out.reduce(0) { $0 + $1 * $1 } / Float(count)).squareRoot()
    for i in out.indices { out[i] /= rms }
    return out
  }
}
