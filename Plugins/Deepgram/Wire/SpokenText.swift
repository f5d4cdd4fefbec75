// A text as the voice may get it.

/// What is left out of a text before it is spoken.
public enum SpokenText {
  /// Whether there is anything to say: the vendor refuses a text without a letter, digit or sign.
  public static func isSpeakable(_ text: String) -> Bool { text.contains { !$0.isWhitespace && !$0.isPunctuation } }

  /// The vendor's unit of billing: characters as Unicode scalars, spaces included.
  public static func characters(_ text: String) -> Int { text.unicodeScalars.count }
}

/// Takes inline controls out of a text as it comes: `\{pause:500ms\}` and `\{"word":…\}` are commands to the voice, which no answer of a
/// model may give it, and some of them end the connection (developers.deepgram.com, "TTS pronunciation and pauses").
public struct InlineControls: Sendable {
  /// What follows is no control: the vendor knows none so long.
  private static let longest = 200
  private let areTaken: Bool
  /// May be a control, and is not over.
  private var held = ""

  /// - Parameter areTaken: the operator lets them pass.
  public init(areTaken: Bool) { self.areTaken = areTaken }

  /// Takes the next text; answers what of it may be said by now.
  public mutating func append(_ text: String) -> String {
    guard !areTaken else { return text }
    var out = ""
    var rest = (held + text)[...]
    held = ""
    while let sign = rest.firstIndex(of: "\\") {
      out += rest[..<sign]
      rest = rest[sign...]
      guard rest.count > 1 else { break }
      guard rest.dropFirst().first == "{" else {
        out.append(rest.removeFirst())
        continue
      }
      if let close = rest.firstIndex(of: "}") {
        rest = rest[rest.index(after: close)...]
      } else if rest.count > Self.longest {
        rest = rest.dropFirst(2)
      } else {
        break
      }
    }
    if rest.first == "\\" { held = String(rest) } else { out += rest }
    return out
  }

  /// The text is whole; answers what was held back, without the sign of a control that never ended.
  public mutating func finish() -> String {
    defer { held = "" }
    return held.hasPrefix("\\{") ? String(held.dropFirst(2)) : held
  }
}
