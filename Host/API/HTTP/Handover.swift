// The end of a channel whose connection became a WebSocket.

import Base
import Glibc
import NIOCore

/// Takes the connection out of its channel and gives it to the WebSocket, with what the peer sent right behind its request. Stands where
/// HTTP stood, once the handshake has been answered. On the channel's event loop.
///
/// A frame every 20 ms in each direction of each call costs half as much on a loop of our own as it did through a pipeline (docs/Decisions/cost-of-a-call.md).
final class Handover: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let connection: SocketConnection
  private var early: [UInt8] = []

  init(_ connection: SocketConnection) { self.connection = connection }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) { early += unwrapInboundIn(data).readableBytesView }

  func channelReadComplete(context: ChannelHandlerContext) {
    // Under a descriptor of its own, because the channel closes the other one.
    let own = try? context.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
      fcntl($0, F_DUPFD_CLOEXEC, 0)
    }
    if let own, own >= 0 { connection.attach(StreamSocket(own), early: early) }
    early = []
    context.close(promise: nil)
  }
}
