// Whether the host's port is free.

import Glibc
import Terminal
import Vox

/// Tries the port on which the host would listen.
struct PortCheck {
  let address: Address
  /// What the running host says of itself; nil when none runs.
  let running: JSONValue?

  var finding: Finding {
    if let running { return .fine("port", "the running host listens on \(running["listen"]?.string ?? "its port")") }
    guard case .tcp(let host, let port) = address else { return .fine("port", "no port is asked for") }
    switch Self.bind(host, port) {
    case 0: return .fine("port", "\(address) is free")
    case EADDRINUSE: return .problem("port", "\(address) is taken by another program", "stop it, or choose another port with --listen")
    case EACCES: return .problem("port", "\(address) may not be used by this user", "choose a port above 1023 with --listen")
    case EADDRNOTAVAIL:
      return .problem("port", "\(host) is no address of this machine", "use 127.0.0.1, 0.0.0.0 or an address of this machine")
    case -1: return .problem("port", "\(host) is not known", "use 127.0.0.1, 0.0.0.0 or an address of this machine")
    case let number:
      return .problem("port", "\(address) cannot be used: \(String(cString: strerror(number)))", "choose another with --listen")
    }
  }

  /// Binds and lets go at once; answers 0, an errno, or -1 when the name is not known.
  private static func bind(_ host: String, _ port: Int) -> Int32 {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_PASSIVE
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, String(port), &hints, &found) == 0, let info = found else { return -1 }
    defer { freeaddrinfo(info) }
    let file = socket(info.pointee.ai_family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard file >= 0 else { return errno }
    defer { close(file) }
    // As the host does, so that a port whose last connections are only just over counts as free.
    var yes: Int32 = 1
    setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    return Glibc.bind(file, info.pointee.ai_addr, info.pointee.ai_addrlen) == 0 ? 0 : errno
  }
}
