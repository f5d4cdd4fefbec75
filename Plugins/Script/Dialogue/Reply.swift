// What the agent says and does next.

/// The answer to one chat context.
public struct Reply: Sendable, Equatable {
  public struct ToolCall: Sendable, Equatable {
    public let name: String
    /// By name; every value is text, as `Value.machine` writes it.
    public let arguments: [String: String]
  }

  /// Why the call ends.
  public enum End: String, Sendable {
    case done, transferred
    case notUnderstood = "not_understood"
  }

  /// Whole sentences, to be spoken in order. Empty while a tool is called.
  public internal(set) var sentences: [String] = []
  public internal(set) var toolCall: ToolCall?
  public internal(set) var expect: ExpectedAnswer = .open
  /// Set when the agent has nothing more to do in this call once the sentences are played.
  public internal(set) var end: End?
  /// Where the caller is to be connected to, once the sentences are played.
  public internal(set) var transfer: String?
  /// For the log: what was considered, best first, such as `book 0.93`, `faq opening hours 0.41`.
  public internal(set) var considered: [String] = []

  public var text: String { sentences.joined(separator: " ") }
}
