// What the tests of this target share: recordings, tones and how strong one is.

import FoundationEssentials
import Glibc
import Sound
import Testing

let recordingsHint: Comment = "No recordings; apt-get install asterisk-core-sounds-en-wav."

/// Human prompts at 8 kHz (Allison Smith, CC BY-SA 3.0), read where Debian installs them.
let recordings: [String] = {
  let folder = "/usr/share/asterisk/sounds/en_US_f_Allison"
  let paths = (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []
  return paths.filter { $0.hasSuffix(".wav") }.sorted().map { "\(folder)/\($0)" }
}()

/// A sine of the given amplitude, 1.0 being full scale.
func sine(hz: Double, rate: UInt32, count: Int, amplitude: Double = 0.5) -> [Int16] {
  (0..<count).map { PCM.sample(Float(amplitude * sin(2 * .pi * hz * Double($0) / Double(rate)))) }
}

/// The level of one frequency in dB relative to a full-scale sine, by correlation over the whole buffer with a Hann window.
func toneLevel(_ samples: [Int16], hz: Double, rate: UInt32) -> Double {
  var (re, im, sum) = (0.0, 0.0, 0.0)
  for (i, sample) in samples.enumerated() {
    let window = 0.5 - 0.5 * cos(2 * .pi * Double(i) / Double(samples.count))
    let phase = 2 * .pi * hz * Double(i) / Double(rate)
    re += window * Double(sample) / 32_768 * cos(phase)
    im += window * Double(sample) / 32_768 * sin(phase)
    sum += window
  }
  return 10 * log10(4 * (re * re + im * im) / (sum * sum) + 1e-20)
}
