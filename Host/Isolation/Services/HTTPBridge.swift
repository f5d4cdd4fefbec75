// `vox.http/0` for workers.

import PluginABI
import Vox

enum HTTPBridge: ServiceBridge {
  static let id = VOX_SERVICE_HTTP
  static let number: UInt64 = 3
  private enum Function: UInt64 { case request = 1, read, cancel, warm }

  static func table(_ link: ServiceLink) -> UnsafeRawPointer {
    ServiceLink.keep(
      vox_http_v0(
        struct_size: UInt32(MemoryLayout<vox_http_v0>.size), zero: 0, ctx: link.context,
        request: { context, owner, token, r in
          ServiceLink.call(context, HTTPBridge.self, Function.request.rawValue) {
            $0.number(owner)
            $0.number(token)
            $0.view(r.pointee.method)
            $0.view(r.pointee.url)
            $0.pairs(r.pointee.headers, r.pointee.nheaders)
            $0.view(r.pointee.body)
            for n in [r.pointee.connect_ms, r.pointee.first_byte_ms, r.pointee.stall_ms, r.pointee.total_ms, r.pointee.credit] {
              $0.number(n)
            }
          }
        },
        read: { context, owner, token, bytes in
          ServiceLink.call(context, HTTPBridge.self, Function.read.rawValue) {
            $0.number(owner)
            $0.number(token)
            $0.number(bytes)
          }
        },
        cancel: { context, owner, token in
          ServiceLink.call(context, HTTPBridge.self, Function.cancel.rawValue) {
            $0.number(owner)
            $0.number(token)
          }
        },
        warm: { context, url, connections in
          ServiceLink.call(context, HTTPBridge.self, Function.warm.rawValue) {
            $0.view(url.pointee)
            $0.number(connections)
          }
        }))
  }

  static func perform(_ function: UInt64, _ fields: inout BorrowedFields, _ request: ServiceRequest) -> vox_status {
    let http = request.table(as: vox_http_v0.self)
    switch Function(rawValue: function) {
    case .request: return ask(&fields, request, http)
    case .read:
      let (owner, token, bytes) = (fields.number(), fields.number(), UInt32(clamping: fields.number()))
      return http.read?(http.ctx, owner, token, bytes) ?? vox_status(VOX_UNSUPPORTED)
    case .cancel:
      let (owner, token) = (fields.number(), fields.number())
      request.desk.ended(ServiceDesk.Name(kind: .request, owner: owner, token: token))
      return http.cancel?(http.ctx, owner, token) ?? vox_status(VOX_UNSUPPORTED)
    case .warm:
      var url = fields.view()
      return http.warm?(http.ctx, &url, UInt32(clamping: fields.number())) ?? vox_status(VOX_UNSUPPORTED)
    case nil: return vox_status(VOX_UNSUPPORTED)
    }
  }

  private static func ask(_ fields: inout BorrowedFields, _ request: ServiceRequest, _ http: vox_http_v0) -> vox_status {
    let (owner, token) = (fields.number(), fields.number())
    let (method, url) = (fields.view(), fields.view())
    let headers = fields.pairs()
    let body = fields.view()
    let times = (0..<5).map { _ in UInt32(clamping: fields.number()) }
    // Noted before it is asked for: its end may come first.
    let name = ServiceDesk.Name(kind: .request, owner: owner, token: token)
    nonisolated(unsafe) let context = http.ctx
    let cancel = http.cancel
    request.desk.opened(name, by: request.worker) { _ = cancel?(context, owner, token) }
    let status = headers.withUnsafeBufferPointer { headers in
      var r = vox_http_request(
        struct_size: UInt32(MemoryLayout<vox_http_request>.size), nheaders: UInt32(headers.count), method: method, url: url,
        headers: headers.baseAddress, body: body, connect_ms: times[0], first_byte_ms: times[1], stall_ms: times[2], total_ms: times[3],
        credit: times[4], zero: 0)
      return http.request?(http.ctx, owner, token, &r) ?? vox_status(VOX_UNSUPPORTED)
    }
    if status != vox_status(VOX_OK) { request.desk.ended(name) }
    return status
  }
}
