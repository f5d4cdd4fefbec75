// What the owner of a socket is told, in the form of the ABI.

import Base
import PluginABI
import Vox

enum SocketEvents {
  /// Delivers an event to the socket's owner: VOX_OK, VOX_WOULD_BLOCK, VOX_STALE, VOX_INVALID.
  static func tell(_ delivery: ClientSocket.Delivery, of socket: ClientSocket) -> vox_status {
    switch delivery {
    case .open: opened(socket)
    case .message(let bytes, let isText): tell(isText ? .socketText : .socketBinary, socket, code: 0, bytes)
    case .closed(let code, let reason): tell(.socketClosed, socket, code: code, Array(reason.utf8))
    case .refused(let error): refused(socket, error)
    }
  }

  private static func tell(_ kind: EventKind, _ socket: ClientSocket, code: Int, _ bytes: [UInt8]) -> vox_status {
    bytes.withUnsafeBufferPointer { bytes in
      var event = vox_ev_socket()
      event.h = Layout.head(vox_ev_socket.self, kind, target: socket.owner)
      event.token = socket.token
      event.code = UInt32(clamping: code)
      event.data = vox_view(ptr: bytes.baseAddress, len: UInt64(bytes.count))
      return socket.client.deliver(event)
    }
  }

  private static func opened(_ socket: ClientSocket) -> vox_status {
    HeaderLines.lend(socket.answer.head.headers) { pairs in
      var event = vox_ev_http_head()
      event.h = Layout.head(vox_ev_http_head.self, .webSocketOpen, target: socket.owner)
      event.token = socket.token
      event.status = 101
      event.nheaders = UInt32(pairs.count)
      event.headers = pairs.baseAddress
      event.dns_us = UInt32(clamping: socket.spent.dns)
      event.tcp_us = UInt32(clamping: socket.spent.tcp)
      event.tls_us = UInt32(clamping: socket.spent.tls)
      event.first_byte_us = UInt32(clamping: Int(socket.loop.now.ms(since: socket.startedAt) * 1000))
      return socket.client.deliver(event)
    }
  }

  private static func refused(_ socket: ClientSocket, _ error: ProviderError) -> vox_status {
    error.withVox { abi in
      HeaderLines.lend(socket.answer.head.headers) { pairs in
        socket.answer.rest.withUnsafeBufferPointer { body in
          var event = vox_ev_websocket_refused()
          event.h = Layout.head(vox_ev_websocket_refused.self, .webSocketRefused, target: socket.owner)
          event.token = socket.token
          event.status = UInt32(clamping: socket.answer.head.status)
          event.nheaders = UInt32(pairs.count)
          event.headers = pairs.baseAddress
          event.body = vox_view(ptr: body.baseAddress, len: UInt64(min(body.count, Limits.pieceBytes)))
          event.error = abi
          return socket.client.deliver(event)
        }
      }
    }
  }
}
