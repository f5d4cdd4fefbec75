// One line of the journal: a fact with its place and time.

public import Base

/// A fact as it stands in the journal.
public struct Entry: Equatable, Sendable {
  /// Counts from 1 without gaps over the life of a state folder. A projection's cursor is a sequence.
  public var sequence: UInt64
  /// Milliseconds since 1970-01-01 UTC, for people.
  public var wallMs: UInt64
  /// The host's monotonic clock, for differences between facts of one run of the host.
  public var at: Instant
  public var subject: Subject
  public var fact: Fact

  public init(sequence: UInt64, wallMs: UInt64, at: Instant, subject: Subject, fact: Fact) {
    self.sequence = sequence
    self.wallMs = wallMs
    self.at = at
    self.subject = subject
    self.fact = fact
  }
}
