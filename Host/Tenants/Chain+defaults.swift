// The policy of a chain where its author chose none, per role, with the reason of each number.

public import Failover
public import Vox

extension Chain {
  /// A busy call has some hundred pieces of work an hour and hedges one in twenty of them: this is twenty such calls at a time, and
  /// stops a tenant whose primary has become slow from paying twice for everything.
  public static let usualHedgeCap = SpendCap(perHour: 100)

  /// The deadlines of a link: its own, else the chain's, else the usual ones of the role.
  public func deadlines(of link: Link, for role: Role) -> Deadlines {
    let usual = Self.usualDeadlines(for: role)
    return Deadlines(
      connectMs: link.deadlines.connectMs ?? deadlines.connectMs ?? usual.connectMs,
      firstOutputMs: link.deadlines.firstOutputMs ?? deadlines.firstOutputMs ?? usual.firstOutputMs,
      stallMs: link.deadlines.stallMs ?? deadlines.stallMs ?? usual.stallMs)
  }

  /// How long a call stays with a fallback.
  ///
  /// A voice that changes twice is heard twice, an open recogniser costs nothing to keep, and a line or a room cannot be changed at all: these
  /// stay for the call. Nobody hears which model or tool answers, so there the tenant's first choice is taken again with the next turn.
  public func stickiness(for role: Role) -> Stickiness {
    if let sticky { return sticky }
    return switch role {
    case .stt, .tts, .telephony, .room: .call
    case .llm, .tool: .turn
    }
  }

  /// How long nothing useful may come from any provider before the last resort; milliseconds. Never less than the patience asked for
  /// with the slowest link, because that one would then never be waited for, and than what another needs to take over from it.
  public func overallMs(for role: Role) -> Int {
    let takeoverMs = links.count > 1 ? Limits.rescueMs : 0
    return lastResortAfterMs
      ?? links.reduce(Self.usualLastResortAfterMs(for: role)) { max($0, deadlines(of: $1, for: role).firstOutputMs + takeoverMs) }
  }

  /// - connect: a TLS connection across an ocean takes 0.5 s; twice that is a dead host. A voice has no more time for it than for its
  ///   first byte, since the caller waits for both alike.
  /// - stt: the switch comes within 1.5 s of the onset of speech without any message, empty interims included; interims come at least
  ///   every second.
  ///   A recogniser has no first output to wait for: the caller may be silent.
  /// - llm: first tokens come within 0.3 to 0.7 s; a second of extra silence is the most a switch may cost, the frame in which the answer
  ///   is then heard included. Between tokens 1.5 s.
  /// - tts: first bytes come within 0.1 to 0.4 s. A voice sends faster than it is heard, so a second without sound is a stall.
  /// - tool: the tool's own `timeoutMs` goes before these; ten seconds is its default.
  /// - room: joining one is a few exchanges with its server; after that it is silent as long as the people in it are.
  /// - telephony: a called network says that it rings within 6 s; ringing itself may last a minute.
  static func usualDeadlines(for role: Role) -> Deadlines {
    switch role {
    case .stt: Deadlines(connectMs: 1000, firstOutputMs: 1450, stallMs: 1450)
    case .llm: Deadlines(connectMs: 1000, firstOutputMs: 980, stallMs: 1500)
    case .tts: Deadlines(connectMs: 800, firstOutputMs: 800, stallMs: 1000)
    case .tool: Deadlines(connectMs: 1000, firstOutputMs: 10_000, stallMs: 10_000)
    case .telephony: Deadlines(connectMs: 2000, firstOutputMs: 6000, stallMs: 60_000)
    case .room: Deadlines(connectMs: 2000, firstOutputMs: 4000, stallMs: 60_000)
    }
  }

  /// With every provider dead the caller hears something within three seconds of their last word: half a second of these went into
  /// knowing that it was the last, and 0.2 s are left for making it heard; a voice begins to be waited for when the model has given its
  /// first words. A tool may
  /// take as long as it may take, and nobody hears a number being dialled.
  static func usualLastResortAfterMs(for role: Role) -> Int {
    switch role {
    case .stt, .llm: 2300
    case .tts: 2000
    case .tool: 10_000
    case .telephony, .room: 12_000
    }
  }
}
