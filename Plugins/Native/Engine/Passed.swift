// An argument on its way into C.

/// One argument with its value.
public enum Passed: Equatable, Sendable {
  /// The low `bytes` bytes are the value's.
  case word(UInt64, bytes: Int)
  /// Lent to the function for the length of the call.
  case text(String)
  /// Room for text that the function writes.
  case buffer(bytes: Int)
}
