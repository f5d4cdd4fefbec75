// The behaviour that answers on a tenant's number.

public import Vox

/// An agent as configured. Every default is documented where it stands and may be overridden in the agent's file.
public struct Agent: Equatable, Sendable {
  /// What the agent says when it has answered.
  public enum Greeting: Equatable, Sendable {
    /// Nothing: the caller speaks first.
    case none
    case text(String)
    /// The model opens the conversation.
    case fromModel
  }

  /// The name of its file, and its name in facts: `reception`.
  public var id: String
  /// For people.
  public var name: String
  /// BCP 47.
  public var language = "en-US"
  /// Said first and to its end, whatever the caller does: that they speak to a machine, that they are recorded. Empty: nothing is said.
  public var disclosure = ""
  public var greeting = Greeting.none
  /// The system prompt.
  public var instructions = ""
  /// The providers per role: the agent's own choice, else the tenant's.
  public var chains: [Role: Chain] = [:]
  public var tools: [Tool] = []
  public var turnTaking = TurnTaking()
  public var fillers = Fillers()
  public var silence = Silence()
  public var confidence = Confidence()
  public var keys = Keys()
  public var line = LineAudio()
  /// The recogniser is told the words that the model and the tools expect.
  public var vocabulary = true
  /// What the agent says may hold elements of SSML. They reach the voices that read it; the others are given the text without.
  public var ssml = false
  /// Names the agent may transfer to, and their numbers.
  public var transfers: [String: String] = [:]
  /// The call ends then, after `farewell`. Half an hour is six times the usual call, and stops one that nobody ends from costing a day.
  public var maxDurationMs = 1_800_000
  /// Said before the agent ends the call.
  public var farewell = "Thank you for calling. Goodbye."
  /// Said when no provider can answer any more.
  public var lastResort = "I am sorry, I have a technical problem. Please call again later."

  public init(id: String, name: String) {
    self.id = id
    self.name = name
  }
}
