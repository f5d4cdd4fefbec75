// Where a secret is to be found: configuration files name the place, never the value.

public import Base
import Glibc

/// `env:NAME` or `file:/path`.
public enum SecretReference: Hashable, Sendable, CustomStringConvertible {
  case environment(String)
  case file(String)

  /// Nil when `text` has neither form.
  public init?(_ text: String) {
    if text.hasPrefix("env:") {
      let name = text.dropFirst(4)
      let fits = name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
          UInt8(ascii: "_"):
          true
        default: false
        }
      }
      guard fits, !name.isEmpty else { return nil }
      self = .environment(String(name))
    } else if text.hasPrefix("file:"), text.utf8.count > 5 {
      self = .file(String(text.dropFirst(5)))
    } else {
      return nil
    }
  }

  public var description: String {
    switch self {
    case .environment(let name): "env:\(name)"
    case .file(let path): "file:\(path)"
    }
  }

  /// Why the secret is not there, one sentence; nil when something is there, whatever it is worth. An empty variable is none.
  /// - Parameter folder: what a relative `file:` path is relative to.
  public func absence(relativeTo folder: String) -> String? {
    switch self {
    case .environment(let name):
      if let found = getenv(name), found.pointee != 0 { return nil }
      return "the environment variable \(name) is not set"
    case .file(let path):
      let path = path.hasPrefix("/") ? path : folder + "/" + path
      return access(path, F_OK) == 0 || errno != ENOENT ? nil : "the secret file \(path) does not exist"
    }
  }

  /// Fetches the secret and registers it with `masker` before anybody can print it.
  /// - Parameter folder: what a relative `file:` path is relative to.
  /// - Throws: a `Problem` that names the place and what to do, never a part of the value.
  public func resolve(relativeTo folder: String, masker: Masker) throws(Problem) -> Secret {
    let value: String
    switch self {
    case .environment(let name):
      guard let found = getenv(name) else {
        throw Problem(.auth, code: "secret_missing", "the environment variable \(name) is not set; set it before the host starts")
      }
      value = String(cString: found)
    case .file(let path):
      value = try Self.read(path.hasPrefix("/") ? path : folder + "/" + path)
    }
    guard value.utf8.count >= Limits.shortestSecretBytes else {
      throw Problem(
        .auth, code: "secret_short", "the secret in \(self) has fewer than \(Limits.shortestSecretBytes) bytes; put the whole key there")
    }
    let secret = Secret(value)
    masker.add(secret)
    return secret
  }

  private static func read(_ path: String) throws(Problem) -> String {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else {
      throw Problem(.auth, code: "secret_missing", "cannot open the secret file \(path): \(String(cString: strerror(errno)))")
    }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw Problem(.auth, code: "secret_missing", "the secret file \(path) is not a regular file")
    }
    // The mode is asked of the opened file, so that it cannot be exchanged in between.
    guard status.st_mode & 0o077 == 0 else {
      throw Problem(.auth, code: "secret_open", "the secret file \(path) can be read by others; run: chmod 600 \(path)")
    }
    var bytes = [UInt8](repeating: 0, count: Limits.secretBytes + 1)
    var count = 0
    while count < bytes.count {
      let got = bytes.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress?.advanced(by: count), $0.count - count) }
      if got < 0, errno == EINTR { continue }
      if got <= 0 { break }
      count += got
    }
    guard count <= Limits.secretBytes, let text = String(validating: bytes[..<count], as: UTF8.self) else {
      throw Problem(
        .auth, code: "secret_unreadable", "the secret file \(path) is longer than \(Limits.secretBytes) bytes or not UTF-8 text")
    }
    // Editors end a file with a newline that is no part of the key.
    return String(text.reversed().drop { $0.isNewline }.reversed())
  }
}

extension Field {
  /// A reference to a secret. A value that is neither `env:` nor `file:` is refused without being shown: it may be the secret itself.
  public func secret() -> SecretReference? {
    guard let text = text(1...1024) else { return nil }
    if let reference = SecretReference(text) { return reference }
    report("expected env:NAME or file:path; the secret itself does not belong into this file")
    return nil
  }
}
