// A fact as it comes over the stream of a running host.

import FoundationEssentials
import Journal
import Terminal
import Vox

/// One event of `/v1/events` or `/v1/calls/ID/events`.
struct LiveFact {
  /// The call it is about; nil for a fact of the host.
  let call: String?
  /// Nil for a kind that only a newer host knows.
  let kind: Fact.Kind?
  let payload: JSONValue

  /// Nil for an event that is no fact.
  init?(_ event: ServerEvent) {
    guard let json = try? JSONValue(parsing: event.data), let kind = json["kind"]?.string, let payload = json["fact"] else { return nil }
    call = json["call"]?.string
    self.kind = Fact.Kind(rawValue: kind)
    self.payload = payload
  }

  /// The payload as what it is; nil when it is of another kind, or cannot be read.
  func read<P: FactPayload>(_ type: P.Type = P.self) -> P? {
    guard kind == P.kind else { return nil }
    return try? JSONDecoder().decode(P.self, from: Data(payload.text.utf8))
  }
}
