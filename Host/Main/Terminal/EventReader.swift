// Takes a stream of server-sent events apart as it arrives (the HTML standard's "event stream interpretation").

/// One event of a stream.
public struct ServerEvent: Hashable, Sendable {
  /// Its kind; `message` when the stream names none.
  public var name: String
  public var data: String
  /// Where to go on after a break; empty when the stream names none.
  public var id: String

  public init(name: String = "message", data: String, id: String = "") {
    self.name = name
    self.data = data
    self.id = id
  }
}

/// A pure machine: feed it bytes, it answers the events that are complete.
struct EventReader {
  /// A fact is at most 64 kB; what is longer than a megabyte is no event of ours.
  private static let maxEventBytes = 1 << 20

  private let host: String
  private var pending: [UInt8] = []
  private var name = ""
  private var data: [String] = []
  private var id = ""

  /// - Parameter host: who sends, for the sentences.
  init(from host: String) { self.host = host }

  mutating func feed(_ bytes: [UInt8]) throws(ControlError) -> [ServerEvent] {
    pending += bytes
    var events: [ServerEvent] = []
    var start = pending.startIndex
    while let end = pending[start...].firstIndex(of: 10) {
      let line = pending[start..<end].last == 13 ? pending[start..<(end - 1)] : pending[start..<end]
      if let event = take(String(decoding: line, as: UTF8.self)) { events.append(event) }
      start = end + 1
    }
    pending.removeFirst(start)
    guard pending.count + data.reduce(0, { $0 + $1.utf8.count }) <= Self.maxEventBytes else {
      throw ControlError(.broken, "\(host): an event of the stream does not end")
    }
    return events
  }

  private mutating func take(_ line: String) -> ServerEvent? {
    guard !line.isEmpty else { return finish() }
    let colon = line.firstIndex(of: ":") ?? line.endIndex
    var value = line[colon...].dropFirst()
    if value.first == " " { value = value.dropFirst() }
    switch line[..<colon] {
    case "event": name = String(value)
    case "data": data.append(String(value))
    case "id": id = String(value)
    default: break  // A comment that keeps the connection open, or a field of a later standard.
    }
    return nil
  }

  private mutating func finish() -> ServerEvent? {
    defer {
      name = ""
      data = []
    }
    guard !data.isEmpty else { return nil }
    return ServerEvent(name: name.isEmpty ? "message" : name, data: data.joined(separator: "\n"), id: id)
  }
}
