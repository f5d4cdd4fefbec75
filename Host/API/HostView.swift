// What the API shows of the host and asks of it. The host implements it; nothing here knows how.

public import Base
public import Observe
public import Vox

/// The host as the API sees it. Every function may be called from any task, at once with others, and answers quickly: what has
/// to read a disk does so away from the caller's thread.
public protocol HostView: Sendable {
  /// Whether the host's own threads turn. Must not depend on anything outside the process: who asks restarts the host.
  func liveness() async -> [Check]
  /// Whether calls can be taken: the journal writes, a line is up, the default tenant's chains can serve, nothing drains.
  func readiness() async -> [Check]
  /// Figures beside those that are counted in `Metrics`, such as numbers read from a state.
  func metrics() async -> [MetricFamily]

  /// Version, process, start, loops, load: an object for people and programs.
  func host() async -> JSONValue
  /// One object per file in `plugins.d`, each with its `name`.
  func plugins() async -> [JSONValue]
  /// The same in full for one of them; nil when no file has that name.
  func plugin(_ name: String) async -> JSONValue?

  /// Brings up what the provider's file says now beside the generation that serves, and lets that one end with its sessions.
  /// - Throws: one sentence; then nothing has changed.
  func reload(_ name: String) async throws(Problem)

  /// Ends the quarantine of a provider by its name, or of a library by the beginning of its digest.
  func clearQuarantine(_ what: String) async

  /// Who would serve each role of an agent at this moment, in which order and with which deadlines, and who would not and why: one object
  /// for each agent and role. Nil for `tenant` means all tenants, nil for `agent` all of a tenant's agents.
  func chains(tenant: String?, agent: String?) async -> [JSONValue]

  /// Arms a fault of one provider, written `tts/NAME=cut`, for one call to come to a tenant.
  /// - Returns: `from`, the number that the call must come from, and `to`, the one that the tenant's agent answers on.
  /// - Throws: one sentence: no such tenant, agent, provider or fault.
  func arm(drill: String, tenant: String, agent: String?) async throws(Problem) -> JSONValue

  /// The newest calls first, at most `limit`, each with its `id`; only those older than `before` when it is given.
  func calls(limit: Int, before: String?) async throws(Problem) -> [JSONValue]
  /// All that is known of a call; nil when nothing is.
  func call(_ id: String) async throws(Problem) -> JSONValue?
  /// Asks a live call to end; false when no live call has that id.
  func hangUp(_ id: String) async -> Bool
  /// Takes no new call from now on and lets the running ones end.
  func drain() async

  /// Facts as they become durable, in order and without a gap, until the reader goes away or the host stops.
  ///
  /// - Parameters:
  ///   - after: begin with the fact that follows this sequence. Nil: with the next fact that happens, or, for one call, with that
  ///     call's first.
  ///   - call: only this call's facts; the stream then ends with its last.
  /// - Returns: nil when nothing is known of that call.
  func facts(after: UInt64?, call: String?) async -> AsyncStream<LiveFact>?
}

/// One thing that health depends on.
public struct Check: Equatable, Sendable {
  /// `journal`, `telephony`, …
  public let name: String
  /// What is wrong, as a sentence; nil when nothing is.
  public let problem: String?

  public init(_ name: String, problem: String? = nil) {
    self.name = name
    self.problem = problem
  }
}

/// A fact on its way to a reader.
public struct LiveFact: Sendable {
  /// Its place in the journal; where to go on after a break.
  public let sequence: UInt64
  /// `callOffered`, `heard`, …
  public let kind: String
  /// The whole fact as JSON.
  public let json: JSONValue

  public init(sequence: UInt64, kind: String, json: JSONValue) {
    self.sequence = sequence
    self.kind = kind
    self.json = json
  }
}
