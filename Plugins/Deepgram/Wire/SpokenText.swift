// A text as the voice may get it.

/// What is left out of a text before it is spoken.
public enum SpokenText {
  /// Without inline controls: `\{pause:500ms\}` and `\{"word":…\}` are commands to the voice, which no answer of a model may give it, and
  /// some of them end the connection (developers.deepgram.com, "TTS pronunciation and pauses").
  public static func plain(_ text: String) -> String {
    var out = ""
    var rest = text[...]
    while let open = rest.firstRange(of: "\\{") {
      out += rest[..<open.lowerBound]
      rest = rest[open.upperBound...]
      guard let close = rest.firstIndex(of: "}") else { return out + rest }
      rest = rest[rest.index(after: close)...]
    }
    return out + rest
  }

  /// Whether there is anything to say: the vendor refuses a text without a letter, digit or sign.
  public static func isSpeakable(_ text: String) -> Bool { text.contains { !$0.isWhitespace && !$0.isPunctuation } }

  /// The vendor's unit of billing: characters as Unicode scalars, spaces included.
  public static func characters(_ text: String) -> Int { text.unicodeScalars.count }
}
