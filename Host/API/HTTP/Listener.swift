// The connections of one listener: plain HTTP goes to the router, an accepted WebSocket to its plugin.

import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import Synchronization

/// Sets connections up and serves those that speak HTTP.
struct Listener: HTTPChannelHandler {
  typealias Plain = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

  struct Value: ServerChildChannelValue {
    let channel: any Channel
    let kind: EventLoopFuture<Gate.Kind>
  }

  var responder: HTTPChannelHandler.Responder
  let routes: RouteTable

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    channel.eventLoop.makeCompletedFuture {
      var limits = NIOHTTPDecoderLimitConfiguration()
      limits.maxHeaderListSize = Limits.headerBytes
      limits.maxHeaderFieldSize = Limits.headerBytes
      limits.maxHeaderFieldCount = Limits.headers
      let encoder = HTTPResponseEncoder()
      let decoder = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits))
      let kind = channel.eventLoop.makePromise(of: Gate.Kind.self)
      let gate = Gate(routes, decoder: decoder, encoder: encoder, kind: kind) { try Self.makePlain($0, logger) }
      do { try channel.pipeline.syncOperations.addHandlers([encoder, decoder, gate]) } catch {
        kind.fail(error)
        throw error
      }
      return Value(channel: channel, kind: kind.futureResult)
    }
  }

  private static func makePlain(_ channel: any Channel, _ logger: Logger) throws -> Plain {
    try channel.pipeline.syncOperations.addHandler(HTTP1ToHTTPServerCodec(secure: false))
    try channel.pipeline.syncOperations.addHandler(
      HTTPConnectionStateHandler(idleTimeout: .milliseconds(Limits.idleMs), logger: logger))
    return try Plain(wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
  }

  func handle(value: Value, logger: Logger) async {
    do {
      switch try await value.kind.get() {
      case .http(let channel, nil): await handleHTTP(asyncChannel: channel, logger: logger)
      case .http(let channel, let refusal?): await refusing(once: refusal).handleHTTP(asyncChannel: channel, logger: logger)
      case .socket: break
      }
    } catch {
      logger.debug("a connection ended before its first request: \(error)")
    }
  }

  /// The same listener, which answers the first request with what its plugin has said already.
  private func refusing(once refusal: Response) -> Listener {
    var listener = self
    let isFirst = Once()
    listener.responder = { [responder] request, writer, channel in
      guard isFirst.take() else { return try await responder(request, writer, channel) }
      var refusal = refusal
      refusal.headers[.connection] = "close"
      try await writer.write(response: refusal.head, body: refusal.body)
      channel.closeLater()
    }
    return listener
  }

  private final class Once: Sendable {
    private let isTaken = Atomic(false)
    func take() -> Bool { !isTaken.exchange(true, ordering: .relaxed) }
  }
}
