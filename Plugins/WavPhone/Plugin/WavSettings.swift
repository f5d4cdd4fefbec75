// The operator's settings as values.

import Vox
import WavCaller

/// What the plugin's part of a `plugins.d` file says.
struct WavSettings {
  /// A number of calls that place themselves.
  struct Batch {
    var script: CallScript
    var atMs: Int
    var count: Int
    var everyMs: Int
  }

  /// Someone who can be dialled, or to whom a caller can be transferred.
  struct Leg {
    enum Outcome: String { case answered, busy, declined, noAnswer = "no_answer" }

    var script: CallScript
    var outcome: Outcome
    var pickUpMs: Int
  }

  /// What a call without a rate or codec of its own gets.
  var line: LineFormat
  /// The rates a call may have: all, unless the operator has chosen one.
  var rates: [UInt32]
  var recordDir: String
  var servesControl: Bool
  var batches: [Batch] = []
  var legs: [String: Leg] = [:]

  /// - Throws: one sentence that names the call or number concerned.
  init(_ json: JSONValue) throws {
    line = LineFormat(
      rate: UInt32(clamping: json["rate"]?.int ?? 16_000), codec: json["codec"]?.string.flatMap(LineFormat.Codec.init) ?? .pcm)
    rates = json["rate"] == nil ? [16_000, 8_000] : [line.rate]
    recordDir = json["record_dir"]?.string ?? ""
    servesControl = json["control"]?.bool ?? false
    for call in json["calls"]?.array ?? [] {
      batches.append(
        Batch(
          script: try CallScript(json: call.without("at_ms", "repeat", "every_ms")), atMs: call["at_ms"]?.int ?? 0,
          count: call["repeat"]?.int ?? 1, everyMs: call["every_ms"]?.int ?? 0))
    }
    for (number, leg) in json["legs"]?.object ?? [:] {
      legs[number] = Leg(
        script: try CallScript(json: leg.without("outcome", "pick_up_ms", "rate")),
        outcome: leg["outcome"]?.string.flatMap(Leg.Outcome.init) ?? .answered, pickUpMs: leg["pick_up_ms"]?.int ?? 1_000)
    }
  }

  static let batchMembers = """
    "at_ms": {"type": "integer", "minimum": 0, "maximum": 86400000}, "repeat": {"type": "integer", "minimum": 1, "maximum": 10000},
    "every_ms": {"type": "integer", "minimum": 0, "maximum": 3600000},
    """

  static let legMembers = """
    "outcome": {"enum": ["answered", "busy", "declined", "no_answer"]},
    "pick_up_ms": {"type": "integer", "minimum": 0, "maximum": 120000},
    """
}

extension JSONValue {
  /// This object without some of its members.
  func without(_ names: String...) -> JSONValue {
    .object((object ?? [:]).filter { !names.contains($0.key) })
  }
}
