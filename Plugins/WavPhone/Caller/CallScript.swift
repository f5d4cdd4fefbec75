// What a synthetic caller is to do, read from JSON.

public import Vox

/// One call: whom it is for, what the caller says and when, what is recorded. `schema(with:)` describes the JSON.
public struct CallScript: Equatable, Sendable {
  /// One thing the caller does.
  public enum Act: Equatable, Sendable {
    /// Plays a WAV file.
    case file(String)
    /// Presses keys.
    case keys(String)
    /// Does nothing for that long.
    case pause(ms: Int)
  }

  /// What must happen before a turn begins.
  public enum Cue: String, Equatable, Sendable {
    /// The agent has spoken and has then been silent for the turn's `after_ms`.
    case agentDone = "agent_done"
    /// The agent has been speaking for `after_ms`: the caller interrupts.
    case agentSpeaks = "agent_speaks"
    /// `after_ms` have passed since the turn before.
    case none
  }

  public struct Turn: Equatable, Sendable {
    public var act: Act
    public var cue: Cue
    public var afterMs: Int

    public init(_ act: Act, cue: Cue, afterMs: Int) {
      self.act = act
      self.cue = cue
      self.afterMs = afterMs
    }
  }

  public var to = ""
  public var from = ""
  public var turns: [Turn] = []
  /// Hz and codec of this call's line; nil = as the account's.
  public var rate: UInt32?
  public var codec: LineFormat.Codec?
  /// Where to write what the caller heard, what it said, and a JSON report; empty = not.
  public var record = ""
  public var recordSaid = ""
  public var report = ""
  /// The caller never hangs up.
  public var holdsOpen = false
  /// Keys are heard as tones in the sound instead of being signalled beside it.
  public var keysAreTones = false
  /// How long the agent must be silent before its answer counts as ended.
  public var answerAfterMs = 700
  /// How long the caller waits for a cue before it goes on without it.
  public var patienceMs = 10_000
  /// How long after its last turn a caller without an answer hangs up.
  public var hangUpAfterMs = 15_000
  /// How long the caller lets it ring.
  public var ringMs = 30_000
  /// The call never lasts longer.
  public var maxMs = 600_000

  public init() {}

  /// Reads a call.
  /// - Throws: every problem found, in one sentence each.
  public init(json: JSONValue) throws(CallScriptError) {
    let problems = Self.compiledSchema?.problems(in: json) ?? []
    guard problems.isEmpty else { throw CallScriptError(reason: problems.map(\.description).joined(separator: "; ")) }
    to = json["to"]?.string ?? ""
    from = json["from"]?.string ?? ""
    rate = json["rate"]?.int.flatMap { UInt32(exactly: $0) }
    codec = json["codec"]?.string.flatMap(LineFormat.Codec.init(rawValue:))
    record = json["record"]?.string ?? ""
    recordSaid = json["record_said"]?.string ?? ""
    report = json["report"]?.string ?? ""
    holdsOpen = json["hold_open"]?.bool ?? holdsOpen
    keysAreTones = json["dtmf_tones"]?.bool ?? keysAreTones
    answerAfterMs = json["answer_after_ms"]?.int ?? answerAfterMs
    patienceMs = json["patience_ms"]?.int ?? patienceMs
    hangUpAfterMs = json["hang_up_after_ms"]?.int ?? hangUpAfterMs
    ringMs = json["ring_ms"]?.int ?? ringMs
    maxMs = json["max_ms"]?.int ?? maxMs
    for path in [record, recordSaid] where !path.isEmpty && !path.hasSuffix(".wav") {
      throw CallScriptError(reason: "\(path): a recording's name must end in .wav, so that nothing else is ever overwritten")
    }
    if !report.isEmpty, !report.hasSuffix(".json") { throw CallScriptError(reason: "\(report): a report's name must end in .json") }

    let cue = json["wait"]?.string.flatMap(Cue.init(rawValue:))
    for turn in json["turns"]?.array ?? [] { turns.append(try Self.turn(turn, cue: cue ?? .agentDone, answerAfterMs)) }
    // One file is played as soon as the line is open, in real time, like a recording held to the phone.
    if let file = json["file"]?.string { turns.insert(Turn(.file(file), cue: cue ?? .none, afterMs: 0), at: 0) }
    if turns.isEmpty, json["hold_open"] == nil { holdsOpen = true }
  }

  private static func turn(_ json: JSONValue, cue: Cue, _ answerAfterMs: Int) throws(CallScriptError) -> Turn {
    let acts = [
      json["file"]?.string.map(Act.file), json["dtmf"]?.string.map(Act.keys), json["pause_ms"]?.int.map { Act.pause(ms: $0) },
    ].compactMap(\.self)
    guard let act = acts.first, acts.count == 1 else {
      throw CallScriptError(reason: "a turn is exactly one of file, dtmf and pause_ms, found \(json.text)")
    }
    var chosen = json["wait"]?.string.flatMap(Cue.init(rawValue:)) ?? cue
    if case .pause = act { chosen = .none }
    let standard =
      switch chosen {
      case .agentDone: answerAfterMs
      case .agentSpeaks: 1_000
      case .none: 0
      }
    return Turn(act, cue: chosen, afterMs: json["after_ms"]?.int ?? standard)
  }

  private static let compiledSchema = (try? JSONValue(parsing: schema(with: ""))).flatMap { try? JSONSchema($0) }

  /// JSON Schema of a call, with more members in front: `"name": {…},`.
  public static func schema(with members: String) -> String {
    let ms = #""type": "integer", "minimum": 0, "maximum": 3600000"#
    let path = #""type": "string", "maxLength": 1000"#
    let wait = #""wait": {"enum": ["agent_done", "agent_speaks", "none"]}"#
    return """
      {"type": "object", "additionalProperties": false, "properties": {\(members)
        "to": {"type": "string", "maxLength": 64}, "from": {"type": "string", "maxLength": 64},
        "rate": {"enum": [8000, 16000]}, "codec": {"enum": ["pcm", "ulaw", "alaw"]},
        "file": {\(path)},
        "turns": {"type": "array", "maxItems": 200, "items": {"type": "object", "additionalProperties": false, "properties": {
          "file": {\(path)}, "dtmf": {"type": "string", "minLength": 1, "maxLength": 64}, "pause_ms": {\(ms)},
          \(wait), "after_ms": {\(ms)}}}},
        \(wait),
        "record": {\(path)}, "record_said": {\(path)}, "report": {\(path)},
        "hold_open": {"type": "boolean"}, "dtmf_tones": {"type": "boolean"},
        "answer_after_ms": {\(ms)}, "patience_ms": {\(ms)}, "hang_up_after_ms": {\(ms)}, "ring_ms": {\(ms)}, "max_ms": {\(ms)}}}
      """
  }
}

/// What is wrong with the description of a call.
public struct CallScriptError: Error, Equatable, Sendable, CustomStringConvertible {
  public let reason: String
  public init(reason: String) { self.reason = reason }
  public var description: String { "The call cannot be made: \(reason)." }
}
