// One argument of a declared function: asked of the agent, constant, or room for an answer.

/// An argument in C's order.
public struct Argument: Equatable, Sendable {
  public enum Source: Equatable, Sendable {
    /// The agent gives it.
    case agent(CType, description: String)
    /// The operator gave it; the agent never sees it.
    case constant(Passed, CType)
    /// The function writes text there, at most `bytes` with its NUL; the text is part of the answer.
    case buffer(bytes: Int)
  }

  public let name: String
  public let source: Source

  /// What libffi calls its type.
  var type: CType {
    switch source {
    case .agent(let type, _), .constant(_, let type): type
    case .buffer: .string
    }
  }
}
