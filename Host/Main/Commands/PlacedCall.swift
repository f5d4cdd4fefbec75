// A call that a line was asked to place, found again among the host's calls and followed.

import Base
import Journal
import Terminal
import Vox

/// One call under way.
final class PlacedCall {
  let id: CallID
  private let client: ControlClient
  private let facts: EventStream

  /// The host tells of an offer at once, and of a refusal too.
  private static let offerMs = 30_000
  /// The longest call a line makes lasts an hour, and silence in it ten minutes at most; without a word for longer, the host is gone.
  private static let silenceMs = 600_000

  private init(_ id: CallID, _ client: ControlClient, _ facts: EventStream) {
    self.id = id
    self.client = client
    self.facts = facts
  }

  /// Has the line place the call and waits until the host tells of it.
  static func place(_ order: CallOrder, line: CallLine, on access: HostAccess) throws(Stop) -> PlacedCall {
    let client = access.client
    // The stream is open before the call is placed, so that its first fact cannot be missed.
    let offers = try stopping { () throws(ControlError) in try client.events("/v1/events") }
    let reference = try line.place(order, over: client)
    let found = try stopping { () throws(ControlError) in try find(reference, line.name, offers) }
    guard let found else { throw Stop(.failed, "the host stopped telling before it told of the call") }
    // From its first fact on, whatever has happened since.
    return PlacedCall(found, client, try stopping { () throws(ControlError) in try client.events("/v1/calls/\(found)/events") })
  }

  /// The call among the host's facts, by the line's own name for it.
  private static func find(_ reference: String, _ line: String, _ offers: EventStream) throws(ControlError) -> CallID? {
    let deadline = Deadline.after(ms: offerMs)
    while let event = try offers.next(deadline) {
      guard let fact = LiveFact(event), let offered = fact.read(Fact.CallOffered.self), let id = fact.call.flatMap(CallID.init) else {
        continue
      }
      if offered.provider == line, offered.reference == reference { return id }
    }
    return nil
  }

  /// Hands every fact of the call to `take`, with its text, until that answers true or the host ends the stream.
  func follow(_ take: (LiveFact, String) -> Bool) throws(Stop) {
    while let event = try stopping({ () throws(ControlError) in try facts.next(.after(ms: Self.silenceMs)) }) {
      if let fact = LiveFact(event), take(fact, event.data) { return }
    }
  }

  /// Ends the call; one that is over already stays so.
  func hangUp() { _ = try? client.send("POST", "/v1/calls/\(id)/hangup", deadlineMs: 2_000) }
}
