// The handshake of a WebSocket, granted or refused by the plugin whose route it asks for.

import Hummingbird
import NIOCore
import NIOHTTP1
import NIOWebSocket

/// Asks the plugin, answers the handshake (RFC 6455, section 4.2.2), and puts the socket's own handler in the place of HTTP.
final class SocketUpgrader: NIOTypedHTTPServerProtocolUpgrader, Sendable {
  typealias UpgradeResult = Listener.Kind

  let supportedProtocol = "websocket"
  let requiredUpgradeHeaders: [String] = []
  private let verdict: NIOLoopBoundBox<Answer?>
  private let handshake: NIOTypedWebSocketServerUpgrader<UpgradeResult>
  private let guardian: NIOLoopBound<FirstRequest>

  init(_ routes: RouteTable, _ eventLoop: any EventLoop, _ guardian: NIOLoopBound<FirstRequest>) {
    let verdict = NIOLoopBoundBox<Answer?>(nil, eventLoop: eventLoop)
    self.verdict = verdict
    self.guardian = guardian
    handshake = NIOTypedWebSocketServerUpgrader(
      shouldUpgrade: { channel, head in
        guardian.value.stopClock()
        return Self.ask(routes, channel, head).map { answer in
          verdict.value = answer
          if case .accepted = answer { return HTTPHeaders() }
          return nil
        }
      },
      // Only the answer to the handshake is taken from this upgrader; frames are read and written by the connection itself.
      upgradePipelineHandler: { channel, _ in channel.eventLoop.makeFailedFuture(ChannelError.operationUnsupported) })
  }

  /// What the peer is told in place of a handshake; nil when no plugin was asked. On the event loop.
  var refusal: Response? {
    switch verdict.value {
    case nil, .accepted: nil
    case let answer?: answer.response
    }
  }

  /// Nil when the path is no socket's.
  private static func ask(_ routes: RouteTable, _ channel: any Channel, _ head: HTTPRequestHead) -> EventLoopFuture<Answer?> {
    guard let route = routes.routes(at: String(head.uri.prefix { $0 != "?" })).first(where: { $0.ask == .socket }) else {
      return channel.eventLoop.makeSucceededFuture(nil)
    }
    // Nothing is read while the plugin decides, so that a peer cannot fill memory meanwhile.
    _ = try? channel.syncOptions?.setOption(.autoRead, value: false)
    let answer = channel.eventLoop.makePromise(of: Answer?.self)
    let headers = head.headers.map { (name: $0.name.lowercased(), value: $0.value) }
    routes.ask(
      route, method: "GET", target: head.uri, headers: headers, body: UnsafeBufferPointer(start: nil, count: 0), channel: channel
    ) { answer.succeed($0) }
    return answer.futureResult.always { _ in _ = try? channel.syncOptions?.setOption(.autoRead, value: true) }
  }

  func buildUpgradeResponse(
    channel: any Channel, upgradeRequest: HTTPRequestHead, initialResponseHeaders: HTTPHeaders
  ) -> EventLoopFuture<HTTPHeaders> {
    handshake.buildUpgradeResponse(
      channel: channel, upgradeRequest: upgradeRequest, initialResponseHeaders: initialResponseHeaders)
  }

  func upgrade(channel: any Channel, upgradeRequest: HTTPRequestHead) -> EventLoopFuture<UpgradeResult> {
    guard case .accepted(let connection) = verdict.value else {
      return channel.eventLoop.makeFailedFuture(ChannelError.inappropriateOperationForState)
    }
    return channel.pipeline.syncOperations.removeHandler(guardian.value).flatMapThrowing {
      try channel.pipeline.syncOperations.addHandler(connection)
      return .socket
    }
  }
}
