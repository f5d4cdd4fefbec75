// What a line is asked to do: one call of a synthetic caller.

import Vox

/// One call. Texts have become recordings before this.
struct CallOrder {
  var turns: [CallerTurn]
  var to: String
  var from: String
  /// Samples per second of the line, and what the sound goes through on it; nil = as the line is set up.
  var rate: Int?
  var codec: String?
  /// Where what the caller hears is written, a whole path; nil = nowhere.
  var record: String?

  /// The body of the request, as lines that place calls describe one.
  var json: JSONValue {
    let turns: [JSONValue] = turns.compactMap { turn in
      switch turn {
      case .say: nil
      case .wav(let path): ["file": .string(path)]
      case .keys(let keys): ["dtmf": .string(keys)]
      }
    }
    var body: [String: JSONValue] = ["to": .string(to), "from": .string(from), "turns": .array(turns)]
    if let rate { body["rate"] = .int(Int64(rate)) }
    if let codec { body["codec"] = .string(codec) }
    if let record { body["record"] = .string(record) }
    return .object(body)
  }
}
