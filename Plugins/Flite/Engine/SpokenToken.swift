// A word of the request as flite is to read it, with the place it came from.

/// A piece of text between white space.
public struct SpokenToken: Hashable, Sendable {
  /// Printable ASCII; several words for one token are parted by single spaces; never empty.
  public var text: String
  /// Bytes of the request's UTF-8, without the punctuation around the word.
  public let source: Range<Int>
  /// A line ends here in the request, so a sentence does as well.
  public var endsLine: Bool

  public init(_ text: String, _ source: Range<Int>, endsLine: Bool = false) {
    self.text = text
    self.source = source
    self.endsLine = endsLine
  }
}
