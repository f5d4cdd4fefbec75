// A clause that was not kept, and how that was seen.

/// Thrown where a case cannot go on, noted where it can.
struct Breach: Error, Hashable, Sendable {
  let clause: Clause
  /// What was seen, and what was expected.
  let sentence: String

  init(_ clause: Clause, _ sentence: String) {
    self.clause = clause
    self.sentence = sentence
  }
}

/// Thrown by a case that does not apply to this plugin.
struct NotApplicable: Error {
  let reason: String

  init(_ reason: String) { self.reason = reason }
}
