// Takes an HTTP/1.1 reply apart as it arrives (RFC 9112), trusting none of its sizes.

/// A pure machine: feed it bytes, take out the body.
struct ReplyReader {
  private enum Phase: Equatable {
    case head
    /// So many bytes of a body of known length, or of a chunk, are still to come.
    case counted(Int)
    case chunkSize, chunk(Int), chunkEnd, trailer
    /// The body ends with the connection.
    case open
    case done
  }

  /// A head beyond this size is no answer of ours.
  private static let maxHeadBytes = 16_384
  private static let maxLineBytes = 1_024

  /// Who answers, for the sentences.
  let name: String
  private(set) var status = 0
  private(set) var headers: [(name: String, value: String)] = []
  private var phase = Phase.head
  private var pending: [UInt8] = []
  private var body: [UInt8] = []

  init(from name: String) { self.name = name }

  var hasHead: Bool { phase != .head }
  var isDone: Bool { phase == .done }

  /// The value of a header, its name in lower case.
  func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

  /// The part of the body that has arrived since the last time.
  mutating func takeBody() -> [UInt8] {
    defer { body = [] }
    return body
  }

  mutating func feed(_ bytes: [UInt8]) throws(ControlError) {
    pending += bytes
    while try step() {}
  }

  /// The other side has closed the connection.
  mutating func ended() throws(ControlError) {
    switch phase {
    case .done: break
    case .open: phase = .done
    default: throw broken("the answer is cut off")
    }
  }

  /// Goes as far as it can with what is there; false when more bytes are needed.
  private mutating func step() throws(ControlError) -> Bool {
    switch phase {
    case .head: return try readHead()
    case .counted(let left):
      take(min(left, pending.count)) { $0 == left ? .done : .counted(left - $0) }
      return false
    case .open:
      take(pending.count) { _ in .open }
      return false
    case .chunk(let left):
      guard !pending.isEmpty else { return false }
      take(min(left, pending.count)) { $0 == left ? .chunkEnd : .chunk(left - $0) }
      return true
    case .chunkEnd:
      guard let line = try readLine() else { return false }
      guard line.isEmpty else { throw broken("a chunk of the answer is longer than it says") }
      phase = .chunkSize
      return true
    case .chunkSize:
      guard let line = try readLine() else { return false }
      let digits = line.prefix { $0 != ";" }
      guard digits.count <= 8, let size = Int(digits, radix: 16), size >= 0 else {
        throw broken("the answer has a chunk of unknown size")
      }
      phase = size == 0 ? .trailer : .chunk(size)
      return true
    case .trailer:
      guard let line = try readLine() else { return false }
      if line.isEmpty { phase = .done }
      return !line.isEmpty
    case .done: return false
    }
  }

  private func broken(_ sentence: String) -> ControlError { ControlError(.broken, "\(name): \(sentence)") }

  private mutating func take(_ count: Int, _ next: (Int) -> Phase) {
    body += pending[..<count]
    pending.removeFirst(count)
    phase = next(count)
  }

  private mutating func readLine() throws(ControlError) -> String? {
    guard let end = pending.firstIndex(of: 10) else {
      guard pending.count <= Self.maxLineBytes else { throw broken("the answer has a line without end") }
      return nil
    }
    let line = pending[..<end].filter { $0 != 13 }
    pending.removeFirst(end + 1)
    return String(decoding: line, as: UTF8.self)
  }

  private mutating func readHead() throws(ControlError) -> Bool {
    let mark: [UInt8] = [13, 10, 13, 10]
    guard let end = pending.indices.first(where: { pending[$0...].starts(with: mark) }) else {
      guard pending.count <= Self.maxHeadBytes else { throw broken("the answer has a head without end") }
      return false
    }
    let lines = String(decoding: pending[..<end], as: UTF8.self).split(separator: "\r\n", omittingEmptySubsequences: false)
    pending.removeFirst(end + 4)
    let words = lines.first.map { $0.split(separator: " ", maxSplits: 2) } ?? []
    guard words.count >= 2, words[0].hasPrefix("HTTP/1."), words[1].count == 3, let status = Int(words[1]) else {
      throw broken("the answer is not HTTP")
    }
    // What goes before the real answer, such as 100 Continue.
    if (100..<200).contains(status) { return true }
    self.status = status
    headers = lines.dropFirst().compactMap { line in
      guard let colon = line.firstIndex(of: ":") else { return nil }
      return (line[..<colon].lowercased(), line[line.index(after: colon)...].trimmed)
    }
    phase = try bodyPhase()
    return true
  }

  private func bodyPhase() throws(ControlError) -> Phase {
    if status == 204 || status == 304 { return .done }
    if header("transfer-encoding")?.lowercased() == "chunked" { return .chunkSize }
    guard let text = header("content-length") else { return .open }
    guard let length = Int(text), length >= 0 else { throw broken("the answer has no usable length") }
    return length == 0 ? .done : .counted(length)
  }
}

extension Substring {
  fileprivate var trimmed: String {
    var text = self
    while let last = text.last, last == " " || last == "\t" { text.removeLast() }
    return String(text.drop { $0 == " " || $0 == "\t" })
  }
}
