// The Unix socket through which commands talk to the running host.

import Base
import Glibc

/// A path at which at most one host listens, and only its own user may ask.
enum ControlSocket {
  /// What fits the kernel's structure with its closing zero (`man 7 unix`).
  static let maxPathBytes = 107

  /// Makes room at `path`: a socket file at which nobody answers is left over from a host that died, and removed.
  ///
  /// - Throws: a sentence when the path is too long, another host answers there, or something else lies there.
  static func clear(_ path: String) throws(Problem) {
    guard path.utf8.count <= maxPathBytes else {
      throw Problem(
        .invalid, code: "control_path",
        "the path of the control socket is longer than \(maxPathBytes) bytes: \(path); use a state folder with a shorter path")
    }
    var info = stat()
    guard lstat(path, &info) == 0 else {
      if errno == ENOENT { return }
      throw Problem(.invalid, code: "control_path", "the control socket \(path) cannot be made: \(String(cString: strerror(errno)))")
    }
    guard info.st_mode & S_IFMT == S_IFSOCK else {
      throw Problem(.invalid, code: "control_path", "\(path) is in the way of the control socket and is no socket; move it")
    }
    guard !isAnswered(path) else {
      throw Problem(
        .invalid, code: "already_running", "another host already answers at \(path); stop it, or give this one a state folder of its own")
    }
    unlink(path)
  }

  /// Whether somebody accepts connections at a socket file.
  private static func isAnswered(_ path: String) -> Bool {
    let file = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
    guard file >= 0 else { return false }
    defer { close(file) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let status = withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(file, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
    // A full queue of connections (EAGAIN) is a host too, and a busy one.
    return status == 0 || errno == EAGAIN
  }

  /// Leaves the socket to its owner alone. Between bind and here its folder, which has mode 0700, keeps others out.
  static func protect(_ path: String) { chmod(path, 0o600) }
}
