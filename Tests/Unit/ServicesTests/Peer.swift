// A peer on loopback that says exactly the bytes a test wants, however wrong they are.

import Glibc
import Synchronization

/// Listens on a free port; each connection runs the script on a thread of its own.
final class Peer: Sendable {
  /// One accepted connection, used on its script's thread.
  struct Line {
    let descriptor: Int32

    /// Reads up to the end of a request's head and the body its Content-Length tells; the whole as text, or "" when the client is gone.
    func request() -> String {
      var bytes: [UInt8] = []
      var byte: UInt8 = 0
      while !bytes.suffix(4).elementsEqual("\r\n\r\n".utf8) {
        guard Glibc.read(descriptor, &byte, 1) == 1 else { return "" }
        bytes.append(byte)
      }
      let head = String(decoding: bytes, as: UTF8.self)
      let length =
        head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
        .flatMap { Int($0.drop { $0 != ":" }.dropFirst().drop { $0 == " " }) } ?? 0
      return head + String(decoding: read(length), as: UTF8.self)
    }

    func read(_ count: Int) -> [UInt8] {
      var bytes: [UInt8] = []
      var piece = [UInt8](repeating: 0, count: 65536)
      while bytes.count < count {
        let got = Glibc.read(descriptor, &piece, min(piece.count, count - bytes.count))
        guard got > 0 else { break }
        bytes += piece[..<got]
      }
      return bytes
    }

    /// True once the client has closed its end.
    func isClosed() -> Bool { read(1).isEmpty }

    @discardableResult
    func say(_ text: String) -> Bool { say(Array(text.utf8)) }

    @discardableResult
    func say(_ bytes: [UInt8]) -> Bool {
      var at = 0
      while at < bytes.count {
        let wrote = bytes[at...].withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        guard wrote > 0 else { return false }
        at += wrote
      }
      return true
    }
  }

  let port: Int
  /// Connections accepted so far.
  let connections = Atomic(0)
  private let listener: Int32

  init(_ script: @escaping @Sendable (Line) -> Void) {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = bind(listener, $0, length)
        listen(listener, 64)
        getsockname(listener, $0, &length)
      }
    }
    port = Int(UInt16(bigEndian: address.sin_port))
    self.listener = listener
    Self.thread { [weak self] in
      while true {
        let descriptor = accept(listener, nil, nil)
        guard descriptor >= 0 else { return }
        self?.connections.add(1, ordering: .relaxed)
        Self.thread {
          script(Line(descriptor: descriptor))
          close(descriptor)
        }
      }
    }
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

  private final class Body {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  private static func thread(_ run: @escaping @Sendable () -> Void) {
    var thread = pthread_t()
    pthread_create(
      &thread, nil,
      { raw in
        raw.map { Unmanaged<Body>.fromOpaque($0).takeRetainedValue().run() }
        return nil
      }, Unmanaged.passRetained(Body(run)).toOpaque())
    pthread_detach(thread)
  }

  var url: String { "http://127.0.0.1:\(port)" }
  var socketURL: String { "ws://127.0.0.1:\(port)" }
}

/// The pause between two words of a peer that is slow on purpose, but not silent: no test waits for it.
func usleepBriefly() { usleep(5_000) }
