// Keeps account of how much of the agent's speech the caller has really heard; decides nothing else and touches nothing.

/// Speeches sent to a phone that plays them later. The phone tells what it has played in two ways: it echoes marks that were
/// laid between the samples, and after a clear it tells how many samples it threw away. What it says is never trusted beyond
/// what was sent.
struct SpeechBook {
  /// A fact about a speech, in samples since it began.
  enum Fact: Equatable {
    case played(speech: Int, UInt64)
    /// Heard to its end.
    case completed(speech: Int, UInt64)
    /// Cut off there by a clear.
    case cut(speech: Int, UInt64)
  }

  private struct Entry {
    let id: Int
    var sent: UInt64 = 0
    var heard: UInt64 = 0
    var isWhole = false
  }

  private let markEvery: UInt64
  private var entries: [Entry] = []
  /// Speeches that a clear on its way has cut; a clear is answered in the order it was sent.
  private var clears: [[Entry]] = []
  private var next = 0

  /// - Parameter markEvery: samples between two marks.
  init(markEvery: UInt64) { self.markEvery = markEvery }

  mutating func begin() -> Int {
    next += 1
    entries.append(Entry(id: next))
    return next
  }

  /// More samples of a speech have been sent.
  /// - Returns: the name of the mark to send behind them, if one is due.
  mutating func sent(_ count: Int, of speech: Int) -> String? {
    guard let i = entries.firstIndex(where: { $0.id == speech }) else { return nil }
    let before = entries[i].sent
    entries[i].sent += UInt64(count)
    return entries[i].sent / markEvery > before / markEvery ? "\(speech):\(entries[i].sent)" : nil
  }

  /// The speech has no more samples.
  /// - Returns: the mark to send; its echo completes the speech.
  mutating func finish(_ speech: Int) -> String? {
    guard let i = entries.firstIndex(where: { $0.id == speech }), !entries[i].isWhole else { return nil }
    entries[i].isWhole = true
    return "\(speech):\(entries[i].sent)"
  }

  /// The phone has played up to a mark.
  mutating func reached(_ mark: String) -> Fact? {
    let parts = mark.split(separator: ":")
    guard parts.count == 2, let speech = Int(parts[0]), let position = UInt64(parts[1]),
      let i = entries.firstIndex(where: { $0.id == speech }), entries[i].heard <= position, position <= entries[i].sent
    else { return nil }
    entries[i].heard = position
    guard entries[i].isWhole, position == entries[i].sent else { return .played(speech: speech, position) }
    entries.remove(at: i)
    return .completed(speech: speech, position)
  }

  /// A clear has been sent: everything not heard yet will be thrown away.
  mutating func clear() {
    clears.append(entries)
    entries = []
  }

  /// The phone has answered the oldest clear.
  mutating func cleared(dropped: UInt64) -> [Fact] {
    guard !clears.isEmpty else { return [] }
    var left = dropped
    // What was thrown away is the end of what was sent, so the newest speech lost first.
    return clears.removeFirst().reversed().map { entry in
      let lost = min(left, entry.sent - entry.heard)
      left -= lost
      return .cut(speech: entry.id, entry.sent - lost)
    }
  }

  /// No answer will come to the oldest clear: what the marks told stands.
  mutating func clearUnanswered() -> [Fact] { cleared(dropped: .max) }
}
