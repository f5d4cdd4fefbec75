// What is printed when an invariant does not hold, so that the run can be repeated.

/// The first thing in a run that must not be.
public struct Violation: Sendable, CustomStringConvertible {
  public let seed: UInt64
  /// Virtual time.
  public let atMs: Double
  /// The call's number in its world; nil when it concerns the host.
  public let call: Int?
  public let id: String
  /// The invariant.
  public let sentence: String
  /// What was seen instead.
  public let what: String
  /// The last facts of the call, or of the host.
  public let facts: [String]

  public var description: String {
    let place = call.map { "call \($0)" } ?? "the host"
    let list = facts.map { "    \($0)" }.joined(separator: "\n")
    return "violation of \(id) at \(atMs) ms in \(place), seed \(seed)\n  \(sentence)\n  \(what)\n  the last facts:\n\(list)"
  }
}
