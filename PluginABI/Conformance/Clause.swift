// The MUSTs of the contract, each with its permanent number.

/// One thing a plugin must do. The number before the dot is the rule of the ABI it comes from, the one after it counts the
/// clauses of that rule; neither is ever given to anything else.
public enum Clause: String, CaseIterable, Sendable {
  case file = "1.1"
  case symbol = "1.2"
  case loads = "1.3"
  case entryLeavesNothing = "1.4"
  case versionCommon = "2.1"
  case versionRefused = "2.2"
  case tableSizes = "3.1"
  case eventSizes = "3.2"
  case members = "3.3"
  case reservedRefused = "4.1"
  case reservedZero = "4.2"
  case rolesDeclared = "6.1"
  case rolesUnknown = "6.2"
  case openEnums = "7.1"
  case plainEvents = "8.1"
  case anyThread = "9.1"
  case hostTags = "9.2"
  case budget = "11.1"
  case borrowed = "12.1"
  case staleCalls = "13.1"
  case knownHandles = "13.2"
  case creates = "14.1"
  case accountOpens = "14.2"
  case sessionOpens = "14.3"
  case leavesNothing = "14.4"
  case errors = "15.1"
  case cancelAnywhere = "18.1"
  case endsTwice = "18.2"
  case closes = "18.3"
  case terminalOnce = "19.1"
  case silentAfterTerminal = "19.2"
  case noRoom = "20.1"
  case audio = "21.1"
  case usage = "22.1"
  case manifest = "23.1"
  case settings = "23.2"
  case speaks = "28.1"
  case listens = "28.2"
  case answers = "28.3"
  case works = "28.4"
  case dials = "28.5"
  case takesCalls = "28.6"
  case grows = "28.7"
  case services = "29.1"

  /// What reports and tests call it, e.g. `VOX-19.1`.
  public var id: String { "VOX-\(rawValue)" }

  public init?(id: String) {
    guard id.hasPrefix("VOX-") else { return nil }
    self.init(rawValue: String(id.dropFirst(4)))
  }

  /// The rule of the ABI it belongs to.
  public var rule: Int { Int(rawValue.prefix { $0 != "." }) ?? 0 }

  /// The MUST as a sentence.
  public var title: String {
    switch self {
    case .file: "the file is an ELF shared library for this machine"
    case .symbol: "it exports vox_plugin_entry and nothing else"
    case .loads: "it loads, with every library it depends on"
    case .entryLeavesNothing: "the entry answers within 10 ms and leaves no thread and no open file"
    case .versionCommon: "the entry answers the same table to every range that holds its version"
    case .versionRefused: "the entry refuses a range without its version and says why"
    case .tableSizes: "the tables open with their published sizes and the number of the draft"
    case .eventSizes: "every event opens with its own size"
    case .members: "no function that its roles need is missing"
    case .reservedRefused: "a reserved member that is not zero, and a wrong struct size, are refused"
    case .reservedZero: "reserved members of events are zero"
    case .rolesDeclared: "role() answers one table for each declared role, always the same"
    case .rolesUnknown: "role() answers NULL to every other id, also to a declared one with something behind it"
    case .openEnums: "unknown op kinds, reasons and events do no harm"
    case .plainEvents: "events are whole: UTF-8, at most 64 KiB, no length without a pointer"
    case .anyThread: "calls of a session may come on another thread each time"
    case .hostTags: "services are asked for only inside calls of the provider"
    case .budget: "calls of a session return within 1 ms, the slowest hundredth apart"
    case .borrowed: "nothing that was lent is read after the call"
    case .staleCalls: "a push for an op that has ended is answered STALE, a cancel does no harm"
    case .knownHandles: "events and timers name only handles the host gave out"
    case .creates: "create takes the settings its schema allows"
    case .accountOpens: "open_account is answered by ACCOUNT_STATE"
    case .sessionOpens: "open is answered by READY in every role"
    case .leavesNothing: "providers, accounts and sessions come and go without leaving threads or open files"
    case .errors: "a failure has class, scope and effects from the closed lists, and a sentence"
    case .cancelAnywhere: "an op that is cancelled after any of its events ends in time"
    case .endsTwice: "a second cancel, finalize or close changes nothing"
    case .closes: "close is answered by CLOSED, also with an op running, and nothing follows"
    case .terminalOnce: "each op ends with exactly one terminal event"
    case .silentAfterTerminal: "nothing is emitted for an op after its terminal event"
    case .noRoom: "what the host has no room for is kept until RESUME: nothing is lost and nothing spins"
    case .audio: "audio has the rate that was asked for, at most 200 ms a piece, and positions without a gap"
    case .usage: "usage never shrinks, its seq rises, and it precedes the terminal event"
    case .manifest: "the manifest is valid"
    case .settings: "the schema of the settings compiles and refuses unknown settings"
    case .speaks: "tts: a text becomes audio, the word times lie within text and audio, the result counts the samples"
    case .listens: "stt: finals never overlap, a flush is answered with its mark, the end with COMPLETED"
    case .answers: "llm: text pieces are counted from 0, tool calls are whole, the result says why it stopped"
    case .works: "tool: the result holds what came of the call"
    case .dials: "telephony: a dialled call has an outcome"
    case .takesCalls: "telephony: an offered call can be claimed, answered, spoken to and hung up"
    case .grows: "tts: with the trait text_grows a text may come word by word; it is spoken whole, and ends after its end"
    case .services: "without optional services it serves, or refuses and names the one it misses"
    }
  }
}
