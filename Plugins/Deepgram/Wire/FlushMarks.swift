// Which of the host's flushes are answered: by a result that says so, by one that reaches far enough, or by time.

/// The vendor answers a flush with a result, unless it had nothing to settle; then it says nothing at all.
public struct FlushMarks: Sendable {
  private struct Waiting {
    let mark: UInt64
    /// Samples pushed when it was asked.
    let position: UInt64
    let dueNs: UInt64
  }

  /// A host that flushes more often than it is answered: the oldest then count as answered.
  private static let maxWaiting = 32

  private let waitNs: UInt64
  private var waiting: [Waiting] = []

  /// - Parameter waitMs: after which a flush without an answer had nothing to settle.
  public init(waitMs: Int) { waitNs = UInt64(max(waitMs, 0)) * 1_000_000 }

  /// When the next one has waited long enough; nil when none waits.
  public var due: UInt64? { waiting.first?.dueNs }

  /// - Returns: the marks that are given up to make room.
  public mutating func ask(_ mark: UInt64, at position: UInt64, now: UInt64) -> [UInt64] {
    waiting.append(Waiting(mark: mark, position: position, dueNs: now &+ waitNs))
    return take(waiting.count - Self.maxWaiting)
  }

  /// A final reaches up to `end`.
  /// - Parameter isAnswer: the vendor says that it answers a flush, which is then the oldest one.
  /// - Returns: the marks this answers, oldest first.
  public mutating func settled(to end: UInt64, isAnswer: Bool) -> [UInt64] {
    let reached = waiting.prefix { $0.position <= end }.count
    return take(max(reached, isAnswer ? 1 : 0))
  }

  /// - Returns: the marks that had nothing to settle.
  public mutating func expire(now: UInt64) -> [UInt64] { take(waiting.prefix { $0.dueNs <= now }.count) }

  private mutating func take(_ count: Int) -> [UInt64] {
    let count = min(max(count, 0), waiting.count)
    defer { waiting.removeFirst(count) }
    return waiting.prefix(count).map(\.mark)
  }
}
