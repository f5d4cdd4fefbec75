// Gathers the head of an answer line by line.

/// The lines of an answer's head. Interim answers (1xx) are passed over, as are trailers.
struct AnswerHead: Sendable {
  private(set) var status = 0
  private(set) var headers: [(name: String, value: String)] = []
  private(set) var isWhole = false
  private var bytes = 0

  init() {}

  /// One that has come already.
  init(status: Int, headers: [(name: String, value: String)]) {
    self.status = status
    self.headers = headers
    isWhole = true
  }

  enum Step { case more, whole, tooLong }

  /// Takes one line with its end; the blank one ends the head.
  ///
  /// - Parameter interim: the status below 200 that is awaited; 0 = none.
  mutating func take(_ line: UnsafeRawBufferPointer, interim: Int = 0) -> Step {
    guard !isWhole else { return .more }
    bytes += line.count
    guard bytes <= Limits.headerBytes, headers.count < Limits.headers else { return .tooLong }
    var text = line[...]
    while let last = text.last, last == 0x0D || last == 0x0A { text.removeLast() }
    if text.isEmpty {
      guard status >= 200 || status == interim && status != 0 else {
        (status, headers) = (0, [])
        return .more
      }
      isWhole = true
      return .whole
    }
    if text.starts(with: Array("HTTP/".utf8)) {
      let parts = text.split(separator: 0x20, maxSplits: 2)
      status = parts.count > 1 ? Int(String(decoding: parts[1], as: UTF8.self)) ?? 0 : 0
      headers = []
    } else if let colon = text.firstIndex(of: 0x3A) {
      headers.append((String(decoding: text[..<colon], as: UTF8.self), Self.trimmed(text[text.index(after: colon)...])))
    }
    return .more
  }

  func value(of name: String) -> String? { headers.first { $0.name.lowercased() == name }?.value }

  private static func trimmed(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
    var bytes = bytes
    while let first = bytes.first, first == 0x20 || first == 0x09 { bytes = bytes.dropFirst() }
    while let last = bytes.last, last == 0x20 || last == 0x09 { bytes = bytes.dropLast() }
    return String(decoding: bytes, as: UTF8.self)
  }
}
