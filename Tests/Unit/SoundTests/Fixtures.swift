// What the tests of this target share: where files lie, buffers over arrays, noise, tones and how strong one is.

import FoundationEssentials
import Glibc
import Sound
import Testing

/// The repository's root.
let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()

let recordingsHint: Comment = "No recordings; apt-get install asterisk-core-sounds-en-wav."

/// Human prompts at 8 kHz (Allison Smith, CC BY-SA 3.0), read where Debian installs them.
let recordings: [String] = {
  let folder = "/usr/share/asterisk/sounds/en_US_f_Allison"
  let paths = (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []
  return paths.filter { $0.hasSuffix(".wav") }.sorted().map { "\(folder)/\($0)" }
}()

/// Noise of the same samples for the same seed.
struct Noise {
  var state: UInt64
  init(seed: UInt64) { state = seed }

  /// White noise with a root mean square of 1.
  mutating func white() -> Float { uniform() + uniform() + uniform() }

  private mutating func uniform() -> Float {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Float(state >> 40) / Float(1 << 24) * 2 - 1
  }
}

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

/// A folder that is gone when the test is over.
final class TemporaryFolder {
  let directory: String

  init() throws {
    var template = Array("/tmp/patchbay-test-XXXXXX".utf8CString)
    directory = try #require(mkdtemp(&template).map { String(cString: $0) })
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  func path(_ name: String) -> String { "\(directory)/\(name)" }

  func write(_ bytes: [UInt8], to name: String) throws -> String {
    try Data(bytes).write(to: URL(filePath: path(name)))
    return path(name)
  }
}
