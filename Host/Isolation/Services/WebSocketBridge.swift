// `vox.websocket/0` for workers.

import PluginABI
import Vox

enum WebSocketBridge: ServiceBridge {
  static let id = VOX_SERVICE_WEBSOCKET
  static let number: UInt64 = 4
  private static let connect: UInt64 = 1

  static func table(_ link: ServiceLink) -> UnsafeRawPointer {
    ServiceLink.keep(
      vox_websocket_v0(
        struct_size: UInt32(MemoryLayout<vox_websocket_v0>.size), zero: 0, ctx: link.context,
        connect: { context, owner, token, r in
          ServiceLink.opening(context, owner, token) {
            ServiceLink.call(context, WebSocketBridge.self, WebSocketBridge.connect) {
              $0.number(owner)
              $0.number(token)
              $0.view(r.pointee.url)
              $0.pairs(r.pointee.headers, r.pointee.nheaders)
              for n in [r.pointee.connect_ms, r.pointee.ping_ms, r.pointee.max_message] { $0.number(n) }
            }
          }
        }))
  }

  static func perform(_ function: UInt64, _ fields: inout BorrowedFields, _ request: ServiceRequest) -> vox_status {
    guard function == connect else { return vox_status(VOX_UNSUPPORTED) }
    let service = request.table(as: vox_websocket_v0.self)
    let (owner, token) = (fields.number(), fields.number())
    let url = fields.view()
    let headers = fields.pairs()
    let numbers = (0..<3).map { _ in UInt32(clamping: fields.number()) }
    // Noted before it is asked for: its end may come first.
    SocketBridge.opened(owner, token, request)
    let status = headers.withUnsafeBufferPointer { headers in
      var r = vox_websocket_request(
        struct_size: UInt32(MemoryLayout<vox_websocket_request>.size), nheaders: UInt32(headers.count), url: url,
        headers: headers.baseAddress, connect_ms: numbers[0], ping_ms: numbers[1], max_message: numbers[2], zero: 0)
      return service.connect?(service.ctx, owner, token, &r) ?? vox_status(VOX_UNSUPPORTED)
    }
    if status != vox_status(VOX_OK) { request.desk.ended(ServiceDesk.Name(kind: .socket, owner: owner, token: token)) }
    return status
  }
}
