// What is wrong with the settings, where, and what to do.

/// One sentence about one place in the settings.
public struct Problem: Error, Equatable, Sendable, CustomStringConvertible {
  /// A JSON Pointer (RFC 6901) into the settings.
  public let path: String
  public let reason: String
  public var description: String { "settings\(path): \(reason)" }

  init(_ path: String, _ reason: String) {
    self.path = path
    self.reason = reason
  }
}
