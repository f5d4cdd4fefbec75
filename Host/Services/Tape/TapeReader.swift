// Reads a recording.

import Base
import Glibc
import Vox

/// Turns the lines of a file into takes.
enum TapeReader {
  /// A recording longer than this was not made by a conformance run.
  private static let maxBytes = 256 << 20

  static func read(_ path: String) throws(Problem) -> [Take] {
    let bytes = try file(path)
    var takes: [Int: Take] = [:]
    var order: [Int] = []
    var sent: [Int: Int] = [:]
    for (number, line) in bytes.split(separator: 0x0A).enumerated() {
      guard let json = try? line.withUnsafeBufferPointer({ try JSONValue(parsing: $0) }), let id = json["id"]?.int,
        let what = json["what"]?.string
      else { throw Problem(.invalid, code: "tape_line", "line \(number + 1) of the recording \(path) cannot be read") }
      switch what {
      case "request", "connect":
        guard let address = json["url"]?.string.flatMap({ Address($0) }), let method = json["method"]?.string else { continue }
        takes[id] = Take(method: method, path: TapeTrack.path(address.target))
        order.append(id)
      case "sent": sent[id, default: 0] += 1
      default:
        guard let step = step(what, json) else { continue }
        // What was sent before the handshake's answer did not cause it.
        let before = what == "head" ? 0 : sent[id, default: 0]
        takes[id]?.steps.append(Take.Step(atMs: max(json["at_ms"]?.int ?? 0, 0), sentBefore: before, what: step))
      }
    }
    return order.compactMap { takes[$0] }
  }

  private static func step(_ what: String, _ json: JSONValue) -> Take.What? {
    switch what {
    case "head": .head(AnswerHead(status: json["status"]?.int ?? 0, headers: headers(json["headers"])))
    case "body": data(json["data"]).map { .bytes($0, isText: false) }
    case "received": data(json["data"]).map { .bytes($0, isText: json["text"]?.bool ?? false) }
    case "done": .end(nil)
    case "failed":
      .end(
        ProviderError(
          ErrorClass.allCases.first { $0.name == json["class"]?.string } ?? .unavailable, json["message"]?.string ?? "",
          effects: SideEffects(rawValue: UInt16(clamping: json["effects"]?.int ?? 0)) ?? .none, code: json["code"]?.string ?? "",
          wireStatus: Int32(clamping: json["wire_status"]?.int ?? 0)))
    case "closed": .closed(code: json["code"]?.int ?? 1006, reason: json["reason"]?.string ?? "")
    default: nil
    }
  }

  private static func headers(_ json: JSONValue?) -> [(name: String, value: String)] {
    (json?.array ?? []).compactMap { pair in
      guard let pair = pair.array, pair.count == 2, let name = pair[0].string, let value = pair[1].string else { return nil }
      return (name, value)
    }
  }

  private static func data(_ json: JSONValue?) -> [UInt8]? {
    json?.string.map { Array($0.utf8) } ?? json?["base64"]?.string.flatMap(Base64.decode)
  }

  private static func file(_ path: String) throws(Problem) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    defer { if descriptor >= 0 { close(descriptor) } }
    var info = stat()
    guard descriptor >= 0, fstat(descriptor, &info) == 0 else {
      throw Problem(.invalid, code: "tape_file", "the recording \(path) cannot be read: \(String(cString: strerror(errno)))")
    }
    guard info.st_size <= maxBytes else { throw Problem(.invalid, code: "tape_file", "the recording \(path) is longer than 256 MiB") }
    var bytes = [UInt8](repeating: 0, count: info.st_size)
    var at = 0
    while at < bytes.count {
      let got = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress.map { $0 + at }, $0.count - at) }
      guard got > 0 else { break }
      at += got
    }
    return Array(bytes[..<at])
  }
}
