// Guards a connection until its first request is known to be HTTP or a WebSocket.

import NIOCore
import NIOHTTP1

/// Closes a connection that sends nothing in time, and answers one that sends something else than HTTP. It goes away once the
/// first request has been understood.
final class FirstRequest: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = Any
  typealias OutboundOut = HTTPServerResponsePart

  private var deadline: Scheduled<Void>?

  func handlerAdded(context: ChannelHandlerContext) {
    deadline = context.eventLoop.scheduleTask(in: .milliseconds(Limits.firstRequestMs)) { [channel = context.channel] in
      channel.close(promise: nil)
    }
  }

  func handlerRemoved(context: ChannelHandlerContext) { stopClock() }

  /// The request is here; how long its answer may take is decided elsewhere.
  func stopClock() { deadline?.cancel() }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard error is HTTPParserError else { return context.fireErrorCaught(error) }
    let head = HTTPResponseHead(version: .http1_1, status: .badRequest, headers: ["connection": "close", "content-length": "0"])
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    context.close(promise: nil)
  }
}
