// The first request of a connection decides what it is: plain HTTP, or a WebSocket that a plugin takes.

import Hummingbird
import NIOCore
import NIOHTTP1
import NIOWebSocket

/// Stands behind the HTTP decoder until the first request is understood. Whether a WebSocket is granted, its plugin decides before
/// the handshake is answered, so that it can answer 403 instead. On the channel's event loop.
final class Gate: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  /// What a connection turned out to be.
  enum Kind: Sendable {
    /// HTTP; the first request is answered with `refusal` when its plugin has said so already.
    case http(Listener.Plain, refusal: Response?)
    /// The connection is the plugin's, and no channel's any more.
    case socket
  }

  private enum State {
    case waiting
    /// The head asks for this route's WebSocket; its end is still to come.
    case socketHead(HTTPRequestHead, Route)
    case asking
    /// HTTP is on its way out.
    case leaving
    case open
  }

  private let routes: RouteTable
  private let decoder: any RemovableChannelHandler
  private let encoder: any RemovableChannelHandler
  private let kind: EventLoopPromise<Kind>
  private let makePlain: @Sendable (any Channel) throws -> Listener.Plain
  /// Checks the request and computes the answer to its key; frames are read and written by the connection itself.
  private let handshake = NIOTypedWebSocketServerUpgrader<Void>(
    shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture(HTTPHeaders()) },
    upgradePipelineHandler: { channel, _ in channel.eventLoop.makeSucceededVoidFuture() })
  private var state = State.waiting
  /// What came before the connection was ready for it.
  private var held: [NIOAny] = []
  private var heldEvents: [Any] = []
  private var deadline: Scheduled<Void>?

  init(
    _ routes: RouteTable, decoder: any RemovableChannelHandler, encoder: any RemovableChannelHandler, kind: EventLoopPromise<Kind>,
    makePlain: @escaping @Sendable (any Channel) throws -> Listener.Plain
  ) {
    self.routes = routes
    self.decoder = decoder
    self.encoder = encoder
    self.kind = kind
    self.makePlain = makePlain
  }

  func handlerAdded(context: ChannelHandlerContext) {
    deadline = context.eventLoop.scheduleTask(in: .milliseconds(Limits.firstRequestMs)) { [channel = context.channel] in
      channel.close(promise: nil)
    }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    deadline?.cancel()
    kind.fail(ChannelError.eof)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if case .open = state { return context.fireChannelRead(data) }
    held.append(data)
    switch state {
    case .waiting:
      guard case .head(let head) = unwrapInboundIn(data) else { return }
      deadline?.cancel()
      if let route = socketRoute(head) { state = .socketHead(head, route) } else { becomePlain(context, refusal: nil) }
    case .socketHead(let head, let route):
      if case .end = unwrapInboundIn(data) { shakeHands(context, head, route) } else { becomePlain(context, refusal: nil) }
    case .asking, .leaving, .open: break
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    let isEnd = event is ChannelShouldQuiesceEvent || event as? ChannelEvent == .inputClosed
    switch state {
    case .waiting where isEnd, .socketHead where isEnd: context.close(promise: nil)
    case .asking where isEnd, .leaving where isEnd: heldEvents.append(event)
    default: context.fireUserInboundEventTriggered(event)
    }
  }

  /// Whoever sends something else than HTTP is told so.
  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    switch state {
    case .open: context.fireErrorCaught(error)
    case .asking, .leaving: context.close(promise: nil)
    case .waiting, .socketHead:
      guard error is HTTPParserError else { return context.close(promise: nil) }
      let headers: HTTPHeaders = ["connection": "close", "content-length": "0"]
      context.write(wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .badRequest, headers: headers))), promise: nil)
      context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
      context.channel.close(mode: .output, promise: nil)
      context.channel.closeLater()
    }
  }

  // MARK: WebSocket

  private func socketRoute(_ head: HTTPRequestHead) -> Route? {
    guard head.headers[canonicalForm: "upgrade"].contains(where: { $0.lowercased() == "websocket" }) else { return nil }
    return routes.routes(at: String(head.uri.prefix { $0 != "?" })).first { $0.ask == .socket }
  }

  private func shakeHands(_ context: ChannelHandlerContext, _ head: HTTPRequestHead, _ route: Route) {
    state = .asking
    // Nothing is read while the plugin decides, so that a peer cannot fill memory meanwhile.
    read(false, context)
    handshake.buildUpgradeResponse(
      channel: context.channel, upgradeRequest: head, initialResponseHeaders: ["connection": "upgrade", "upgrade": "websocket"]
    ).assumeIsolated().whenComplete { result in
      switch result {
      case .success(let headers): self.ask(context, head, route, headers)
      // Another version, or no key: the router says what is missing.
      case .failure: self.becomePlain(context, refusal: nil)
      }
    }
  }

  private func ask(_ context: ChannelHandlerContext, _ head: HTTPRequestHead, _ route: Route, _ response: HTTPHeaders) {
    let answer = context.eventLoop.makePromise(of: Answer.self)
    routes.ask(
      route, method: "GET", target: head.uri, headers: head.headers.map { (name: $0.name.lowercased(), value: $0.value) },
      body: UnsafeBufferPointer(start: nil, count: 0), channel: context.channel
    ) { answer.succeed($0) }
    answer.futureResult.assumeIsolated().whenSuccess { answer in
      guard context.channel.isActive else { return }
      if case .accepted(let connection) = answer {
        self.becomeSocket(context, connection, response)
      } else {
        self.becomePlain(context, refusal: answer.response)
      }
    }
  }

  /// Takes HTTP out of the pipeline around the handshake's answer, and takes the connection out of the channel.
  private func becomeSocket(_ context: ChannelHandlerContext, _ connection: SocketConnection, _ headers: HTTPHeaders) {
    state = .leaving
    held = []
    let pipeline = context.pipeline.syncOperations
    pipeline.removeHandler(decoder).assumeIsolated().flatMap { () -> EventLoopFuture<Void> in
      let head = HTTPResponseHead(version: .http1_1, status: .switchingProtocols, headers: headers)
      return context.writeAndFlush(self.wrapOutboundOut(.head(head)))
    }.flatMap {
      pipeline.removeHandler(self.encoder)
    }.flatMapThrowing {
      try pipeline.addHandler(Handover(connection))
    }.whenComplete { result in
      switch result {
      case .success: self.open(context, .socket)
      case .failure(let error): self.fail(context, error)
      }
    }
  }

  // MARK: HTTP

  private func becomePlain(_ context: ChannelHandlerContext, refusal: Response?) {
    do { open(context, .http(try makePlain(context.channel), refusal: refusal)) } catch { fail(context, error) }
  }

  // MARK: The end

  private func open(_ context: ChannelHandlerContext, _ kind: Kind) {
    state = .open
    self.kind.succeed(kind)
    for data in held { context.fireChannelRead(data) }
    held = []
    context.fireChannelReadComplete()
    for event in heldEvents { context.fireUserInboundEventTriggered(event) }
    read(true, context)
    context.pipeline.syncOperations.removeHandler(self, promise: nil)
  }

  private func fail(_ context: ChannelHandlerContext, _ error: any Error) {
    kind.fail(error)
    context.close(promise: nil)
  }

  private func read(_ isWanted: Bool, _ context: ChannelHandlerContext) {
    _ = try? context.channel.syncOptions?.setOption(.autoRead, value: isWanted)
  }
}
