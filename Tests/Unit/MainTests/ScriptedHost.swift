// A host for tests: the routes of the control socket, answered from a script, on a Unix socket and on a port of loopback.

import Base
import Glibc
import Synchronization
import Vox

/// Serves what it is told to and remembers what it was asked. Stops when it goes away.
final class ScriptedHost: @unchecked Sendable {
  struct Request: Equatable, Sendable {
    var method: String
    var path: String
    var body: String
    var authorization = ""
  }

  enum Answer: Sendable {
    case json(Int, JSONValue)
    case text(Int, String)
    /// A stream of events that stays open after them, or not.
    case events([String], staysOpen: Bool)
    /// Bytes as they are, then the end of the connection.
    case raw(String)
    /// No answer, for as long as the host lives.
    case silence
  }

  let folder: String
  /// The port on loopback.
  let port: Int
  private let listeners: [Int32]
  private let answer: @Sendable (Request) -> Answer
  private let state = Mutex<(requests: [Request], open: [Int32])>(([], []))

  var socket: String { folder + "/control.sock" }
  var requests: [Request] { state.withLock { $0.requests } }

  /// - Parameter answer: says what a request gets; nil is 404. `/healthz`, `/readyz` and `/v1/host` are answered without it.
  init(_ answer: @escaping @Sendable (Request) -> Answer? = { _ in nil }) throws {
    var template = Array("/tmp/patchbay-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Problem(.internal, "no folder") }
    folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let unix = try Self.listenUnix(folder + "/control.sock")
    let (tcp, port) = try Self.listenTCP()
    self.port = port
    listeners = [unix, tcp]
    self.answer = { request in
      if let given = answer(request) { return given }
      switch request.path {
      case "/healthz", "/readyz": return .json(200, [:])
      case "/v1/host": return .json(200, ["listen": .string("127.0.0.1:\(port)"), "version": "test"])
      default: return .json(404, ["error": "there is nothing here"])
      }
    }
    let find: @Sendable () -> ScriptedHost? = { [weak self] in self }
    for listener in listeners { OwnThread.start(name: "host") { Self.accept(listener, find) } }
  }

  deinit {
    // Shutting a listener down wakes the thread that accepts on it.
    for listener in listeners { shutdown(listener, Int32(SHUT_RDWR)) }
    for connection in state.withLock({ $0.open }) { close(connection) }
    unlink(socket)
    rmdir(folder)
  }

  private static func listenUnix(_ path: String) throws -> Int32 {
    let file = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let bound = withUnsafePointer(to: address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(file, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
    guard bound == 0, listen(file, 16) == 0 else { throw Problem(.internal, "cannot listen on \(path)") }
    return file
  }

  private static func listenTCP() throws -> (Int32, Int) {
    let file = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(file, $0, size) == 0 && getsockname(file, $0, &size) == 0 }
    }
    guard bound, listen(file, 16) == 0 else { throw Problem(.internal, "cannot listen on loopback") }
    return (file, Int(UInt16(bigEndian: address.sin_port)))
  }

  private static func accept(_ listener: Int32, _ host: @escaping @Sendable () -> ScriptedHost?) {
    while true {
      let connection = Glibc.accept(listener, nil, nil)
      guard connection >= 0, let host = host() else { break }
      // A thread each, so that an open stream does not hold up the next request.
      OwnThread.start(name: "connection") { host.serve(connection) }
    }
    close(listener)
  }

  private func serve(_ connection: Int32) {
    guard let request = Self.read(connection) else {
      close(connection)
      return
    }
    state.withLock { $0.requests.append(request) }
    var staysOpen = false
    switch answer(request) {
    case .json(let status, let value): Self.send(connection, status, "application/json", value.text)
    case .text(let status, let text): Self.send(connection, status, "text/plain", text)
    case .events(let events, let open):
      staysOpen = open
      let body = events.map { "event: fact\ndata: \($0)\n\n" }.joined()
      Self.write(connection, "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n: open\n\n" + body)
    case .raw(let text): Self.write(connection, text)
    case .silence: staysOpen = true
    }
    if staysOpen { state.withLock { $0.open.append(connection) } } else { close(connection) }
  }

  private static func read(_ connection: Int32) -> Request? {
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = recv(connection, &buffer, buffer.count, 0)
      guard count > 0 else { return nil }
      text += buffer[..<count]
      let parts = String(decoding: text, as: UTF8.self).split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else { continue }
      let lines = parts[0].split(separator: "\r\n").map(String.init)
      func header(_ name: String) -> String? { lines.first { $0.hasPrefix(name + ": ") }.map { String($0.dropFirst(name.count + 2)) } }
      guard parts[1].utf8.count >= header("content-length").flatMap({ Int($0) }) ?? 0 else { continue }
      let words = lines[0].split(separator: " ")
      guard words.count == 3 else { return nil }
      return Request(method: String(words[0]), path: String(words[1]), body: String(parts[1]), authorization: header("authorization") ?? "")
    }
  }

  private static func send(_ connection: Int32, _ status: Int, _ type: String, _ body: String) {
    write(connection, "HTTP/1.1 \(status) X\r\ncontent-type: \(type)\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)")
  }

  private static func write(_ connection: Int32, _ text: String) {
    let bytes = Array(text.utf8)
    _ = Glibc.send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
  }
}
