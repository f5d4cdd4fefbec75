// How long a loop lets work gather before it serves it in one go.

/// The time between two turns of a busy loop.
///
/// A thread that wakes for each thing costs more than what it does for it, so things gather. But what arrives for one call waits for all that
/// gathered before it, so where much arrives the time is halved until it gathers no more than one turn serves.
struct Rest {
  let longestNs: Int64
  private(set) var ns: Int64

  init(longestNs: Int64) {
    self.longestNs = longestNs
    ns = longestNs
  }

  /// - Parameters:
  ///   - count: what the turn found to serve.
  ///   - most: what a turn serves at most.
  ///   - isWhole: whether the rest before it was not cut short; only then a small `count` says that little arrives.
  mutating func gathered(_ count: Int, ofMost most: Int, isWhole: Bool) {
    if count == most {
      ns = max(ns / 2, longestNs / 16)
    } else if isWhole, count < most / 4 {
      ns = min(ns * 2, longestNs)
    }
  }
}
