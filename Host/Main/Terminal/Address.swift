// Where a host listens.

import Glibc

/// A Unix socket, or a TCP port.
public enum Address: Hashable, Sendable, CustomStringConvertible {
  case unix(String)
  /// A host name or a numeric address.
  case tcp(String, Int)

  public var description: String {
    switch self {
    case .unix(let path): path
    case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
  }

  /// Reads `HOST:PORT`, with IPv6 addresses in brackets, or a port alone, which means loopback. Nil when it is neither.
  public init?(tcp text: String) {
    guard let colon = text.lastIndex(of: ":") else {
      guard let port = Self.port(text[...]) else { return nil }
      self = .tcp("127.0.0.1", port)
      return
    }
    var host = text[..<colon]
    guard let port = Self.port(text[text.index(after: colon)...]) else { return nil }
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() } else if host.contains(":") { return nil }
    guard !host.isEmpty else { return nil }
    self = .tcp(String(host), port)
  }

  private static func port(_ text: Substring) -> Int? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }), let port = Int(text), port <= 65_535 else { return nil }
    return port
  }

  /// A Unix socket's path must fit the kernel's structure with its closing zero (`man 7 unix`).
  public static let maxUnixPathBytes = 107

  /// A connected socket whose reads and writes do not block.
  /// - Throws: `nobody` when nothing listens there.
  func connect(_ deadline: Deadline) throws(ControlError) -> Int32 {
    switch self {
    case .unix(let path): try connectUnix(path, deadline)
    case .tcp(let host, let port): try connectTCP(host, port, deadline)
    }
  }

  private func connectUnix(_ path: String, _ deadline: Deadline) throws(ControlError) -> Int32 {
    guard path.utf8.count <= Self.maxUnixPathBytes else {
      throw ControlError(
        .nobody,
        "the path of the control socket is longer than \(Self.maxUnixPathBytes) bytes: \(path); use a state folder with a shorter path")
    }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    return try withUnsafePointer(to: address) { pointer throws(ControlError) in
      try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw throws(ControlError) in
        try Self.open(AF_UNIX, raw, socklen_t(MemoryLayout<sockaddr_un>.size), deadline, self)
      }
    }
  }

  private func connectTCP(_ host: String, _ port: Int, _ deadline: Deadline) throws(ControlError) -> Int32 {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, String(port), &hints, &found) == 0, let first = found else {
      throw ControlError(.nobody, "the address \(self) is not known")
    }
    defer { freeaddrinfo(first) }
    var next: UnsafeMutablePointer<addrinfo>? = first
    var last = ControlError(.nobody, "nobody listens at \(self)")
    while let info = next {
      do throws(ControlError) {
        if let address = info.pointee.ai_addr {
          return try Self.open(info.pointee.ai_family, address, info.pointee.ai_addrlen, deadline, self)
        }
      } catch { last = error }
      next = info.pointee.ai_next
    }
    throw last
  }

  private static func open(
    _ family: Int32, _ address: UnsafePointer<sockaddr>, _ length: socklen_t, _ deadline: Deadline, _ name: Address
  ) throws(ControlError) -> Int32 {
    let flags = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    let file = socket(family, flags, 0)
    guard file >= 0 else { throw ControlError(.nobody, "no socket can be opened: \(String(cString: strerror(errno)))") }
    var number: Int32 = 0
    if Glibc.connect(file, address, length) != 0 { number = errno }
    if number == EINPROGRESS {
      do throws(ControlError) {
        guard try Wire.wait(file, Int16(POLLOUT), deadline) else { throw ControlError(.late, "\(name) did not answer in time") }
      } catch {
        close(file)
        throw error
      }
      var size = socklen_t(MemoryLayout<Int32>.size)
      if getsockopt(file, SOL_SOCKET, SO_ERROR, &number, &size) != 0 { number = errno }
    }
    guard number == 0 else {
      close(file)
      throw ControlError(.nobody, "nobody listens at \(name): \(String(cString: strerror(number)))")
    }
    return file
  }
}
