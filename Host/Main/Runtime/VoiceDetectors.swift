// Which voice detector calls get: the network when its weights are there, otherwise the energy detector, and it says so.

import Glibc
import Logging
import Media

/// Makes one detector per call. The weights are mapped once and shared.
final class VoiceDetectors: Sendable {
  private let narrow: SileroWeights?
  private let wide: SileroWeights?

  init(folder: String, log: Logger) {
    func load(_ name: String, _ rate: UInt32) -> SileroWeights? {
      do { return try SileroWeights(path: "\(folder)/\(name)", sampleRate: rate) } catch {
        log.warning("\(error); the energy detector serves \(rate) Hz lines (run: make setup)")
        return nil
      }
    }
    narrow = load("silero-8k.f32", 8000)
    wide = load("silero-16k.f32", 16000)
  }

  /// `silero` or `energy`, for listings.
  var kind: String { narrow != nil && wide != nil ? "silero" : "energy" }

  /// A detector for lines of `rate` Hz: the narrow network up to 8 kHz, the wide one above.
  func make(_ rate: Int) -> any VoiceDetector {
    if let weights = rate <= 8000 ? narrow : wide { return SileroVAD(weights: weights) }
    return EnergyVAD(sampleRate: rate <= 8000 ? 8000 : 16000)
  }
}
