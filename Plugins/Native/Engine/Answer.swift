// What a declared function's return value means.

/// The return value as the operator declared it.
public enum Answer: Equatable, Sendable {
  /// `void`
  case nothing
  /// A value, but not text.
  case value(CType)
  /// Tells whether the call went well, and is no part of the answer.
  case status(CType, Verdict)
  /// A `const char *` with at most `maxBytes` of text; NULL is null. `free` names the symbol that takes the pointer back; nil when
  /// the library keeps it.
  case text(maxBytes: Int, free: String?)

  /// Which statuses are good.
  public enum Verdict: String, CaseIterable, Sendable {
    case zero
    case notZero = "not_zero"
    case notNegative = "not_negative"

    /// - Parameter bits: of the status, its sign spread over all of them.
    func isGood(_ bits: Int64) -> Bool {
      switch self {
      case .zero: bits == 0
      case .notZero: bits != 0
      case .notNegative: bits >= 0
      }
    }
  }

  /// Nil for `void`.
  var type: CType? {
    switch self {
    case .nothing: nil
    case .value(let type), .status(let type, _): type
    case .text: .string
    }
  }
}
