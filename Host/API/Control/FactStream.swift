// Facts as they happen, as server-sent events.

import Base
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle
import Vox

/// Writes a stream of facts in the event stream format of the HTML standard
/// (https://html.spec.whatwg.org/multipage/server-sent-events.html): `id` is the fact's sequence, `event` its kind, `data` its JSON.
/// Whoever lost the connection goes on with `Last-Event-ID`, or with `?after=`.
struct FactStream: Sendable {
  let host: any HostView

  func respond(to request: Request, call: String?) async throws -> Response {
    let after = try Self.cursor(request)
    guard let facts = await host.facts(after: after, call: call) else { throw APIError.unknown }
    return Response(
      status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
      body: ResponseBody { writer in
        // The head goes out at once, so that the reader knows it is connected.
        try await writer.write(ByteBuffer(string: ": facts\n\n"))
        try await request.body.consumeWithCancellationOnInboundClose { _ in
          for await fact in facts.cancelOnGracefulShutdown() { try await writer.write(Self.event(fact)) }
        }
        try await writer.finish(nil)
      })
  }

  private static func cursor(_ request: Request) throws -> UInt64? {
    guard let name = HTTPField.Name("last-event-id"),
      let text = request.headers[name] ?? request.uri.queryParameters["after"].map({ String($0) }), !text.isEmpty
    else { return nil }
    guard let sequence = UInt64(text) else { throw APIError(Problem(.invalid, "the last event's id must be the number of a fact")) }
    return sequence
  }

  /// JSON holds no line breaks, so the data is always one line.
  private static func event(_ fact: LiveFact) -> ByteBuffer {
    ByteBuffer(string: "id: \(fact.sequence)\nevent: \(fact.kind)\ndata: \(fact.json.text)\n\n")
  }
}
