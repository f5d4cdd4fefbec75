// `vox.http_server/0` for workers.

import PluginABI
import Vox

enum HTTPServerBridge: ServiceBridge {
  static let id = VOX_SERVICE_HTTP_SERVER
  static let number: UInt64 = 1
  private enum Function: UInt64 { case route = 1, respond, accept }

  static func table(_ link: ServiceLink) -> UnsafeRawPointer {
    ServiceLink.keep(
      vox_http_server_v0(
        struct_size: UInt32(MemoryLayout<vox_http_server_v0>.size), zero: 0, ctx: link.context,
        route: { context, account, r in
          ServiceLink.call(context, HTTPServerBridge.self, Function.route.rawValue) {
            $0.number(account)
            $0.number(r.pointee.flags)
            $0.view(r.pointee.method)
            $0.view(r.pointee.path)
            $0.number(r.pointee.max_body)
            $0.number(r.pointee.timeout_ms)
            $0.number(r.pointee.token)
          }
        },
        respond: { context, request, r in
          ServiceLink.call(context, HTTPServerBridge.self, Function.respond.rawValue) {
            $0.number(request)
            $0.number(r.pointee.status)
            $0.pairs(r.pointee.headers, r.pointee.nheaders)
            $0.view(r.pointee.body)
          }
        },
        accept: { context, request, owner, token in
          ServiceLink.opening(context, owner, token) {
            ServiceLink.call(context, HTTPServerBridge.self, Function.accept.rawValue) {
              $0.number(request)
              $0.number(owner)
              $0.number(token)
            }
          }
        }))
  }

  static func perform(_ function: UInt64, _ fields: inout BorrowedFields, _ request: ServiceRequest) -> vox_status {
    let server = request.table(as: vox_http_server_v0.self)
    switch Function(rawValue: function) {
    case .route: return route(&fields, request, server)
    case .respond:
      let handle = fields.number()
      let status = UInt32(truncatingIfNeeded: fields.number())
      let headers = fields.pairs()
      let body = fields.view()
      return headers.withUnsafeBufferPointer { headers in
        var response = vox_response(
          struct_size: UInt32(MemoryLayout<vox_response>.size), status: status, nheaders: UInt32(headers.count), zero: 0,
          headers: headers.baseAddress, body: body)
        return server.respond?(server.ctx, handle, &response) ?? vox_status(VOX_UNSUPPORTED)
      }
    case .accept:
      let (handle, owner, token) = (fields.number(), fields.number(), fields.number())
      let status = server.accept?(server.ctx, handle, owner, token) ?? vox_status(VOX_UNSUPPORTED)
      if status == vox_status(VOX_OK) { SocketBridge.opened(owner, token, request) }
      return status
    case nil: return vox_status(VOX_UNSUPPORTED)
    }
  }

  private static func route(_ fields: inout BorrowedFields, _ request: ServiceRequest, _ server: vox_http_server_v0) -> vox_status {
    let account = fields.number()
    let flags = UInt32(truncatingIfNeeded: fields.number())
    let method = fields.view()
    let path = fields.view()
    let (body, timeout) = (UInt32(clamping: fields.number()), UInt32(clamping: fields.number()))
    let token = fields.number()
    let isSocket = flags & UInt32(VOX_ROUTE_SOCKET) != 0
    let route = ServiceDesk.Route(method: isSocket ? "" : method.string, path: path.string, flags: flags)
    return request.desk.route(route, token: token, for: request.worker) { token in
      var r = vox_route(
        struct_size: UInt32(MemoryLayout<vox_route>.size), flags: flags, method: method, path: path, max_body: body, timeout_ms: timeout,
        token: token)
      return server.route?(server.ctx, account, &r) ?? vox_status(VOX_UNSUPPORTED)
    }
  }
}
