// Where on the line the caller spoke, so that a recogniser that takes over need not listen to the silence between.

/// The stretches of speech since the last words that are settled, as the voice detector heard them; line positions.
struct SpeechSpans {
  /// Speech begins and ends softly: so much before and after counts to it.
  private let margin: UInt64
  /// The detector and a recogniser do not agree to the sample where speech ends.
  private let tolerance: UInt64
  private static let maxSpans = 64
  private var spans: [(start: UInt64, end: UInt64?)] = []

  /// - Parameter rate: Hz of the line; 300 ms of it are the margin.
  init(rate: Int) {
    margin = UInt64(rate * 3 / 10)
    tolerance = UInt64(rate / 10)
    spans.reserveCapacity(Self.maxSpans)
  }

  mutating func began(at position: UInt64) {
    guard spans.last.map({ $0.end != nil }) ?? true else { return }
    // With the oldest forgotten, its neighbours make one: more is listened to, never less.
    if spans.count == Self.maxSpans {
      spans[1].start = spans[0].start
      spans.removeFirst()
    }
    spans.append((position, nil))
  }

  mutating func ended(at position: UInt64) {
    guard let last = spans.indices.last, spans[last].end == nil else { return }
    spans[last].end = max(position, spans[last].start)
  }

  /// What was said before `position` is settled.
  mutating func settle(at position: UInt64) { spans.removeAll { $0.end.map { $0 <= position + tolerance } ?? false } }

  var isEmpty: Bool { spans.isEmpty }

  /// Samples from `position` to `end` that are worth listening to.
  func length(from position: UInt64, to end: UInt64) -> UInt64 {
    var length: UInt64 = 0
    var reached = position
    for span in spans {
      let start = max(span.start > margin ? span.start - margin : 0, reached)
      let stop = min(span.end.map { $0 + margin } ?? end, end)
      guard stop > start else { continue }
      length += stop - start
      reached = stop
    }
    return length
  }

  /// The next position from `position` on that is worth listening to; nil: none so far.
  func next(from position: UInt64) -> UInt64? {
    for span in spans where span.end.map({ $0 + margin > position }) ?? true {
      return max(span.start > margin ? span.start - margin : 0, position)
    }
    return nil
  }
}
