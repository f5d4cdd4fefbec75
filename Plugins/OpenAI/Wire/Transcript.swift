// What a recogniser heard in one file.

public import Vox

/// The answer to a transcription. Source: platform.openai.com, "Create transcription".
public struct Transcript: Sendable, Equatable {
  public struct Word: Sendable, Equatable {
    /// Bytes of `text`.
    public let at: Int
    public let length: Int
    /// Seconds from the start of the file.
    public let start: Double
    public let end: Double
  }

  public private(set) var text = ""
  public private(set) var words: [Word] = []
  /// What was spoken, as a code; empty where it is not told, or by the name of the language as OpenAI does.
  public private(set) var language = ""
  /// What is billed, as far as it is told.
  public private(set) var seconds: Double?
  public private(set) var tokensIn: Int?
  public private(set) var tokensOut: Int?

  /// Nobody spoke.
  public init() {}

  /// - Parameter isPlain: the answer is the text itself.
  /// - Throws: class `unavailable` for what is no answer.
  public init(_ body: [UInt8], isPlain: Bool) throws(ProviderError) {
    if isPlain {
      text = try Self.bounded(String(decoding: body, as: UTF8.self))
      return
    }
    let json: JSONValue
    do {
      json = try JSONValue(parsing: String(decoding: body, as: UTF8.self))
    } catch {
      throw OpenAIError.garbled(error.description, code: "bad_json")
    }
    guard let told = json["text"]?.string else { throw OpenAIError.garbled("it has no text", code: "bad_answer") }
    text = try Self.bounded(told)
    seconds = json["usage"]?["seconds"]?.double
    tokensIn = json["usage"]?["input_tokens"]?.int
    tokensOut = json["usage"]?["output_tokens"]?.int
    if let code = json["language"]?.string, (2...3).contains(code.utf8.count) { language = code }
    readWords(json["words"]?.array ?? [])
  }

  /// No more than this stands between two words.
  private static let longestGap = 200
  /// Of text and words: ten times what is said in a minute, and little enough for one event of the ABI.
  private static let longestText = 16 << 10
  private static let mostWords = 1_000

  /// Words come without their punctuation; each is looked for in the text behind the one before it.
  private mutating func readWords(_ list: [JSONValue]) {
    let bytes = Array(text.utf8)
    var from = 0
    for item in list.prefix(Self.mostWords) {
      guard let word = item["word"]?.string.map({ Array(Self.trimmed($0).utf8) }), !word.isEmpty, let start = item["start"]?.double,
        let end = item["end"]?.double, start >= 0, end >= start, end < 1e6,
        let at = (from..<min(bytes.count, from + Self.longestGap)).first(where: { bytes[$0...].starts(with: word) })
      else { continue }
      words.append(Word(at: at, length: word.count, start: start, end: end))
      from = at + word.count
    }
  }

  private static func bounded(_ text: String) throws(ProviderError) -> String {
    let text = trimmed(text)
    guard text.utf8.count <= longestText else {
      throw OpenAIError.garbled("a transcript of \(text.utf8.count) bytes", code: "answer_too_long")
    }
    return text
  }

  private static func trimmed(_ text: String) -> String {
    guard let first = text.firstIndex(where: { !$0.isWhitespace }), let last = text.lastIndex(where: { !$0.isWhitespace }) else {
      return ""
    }
    return String(text[first...last])
  }
}
