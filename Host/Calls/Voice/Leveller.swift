// Brings whoever speaks to the tenant's loudness, so that a fallback does not jump in volume.

import Speech

/// The gain of the voice that speaks, and the measuring of one that is new. On the call's loop; nothing is allocated while it speaks.
final class Leveller {
  private let levels: VoiceLevels
  private let target: VoiceLevel.Target
  private let rate: Int
  private var ramp: GainRamp
  private var voice: VoiceLevels.Voice?
  private var meter: LoudnessMeter?
  private let leveled: UnsafeMutableBufferPointer<Int16>

  /// - Parameter rate: Hz of the line.
  init(_ levels: VoiceLevels, target: VoiceLevel.Target, rate: Int) {
    self.levels = levels
    self.target = target
    self.rate = rate
    ramp = GainRamp(rate: rate)
    leveled = .allocate(capacity: rate / 5)
  }

  deinit {
    stopMeasuring()
    leveled.deallocate()
  }

  /// Another voice speaks from here on: it begins at its own gain.
  func begin(_ voice: VoiceLevels.Voice) {
    guard voice != self.voice else { return }
    stopMeasuring()
    self.voice = voice
    ramp.begin(levels.gain(of: voice, to: target) ?? 0)
    measure()
  }

  /// A piece is over: what was measured counts from the next on, between two words.
  func pieceEnded() {
    guard let voice else { return }
    if let meter { levels.note(meter, of: voice) }
    meter = nil
    if let gain = levels.gain(of: voice, to: target) { ramp.move(to: gain) }
    measure()
  }

  private func measure() {
    guard let voice, levels.beginMeasure(of: voice) else { return }
    meter = LoudnessMeter(rate: rate)
    if meter == nil { levels.giveUp(voice) }
  }

  private func stopMeasuring() {
    if meter != nil, let voice { levels.giveUp(voice) }
    meter = nil
  }

  /// Hands on the samples with the gain, in parts of at most 200 ms.
  func level(_ samples: UnsafeBufferPointer<Int16>, _ write: (UnsafeBufferPointer<Int16>) -> Void) {
    meter?.add(samples)
    guard !ramp.isIdle else { return write(samples) }
    var rest = samples
    while !rest.isEmpty {
      let count = ramp.apply(rest, into: leveled)
      write(UnsafeBufferPointer(rebasing: leveled[0..<count]))
      rest = UnsafeBufferPointer(rebasing: rest[count...])
    }
  }
}
