// A call that a line was asked to place, found again among the host's calls and followed.

import Base
import Journal
import Terminal
import Vox

/// What the line is asked for.
struct CallOrder {
  var turns: [CallerTurn]
  var to: String
  var from: String
  var rate: Int?
  var codec: String?
  /// Where what the caller hears is written; a whole path.
  var record: String?

  /// The body of the request: a call as the line's plugin describes it. Texts have become recordings before this.
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

/// One call under way.
final class PlacedCall {
  let id: CallID
  private let facts: EventStream

  /// Placing takes a moment of reading files; the host answers an offer at once.
  private static let placeMs = 30_000
  /// The longest call a line makes lasts an hour; without a word for so long, the host is gone.
  private static let silenceMs = 600_000

  private init(_ id: CallID, _ facts: EventStream) {
    self.id = id
    self.facts = facts
  }

  /// Asks the line's route to place the call and waits until the host tells of it.
  static func place(_ order: CallOrder, line: String, on access: HostAccess) throws(Stop) -> PlacedCall {
    let routes = try access.routes()
    // The stream is open before the call is placed, so that its first fact cannot be missed.
    let offers = try stopping { () throws(ControlError) in try access.client.events("/v1/events") }
    let reply = try stopping { () throws(ControlError) in
      try routes.send("POST", "/providers/\(line)/calls", order.json, deadlineMs: placeMs)
    }
    if let refusal = refusal(reply, line) { throw refusal }
    let found = try stopping { () throws(ControlError) in try find(reply.json["call"]?.string ?? "", order, line, offers) }
    guard let id = found else { throw Stop(.failed, "the host stopped telling before it told of the call") }
    // From its first fact on, whatever has happened since.
    return PlacedCall(id, try stopping { () throws(ControlError) in try access.client.events("/v1/calls/\(id)/events") })
  }

  private static func refusal(_ reply: ControlClient.Reply, _ line: String) -> Stop? {
    switch reply.status {
    case 200..<300: nil
    case 400: Stop(.badData, reply.complaint)
    case 404:
      Stop(.unavailable, "the line '\(line)' places no calls here; load a provider of that name that serves such a route (see: patchbay plugins)")
    default: Stop(.unavailable, "the line '\(line)' did not place the call: \(reply.complaint)")
    }
  }

  /// The call among the host's facts: by the line's own name for it, or, from a host that does not tell, by the number called.
  private static func find(
    _ reference: String, _ order: CallOrder, _ line: String, _ offers: EventStream
  ) throws(ControlError) -> CallID? {
    let deadline = Deadline.after(ms: placeMs)
    while let event = try offers.next(deadline) {
      guard let fact = LiveFact(event), let offered = fact.read(Fact.CallOffered.self), let id = fact.call.flatMap(CallID.init) else { continue }
      let told = fact.payload["reference"]?.string
      if told.map({ $0 == reference }) ?? (offered.provider == line && offered.to == order.to) { return id }
    }
    return nil
  }

  /// Hands every fact of the call to `take`, with its text, until that answers true or the host ends the stream.
  func follow(_ take: (LiveFact, String) -> Bool) throws(Stop) {
    while let event = try stopping({ () throws(ControlError) in try facts.next(.after(ms: Self.silenceMs)) }) {
      if let fact = LiveFact(event), take(fact, event.data) { return }
    }
  }
}
