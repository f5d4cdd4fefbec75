// One small HTTP request to this machine, for the control ports of emulators.

import Glibc

enum LoopbackHTTP {
  /// Asks and waits, 30 s at most.
  static func ask(_ port: UInt16, _ method: String, _ path: String, _ body: String) throws -> (status: Int, body: String) {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    defer { close(socket) }
    var patience = timeval(tv_sec: 30, tv_usec: 0)
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
    guard connected == 0 else {
      throw Emulator.Unavailable(description: "nobody listens on port \(port): \(String(cString: strerror(errno)))")
    }
    let head = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nConnection: close\r\n"
    var left = Array("\(head)Content-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8)[...]
    while !left.isEmpty {
      let count = left.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard count > 0 else { throw Emulator.Unavailable(description: "port \(port) takes no request") }
      left = left.dropFirst(count)
    }
    var answer: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while case let count = recv(socket, &buffer, buffer.count, 0), count > 0 { answer += buffer[..<count] }
    guard let end = answer.indices.first(where: { answer[$0...].starts(with: Array("\r\n\r\n".utf8)) }) else {
      throw Emulator.Unavailable(description: "port \(port) gave no answer to \(method) \(path)")
    }
    let words = String(decoding: answer[..<end], as: UTF8.self).split(separator: " ", maxSplits: 2)
    return (words.count > 1 ? Int(words[1]) ?? 0 : 0, String(decoding: answer[(end + 4)...], as: UTF8.self))
  }
}
