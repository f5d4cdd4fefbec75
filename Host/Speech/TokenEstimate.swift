// About how many tokens a text costs a language model, on the safe side.

public import Vox

/// An estimate for any vendor's tokeniser.
///
/// Vendors say "about four characters of English" per token. Counted here: three and a half per token for Latin letters, two for
/// digits and signs, and for other scripts what byte-pair vocabularies trained mostly on English make of them: accented Latin, Greek and
/// Cyrillic about two characters per token, other alphabets one, Chinese, Japanese and Korean two thirds of one, pictures a third.
/// White space before a word belongs to the word. So English comes out about a tenth too high, which is meant.
public enum TokenEstimate {
  /// Role, separators and ids of one message; vendors document three to seven.
  static let perMessage = 6
  /// What the frame of a tool, of a call or of a result adds to its text.
  static let perTool = 12

  /// Thousandths of a token for one character.
  private static func weight(_ c: Unicode.Scalar) -> Int {
    switch c.value {
    case 0x20: 30
    case 0x30...0x39: 500
    case 0x41...0x5A, 0x61...0x7A: 285
    case 0..<0x80: 500
    case 0x80...0x52F, 0x1E00...0x206F: 550
    case 0x1100...0x11FF, 0x2E80...0xA4CF, 0xAC00...0xD7FF, 0xF900...0xFAFF, 0xFF00...0xFFEF, 0x20000...0x3FFFF: 1500
    case 0x1F000...0x1FAFF: 3000
    default: 1000
    }
  }

  private static let ofASCII = (0..<128).map { weight(Unicode.Scalar(UInt8($0))) }

  /// The whole conversation is looked at before each turn, and most of it is ASCII: that is summed byte by byte.
  public static func tokens(_ text: String) -> Int {
    var text = text
    let ascii: Int? = text.withUTF8 { bytes in
      ofASCII.withUnsafeBufferPointer { weights in
        var sum = 0
        for byte in bytes {
          guard byte < 128 else { return nil }
          sum += weights[Int(byte)]
        }
        return sum
      }
    }
    return ((ascii ?? text.unicodeScalars.reduce(0) { $0 + weight($1) }) + 999) / 1000
  }

  /// A message with everything in it that a model is given.
  public static func tokens(_ message: ChatMessage) -> Int {
    message.parts.reduce(perMessage) { sum, part in
      switch part {
      case .text(let text): sum + tokens(text)
      case .toolCall(let id, let name, let arguments): sum + perTool + tokens(id) + tokens(name) + tokens(arguments.text)
      case .toolResult(let id, let content, _): sum + perTool + tokens(id) + tokens(content)
      case .opaque(_, let data): sum + tokens(data)
      }
    }
  }

  public static func tokens(_ tool: ToolDescription) -> Int {
    perTool + tokens(tool.name) + tokens(tool.description) + tokens(tool.schema.text)
  }
}
