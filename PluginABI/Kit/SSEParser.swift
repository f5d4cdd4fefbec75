// Server-sent events as they stream in, whatever the pieces (WHATWG HTML, section 9.2.6).

public import Vox

/// One event of a stream.
public struct ServerSentEvent: Hashable, Sendable {
  /// `message` when the stream names none.
  public var name: String
  /// Its data lines, joined by line feeds.
  public var data: String
  /// The last id the stream has given.
  public var id: String

  public init(name: String = "message", data: String, id: String = "") {
    self.name = name
    self.data = data
    self.id = id
  }
}

/// Takes a stream of events apart. Feed it the body as it comes; bytes that are not UTF-8 become U+FFFD, as the standard asks.
///
/// It keeps at most one event, so `limit` bounds its memory. What follows the last blank line when the stream ends is no event.
public struct SSEParser: Sendable {
  private let limit: Int
  private var line: [UInt8] = []
  private var data: [UInt8] = []
  private var hasData = false
  private var name = ""
  private var id = ""
  private var lastWasCR = false
  private var isFirstLine = true

  /// - Parameter limit: bytes of the longest event.
  public init(limit: Int = 1 << 20) { self.limit = limit }

  /// Takes the next bytes.
  ///
  /// - Returns: the events that became whole, in order.
  /// - Throws: class `unavailable`, code `sse_too_long`, for an event longer than the limit; the parser is of no more use then.
  public mutating func feed(_ bytes: some Sequence<UInt8>) throws(ProviderError) -> [ServerSentEvent] {
    var events: [ServerSentEvent] = []
    for byte in bytes {
      // A line ends with CR, LF, or both: the LF of a CRLF ends nothing more, even when it comes in the next piece.
      let endsWithCRLF = lastWasCR && byte == 0x0A
      lastWasCR = byte == 0x0D
      if endsWithCRLF { continue }
      guard byte == 0x0A || byte == 0x0D else {
        guard line.count + data.count < limit else {
          throw ProviderError(.unavailable, "the provider sent an event longer than \(limit) bytes", effects: .maybe, code: "sse_too_long")
        }
        line.append(byte)
        continue
      }
      if let event = endLine() { events.append(event) }
    }
    return events
  }

  /// Reads the line that has just ended; a blank one ends the event.
  private mutating func endLine() -> ServerSentEvent? {
    defer { line.removeAll(keepingCapacity: true) }
    if isFirstLine {
      isFirstLine = false
      if line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
    }
    guard !line.isEmpty else { return endEvent() }
    let colon = line.firstIndex(of: 0x3A) ?? line.endIndex
    var value = line[colon...].dropFirst()
    if value.first == 0x20 { value = value.dropFirst() }
    switch String(decoding: line[..<colon], as: UTF8.self) {
    case "data":
      if hasData { data.append(0x0A) }
      hasData = true
      data += value
    case "event": name = String(decoding: value, as: UTF8.self)
    case "id": if !value.contains(0) { id = String(decoding: value, as: UTF8.self) }
    // Comments begin with a colon; `retry` is for those who reconnect; anything else is to be ignored.
    default: break
    }
    return nil
  }

  private mutating func endEvent() -> ServerSentEvent? {
    defer {
      data.removeAll(keepingCapacity: true)
      hasData = false
      name = ""
    }
    guard hasData else { return nil }
    return ServerSentEvent(name: name.isEmpty ? "message" : name, data: String(decoding: data, as: UTF8.self), id: id)
  }
}
