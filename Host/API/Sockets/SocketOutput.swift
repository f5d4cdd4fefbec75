// What is on its way to a socket's peer.

import NIOCore
import WebSocket

/// Gathers frames, writes them in one go, and counts what the kernel has taken. On the channel's event loop.
final class SocketOutput {
  private let channel: any Channel
  private var buffer: ByteBuffer
  /// Bytes given to the channel that the kernel had not taken when it was last asked.
  private var inChannel = 0

  init(_ channel: any Channel) {
    self.channel = channel
    buffer = channel.allocator.buffer(capacity: 1024)
  }

  var isEmpty: Bool { buffer.readableBytes == 0 }

  /// Has the channel tell when its last byte has left, so that none needs a promise of its own.
  func watch() {
    let mark = ChannelOptions.Types.WriteBufferWaterMark(low: 1, high: 1)
    _ = try? channel.syncOptions?.setOption(.writeBufferWaterMark, value: mark)
  }

  func write(_ opcode: Opcode, _ bytes: UnsafeRawBufferPointer) { buffer.writeFrame(opcode, bytes) }

  func flush(_ context: ChannelHandlerContext) {
    inChannel += buffer.readableBytes
    context.writeAndFlush(NIOAny(buffer), promise: nil)
    // What the kernel took at once leaves its room for the next frames; one long message must not keep its own for ever.
    if buffer.capacity > Limits.inlineBytes * 4 { buffer = channel.allocator.buffer(capacity: 1024) } else { buffer.clear() }
  }

  /// How many bytes the kernel has taken since this was last asked.
  func takeSent() -> Int {
    let left = (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    let sent = max(inChannel - left, 0)
    inChannel -= sent
    return sent
  }
}
