// Which voice detector calls get: the network when its weights are there, otherwise the energy detector, and it says so.

import Base
import Glibc
import Logging
import Media
import Synchronization

/// Makes one detector per call. The weights are mapped once and shared; the calls of a loop share a network.
final class VoiceDetectors: Sendable {
  private struct Key: Hashable {
    let loop: Int
    let rate: UInt32
  }
  private struct Networks: @unchecked Sendable {
    /// Each is used on its loop only.
    var list: [Key: SileroNetwork] = [:]
  }
  private let networks = Mutex(Networks())
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

  /// A detector for lines of `rate` Hz of calls on `loop`: the narrow network up to 8 kHz, the wide one above.
  func make(_ rate: Int, on loop: CallLoop) -> any VoiceDetector {
    guard let weights = rate <= 8000 ? narrow : wide else { return EnergyVAD(sampleRate: rate <= 8000 ? 8000 : 16000) }
    return networks.withLock { networks in
      let key = Key(loop: loop.index, rate: weights.sampleRate)
      let network = networks.list[key] ?? SileroNetwork(weights)
      networks.list[key] = network
      return SileroVAD(network)
    }
  }
}
