// A text as a voice is given it, and which part of the written text each part of it stands for.

/// What a voice says for a written text.
public struct Spoken: Equatable, Sendable {
  /// A place up to which the two texts say the same.
  struct Span: Equatable, Sendable {
    /// Bytes (UTF-8) of the spoken text.
    let spoken: Int
    /// Bytes (UTF-8) of the written text.
    let written: Int
  }

  public let text: String
  /// Ascending in both.
  let spans: [Span]

  /// How many bytes of the written text are said once `bytes` bytes of the spoken text are. A number counts when all its words are out.
  public func written(for bytes: Int) -> Int { Self.written(spans, for: bytes) }

  static func written(_ spans: [Span], for bytes: Int) -> Int {
    var low = 0
    var high = spans.count
    while low < high {
      let middle = (low + high) / 2
      if spans[middle].spoken <= bytes { low = middle + 1 } else { high = middle }
    }
    return low > 0 ? spans[low - 1].written : 0
  }
}
