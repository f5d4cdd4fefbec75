// The conversation so far, as the host's chat context tells it.

/// What was said and done in a call, in order. The agent's texts are what the caller heard, not what was meant to be said.
public struct Chat: Sendable, Equatable {
  public enum Entry: Sendable, Equatable {
    /// What the caller said, as recognised, `[dtmf 41]` for keys, or `[transfer failed]`; other marks in brackets are left out.
    case caller(String, Certainty)
    /// What was played to the caller, by this provider or by another; it may break off.
    case agent(String)
    case call(id: String, tool: String)
    /// `content` is the tool's JSON, or plain text.
    case result(id: String, content: String, failed: Bool)
  }

  /// How sure the recogniser is of what it heard.
  public enum Certainty: Int, Sendable, Comparable {
    /// Too poor to be used: the caller is asked again.
    case poor
    /// May lead to a question, never to a deed.
    case unsure
    case sure

    public static func < (a: Certainty, b: Certainty) -> Bool { a.rawValue < b.rawValue }
  }

  public var entries: [Entry]

  public init(_ entries: [Entry] = []) { self.entries = entries }
}

/// The day and the time at the caller's place.
public struct Moment: Sendable, Equatable {
  public let today: CivilDate
  public let time: CivilTime

  public init(today: CivilDate, time: CivilTime) { (self.today, self.time) = (today, time) }
}
