// Decides that a recogniser which is connected has stopped listening.

public import Base

/// Watches one recogniser while the voice detector hears speech. A caller who is quiet proves nothing; a recogniser that says
/// nothing at all, not even an empty interim, to half a second of speech is lost.
///
/// Time is counted from the onset of speech or from the recogniser's last message, whichever is later, so that interims a second apart
/// in a long sentence never look like a stall. Short sounds with pauses between them (a cough, a door) are not added up.
public struct StallDetector: Equatable, Sendable {
  /// So much speech since then, by the voice detector: less may be a cough, and recognisers rightly ignore coughs.
  public static let speechMs = 500
  /// A pause after which a sound that was too short is forgotten.
  public static let pauseMs = 700
  /// The voice detector says so much later that speech was over; until then a pause looks like speech.
  public static let hangOverMs = 250

  private let afterMs: Int
  /// Where time is counted from; nil while nothing was said that has not been answered.
  private var base: Instant?
  /// The beginning of the speech that is going on, as far as it lies after `base`.
  private var speaking: Instant?
  private var endedAt: Instant?
  /// Speech after `base` that is over.
  private var spokenNs: UInt64 = 0
  public private(set) var isStalled = false

  /// - Parameter afterMs: from the onset to the verdict. The chain's `stallMs`; more than `speechMs`.
  public init(afterMs: Int) { self.afterMs = max(afterMs, Self.speechMs) }

  /// Speech began at `onset`, which may lie a little back.
  public mutating func speechBegan(at onset: Instant) {
    guard speaking == nil else { return }
    if spokenNs < Self.neededNs, let endedAt, onset > endedAt.advanced(byMs: Self.pauseMs) { forget() }
    let from = max(onset, base ?? onset)
    base = base ?? onset
    speaking = from
    endedAt = nil
  }

  /// The speech was over at `end`, which may lie a little back.
  public mutating func speechEnded(at end: Instant) {
    if let speaking, end > speaking { spokenNs += end.ns - speaking.ns }
    speaking = nil
    endedAt = base == nil ? nil : end
  }

  /// The recogniser said something, be it an empty interim.
  public mutating func message(at now: Instant) {
    spokenNs = 0
    endedAt = nil
    base = speaking == nil ? nil : now
    if speaking != nil { speaking = now }
  }

  /// Whether the recogniser has stalled; told once.
  public mutating func tick(at now: Instant) -> Bool {
    guard !isStalled, now >= nextDue else { return false }
    isStalled = true
    return true
  }

  /// The moment of the verdict if nothing happens until then; `never` while there is no reason for one.
  public var nextDue: Instant {
    guard !isStalled, let base else { return .never }
    let verdict = base.advanced(byMs: afterMs)
    if spokenNs >= Self.neededNs { return verdict }
    guard let speaking else { return .never }
    return max(verdict, speaking.advanced(byNs: Int64(Self.neededNs - spokenNs)).advanced(byMs: Self.hangOverMs))
  }

  private mutating func forget() {
    base = nil
    spokenNs = 0
    endedAt = nil
  }

  private static let neededNs = UInt64(speechMs) * 1_000_000
}
