// What the call engine asks of anything that tells speech from the rest.

/// Tells for each window of sound how likely it holds speech. One per call; one owner at a time.
///
/// Implementations allocate everything when made: `probability` and `reset` do not allocate, lock or block.
public protocol VoiceDetector: AnyObject {
  /// Hz of the samples it wants: 8,000 or 16,000.
  var sampleRate: UInt32 { get }
  /// Samples of one window: 32 ms.
  var windowSamples: Int { get }
  /// The probability, 0 to 1, that the window holds speech. Windows follow each other without gap or overlap.
  /// - Parameter window: exactly `windowSamples` samples; a window of another length is not listened to and answers 0.
  func probability(_ window: UnsafeBufferPointer<Int16>) -> Float
  /// Forgets the past, so that an unrelated stream can begin.
  func reset()
}
