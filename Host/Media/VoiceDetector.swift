// What the call engine asks of anything that tells speech from the rest.

/// Tells for each window of sound how likely it holds speech. One per call; one owner at a time.
///
/// A window is heard first and concluded afterwards, so that the windows which several calls have at the same moment can be worked out
/// together. Implementations allocate everything when made: `hear`, `conclude` and `reset` do not allocate, lock or block.
public protocol VoiceDetector: AnyObject {
  /// Hz of the samples it wants: 8,000 or 16,000.
  var sampleRate: UInt32 { get }
  /// Samples of one window: 32 ms.
  var windowSamples: Int { get }
  /// Takes the next window. Windows follow each other without gap or overlap, and each is concluded before the next is heard.
  /// - Parameter window: exactly `windowSamples` samples; a window of another length is not listened to and concluded as 0.
  func hear(_ window: UnsafeBufferPointer<Int16>)
  /// The probability, 0 to 1, that the window that was heard last holds speech.
  func conclude() -> Float
  /// Forgets the past, so that an unrelated stream can begin.
  func reset()
}

extension VoiceDetector {
  /// Hears a window and concludes it at once.
  public func probability(_ window: UnsafeBufferPointer<Int16>) -> Float {
    hear(window)
    return conclude()
  }
}
