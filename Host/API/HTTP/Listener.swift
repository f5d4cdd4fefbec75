// The connections of one listener: plain HTTP goes to the router, an accepted WebSocket to its plugin.

import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOWebSocket
import Synchronization

/// Sets connections up. Whether a request to become a WebSocket is granted, its plugin decides before the handshake is answered,
/// so that it can answer 403 instead.
struct Listener: HTTPChannelHandler {
  typealias Plain = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

  /// What a connection turned out to be.
  enum Kind: Sendable {
    case http(Plain, refusal: Response?)
    case socket
  }

  struct Value: ServerChildChannelValue {
    let channel: any Channel
    let kind: EventLoopFuture<Kind>
  }

  var responder: HTTPChannelHandler.Responder
  let routes: RouteTable

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    channel.eventLoop.makeCompletedFuture {
      let guardian = NIOLoopBound(FirstRequest(), eventLoop: channel.eventLoop)
      let upgrader = SocketUpgrader(routes, channel.eventLoop, guardian)
      let upgrade = NIOTypedHTTPServerUpgradeConfiguration<Kind>(upgraders: [upgrader]) { channel in
        channel.pipeline.syncOperations.removeHandler(guardian.value).flatMapThrowing {
          .http(try Self.makePlain(channel, logger), refusal: upgrader.refusal)
        }
      }
      var pipeline = NIOUpgradableHTTPServerPipelineConfiguration(upgradeConfiguration: upgrade)
      // Hummingbird pipelines, answers malformed requests and validates headers by itself.
      pipeline.enablePipelining = false
      pipeline.enableErrorHandling = false
      pipeline.enableResponseHeaderValidation = false
      pipeline.decoderConfiguration.maxHeaderListSize = Limits.headerBytes
      pipeline.decoderConfiguration.maxHeaderFieldSize = Limits.headerBytes
      pipeline.decoderConfiguration.maxHeaderFieldCount = Limits.headers
      let kind = try channel.pipeline.syncOperations.configureUpgradableHTTPServerPipeline(configuration: pipeline)
      try channel.pipeline.syncOperations.addHandler(guardian.value)
      return Value(channel: channel, kind: kind)
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
      case .socket: try await value.channel.closeFuture.get()
      }
    } catch {
      logger.debug("a connection ended before it began: \(error)")
      value.channel.close(promise: nil)
    }
  }

  /// The same listener, which answers the first request with what its plugin has said already.
  private func refusing(once refusal: Response) -> Listener {
    var listener = self
    let isFirst = Once()
    listener.responder = { [responder] request, writer, channel in
      guard isFirst.take() else { return try await responder(request, writer, channel) }
      try await writer.write(response: refusal.head, body: refusal.body)
    }
    return listener
  }

  private final class Once: Sendable {
    private let isTaken = Atomic(false)
    func take() -> Bool { !isTaken.exchange(true, ordering: .relaxed) }
  }
}
