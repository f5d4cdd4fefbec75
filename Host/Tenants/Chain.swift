// A tenant's ordered providers for one role, and what is to happen when they fail.

public import Failover
public import Vox

/// Providers in the order in which they are asked, with the policy of switching between them.
public struct Chain: Equatable, Sendable {
  /// One provider, with what this tenant or agent wants of it.
  public struct Link: Equatable, Sendable {
    /// The provider's name: the name of its file in `plugins.d`.
    public var provider: String
    /// Settings of the session, laid over the provider's own; an object. `voice` and `model` are among them.
    public var settings: JSONValue
    /// Its own deadlines, before those of the chain.
    public var deadlines: ChosenDeadlines
    /// Where it was configured; nil when it was made in code.
    public var place: Place?

    public init(
      provider: String, settings: JSONValue = .object([:]), deadlines: ChosenDeadlines = ChosenDeadlines(), place: Place? = nil
    ) {
      self.provider = provider
      self.settings = settings
      self.deadlines = deadlines
      self.place = place
    }
  }

  /// Deadlines as far as somebody chose them; milliseconds.
  public struct ChosenDeadlines: Equatable, Sendable {
    public var connectMs: Int?
    public var firstOutputMs: Int?
    public var stallMs: Int?

    public init(connectMs: Int? = nil, firstOutputMs: Int? = nil, stallMs: Int? = nil) {
      self.connectMs = connectMs
      self.firstOutputMs = firstOutputMs
      self.stallMs = stallMs
    }
  }

  /// One to eight; the first is asked first.
  public var links: [Link]
  /// How long a call stays with the provider that served last; nil: as is usual for the role.
  public var sticky: Stickiness?
  /// For the links that have none of their own.
  public var deadlines = ChosenDeadlines()
  public var hedge = Hedge.off
  public var hedgeCap = Self.usualHedgeCap
  /// Binds every link, the fallbacks too.
  public var require = Rules()
  /// What the caller gets when every provider failed, one after the other; empty: the agent's `lastResort` is said.
  public var lastResort: [LastResort] = []
  /// The last resort begins when nothing useful has come from any provider for so long; nil: as is usual for the role.
  public var lastResortAfterMs: Int?

  public init(_ links: [Link]) { self.links = links }

  /// A chain of providers without settings of their own.
  public init(_ providers: String...) { links = providers.map { Link(provider: $0) } }

  /// Every place counts as a second of silence at worst, and nobody waits for a ninth.
  static let lengths = 1...8
  /// The roles without which no agent can talk.
  static let roles: [Role] = [.stt, .llm, .tts]
  /// The roles that a chain may be chosen for. In `tool` stand those that may take the place of the provider a tool names.
  static let choosable: [Role] = roles + [.tool, .telephony, .room]
}
