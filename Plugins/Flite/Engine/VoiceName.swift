// The voices that come with the library.

/// A voice of Debian's `libflite1`. slt is a woman, the others are men (awb with a Scottish accent); kal and kal16 are diphone
/// voices: rougher, thirty times cheaper, and the same samples for the same text every time.
public enum VoiceName: String, Sendable, CaseIterable {
  case slt, rms, awb, kal, kal16

  /// Hz of the samples this voice makes.
  public var rate: Int { self == .kal ? 8_000 : 16_000 }

  /// The same text gives the same samples; the other voices excite their filter with random noise.
  public var isDeterministic: Bool { self == .kal || self == .kal16 }
}
