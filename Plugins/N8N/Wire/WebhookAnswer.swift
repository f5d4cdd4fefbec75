// The body of a successful answer, whole or as a stream of chunks, whatever the pieces it comes in.

public import Vox

/// Reads an answer. It keeps at most `limit` bytes.
public struct WebhookAnswer: Sendable {
  private let contentType: String
  private let streams: Bool
  private let limit: Int
  /// The whole, or the line that has not ended yet.
  private var bytes: [UInt8] = []
  /// What the chunks of a stream have said.
  private var text = ""
  private var textBytes = 0
  /// A line that is no chunk: the workflow answered without streaming.
  private var other: JSONValue?

  /// - Parameters:
  ///   - contentType: the header of that name.
  ///   - streams: one JSON object a line: `{"type": "begin"|"item"|"end"|"error", "content", "metadata"}` (docs.n8n.io, "Streaming
  ///     responses"). Other types are passed over.
  public init(contentType: String, streams: Bool, limit: Int) {
    self.contentType = contentType.lowercased()
    self.streams = streams
    self.limit = limit
  }

  /// Takes the next bytes.
  ///
  /// - Returns: what chunks that became whole have said.
  /// - Throws: the error that the stream tells; `answer_too_long`; `unparseable`. The reader is of no more use then.
  public mutating func feed(_ new: [UInt8]) throws(ProviderError) -> String {
    guard bytes.count + textBytes + new.count <= limit else {
      throw N8NError.unusable("is longer than \(limit) bytes", code: "answer_too_long")
    }
    bytes += new
    guard streams, new.contains(0x0A) else { return "" }
    var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    bytes = Array(lines.removeLast())
    var said = ""
    for line in lines { said += try read(Array(line)) }
    return said
  }

  /// The answer was whole.
  ///
  /// - Parameter id: of the call.
  public mutating func end(id: String) throws(ProviderError) -> ToolResult {
    guard streams else { return try whole(id: id) }
    _ = try read(bytes)
    if text.isEmpty, let other { return try ToolResult(answer: other, id: id) }
    return try ToolResult(text: String(text.trimmed), id: id)
  }

  private mutating func read(_ line: [UInt8]) throws(ProviderError) -> String {
    guard !line.isBlank else { return "" }
    guard let chunk = JSONValue(bytes: line) else { throw N8NError.unusable("is no stream of JSON", code: "unparseable") }
    switch chunk["type"]?.string {
    case "item":
      let content = chunk["content"] ?? .null
      let piece = content.isNull ? "" : content.string ?? content.text
      text += piece
      textBytes += piece.utf8.count
      return piece
    case "error": throw N8NError.streamed(chunk)
    case nil: other = chunk
    default: break
    }
    return ""
  }

  private func whole(id: String) throws(ProviderError) -> ToolResult {
    if bytes.isBlank { return ToolResult(.null) }
    if contentType.contains("json") || contentType.isEmpty {
      guard let json = JSONValue(bytes: bytes) else { throw N8NError.unusable("is no JSON", code: "unparseable") }
      return try ToolResult(answer: json, id: id)
    }
    guard contentType.hasPrefix("text/") else {
      throw N8NError.unusable("is no text but \(contentType.short)", code: "not_text")
    }
    return try ToolResult(text: String(decoding: bytes, as: UTF8.self), id: id)
  }
}

extension [UInt8] {
  /// Nothing but the white space of JSON (RFC 8259, section 2).
  fileprivate var isBlank: Bool { allSatisfy { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 } }
}

extension String {
  /// Without white space at its ends.
  var trimmed: Substring {
    let tail = drop { $0.isWhitespace }
    guard let last = tail.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return tail[...last]
  }
}
