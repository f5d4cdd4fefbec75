// A secret that cannot be printed by accident.

/// A key or token. Its description, debug description and mirror show nothing of it, and it cannot be encoded.
public struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  private let value: String

  public init(_ value: String) { self.value = value }

  /// Lends the value; the only way to it, so that every use can be found by searching for `reveal`.
  public func reveal<Result>(_ use: (String) throws -> Result) rethrows -> Result { try use(value) }

  public var description: String { "•••" }
  public var debugDescription: String { "•••" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
