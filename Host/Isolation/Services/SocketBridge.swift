// `vox.socket/0` for workers.

import PluginABI
import Vox

enum SocketBridge: ServiceBridge {
  static let id = VOX_SERVICE_SOCKET
  static let number: UInt64 = 2
  private enum Function: UInt64 { case send = 1, close, adopt }

  static func table(_ link: ServiceLink) -> UnsafeRawPointer {
    ServiceLink.keep(
      vox_socket_v0(
        struct_size: UInt32(MemoryLayout<vox_socket_v0>.size), zero: 0, ctx: link.context,
        send: { context, owner, token, how, data in
          if let session = ServiceLink.session(context, owner) {
            if let status = session.send(token, how: how, data.pointee) { return status }
            guard session.hasSentAll() else { return vox_status(VOX_WOULD_BLOCK) }
          }
          return ServiceLink.call(context, SocketBridge.self, Function.send.rawValue) {
            $0.number(owner)
            $0.number(token)
            $0.number(how)
            $0.view(data.pointee)
          }
        },
        close: { context, owner, token, code, reason in
          if let status = ServiceLink.session(context, owner)?.close(token, code: code, reason.pointee) { return status }
          return ServiceLink.call(context, SocketBridge.self, Function.close.rawValue) {
            $0.number(owner)
            $0.number(token)
            $0.number(code)
            $0.view(reason.pointee)
          }
        },
        adopt: { context, owner, token, newOwner in
          let session = ServiceLink.session(context, owner)
          guard session?.hasSentAll() != false else { return vox_status(VOX_WOULD_BLOCK) }
          let status = ServiceLink.opening(context, newOwner, token) {
            ServiceLink.call(context, SocketBridge.self, Function.adopt.rawValue) {
              $0.number(owner)
              $0.number(token)
              $0.number(newOwner)
            }
          }
          if status == vox_status(VOX_OK), owner != newOwner { session?.closed(token) }
          return status
        }))
  }

  static func perform(_ function: UInt64, _ fields: inout BorrowedFields, _ request: ServiceRequest) -> vox_status {
    let sockets = request.table(as: vox_socket_v0.self)
    let (owner, token) = (fields.number(), fields.number())
    switch Function(rawValue: function) {
    case .send:
      let how = UInt32(truncatingIfNeeded: fields.number())
      var data = fields.view()
      return sockets.send?(sockets.ctx, owner, token, how, &data) ?? vox_status(VOX_UNSUPPORTED)
    case .close:
      let code = UInt32(truncatingIfNeeded: fields.number())
      var reason = fields.view()
      return sockets.close?(sockets.ctx, owner, token, code, &reason) ?? vox_status(VOX_UNSUPPORTED)
    case .adopt:
      let newOwner = fields.number()
      let status = sockets.adopt?(sockets.ctx, owner, token, newOwner) ?? vox_status(VOX_UNSUPPORTED)
      if status == vox_status(VOX_OK) {
        request.desk.ended(ServiceDesk.Name(kind: .socket, owner: owner, token: token))
        opened(newOwner, token, request)
      }
      return status
    case nil: return vox_status(VOX_UNSUPPORTED)
    }
  }

  /// RFC 6455's code for a service that starts again.
  private static let restarts: UInt32 = 1012

  /// A socket belongs to `owner` now.
  static func opened(_ owner: vox_handle, _ token: UInt64, _ request: ServiceRequest) {
    guard let table = request.desk.table(number) else { return }
    let sockets = table.load(as: vox_socket_v0.self)
    nonisolated(unsafe) let context = sockets.ctx
    let close = sockets.close
    request.desk.opened(ServiceDesk.Name(kind: .socket, owner: owner, token: token), by: request.worker) {
      withView("the plugin's process ended") { reason in
        var reason = reason
        _ = close?(context, owner, token, restarts, &reason)
      }
    }
  }
}
