// `vox.state/0` for workers.

import PluginABI
import Vox

enum StateBridge: ServiceBridge {
  static let id = VOX_SERVICE_STATE
  static let number: UInt64 = 5
  private enum Function: UInt64 { case get = 1, put, lease, release }

  static func table(_ link: ServiceLink) -> UnsafeRawPointer {
    ServiceLink.keep(
      vox_state_v0(
        struct_size: UInt32(MemoryLayout<vox_state_v0>.size), zero: 0, ctx: link.context,
        get: { context, account, token, key in
          ServiceLink.call(context, StateBridge.self, Function.get.rawValue) {
            $0.number(account)
            $0.number(token)
            $0.view(key.pointee)
          }
        },
        put: { context, account, token, key, value, expected in
          ServiceLink.call(context, StateBridge.self, Function.put.rawValue) {
            $0.number(account)
            $0.number(token)
            $0.view(key.pointee)
            $0.view(value.pointee)
            $0.number(expected)
          }
        },
        lease: { context, account, name, ttl in
          ServiceLink.call(context, StateBridge.self, Function.lease.rawValue) {
            $0.number(account)
            $0.view(name.pointee)
            $0.number(ttl)
          }
        },
        release: { context, account, name in
          ServiceLink.call(context, StateBridge.self, Function.release.rawValue) {
            $0.number(account)
            $0.view(name.pointee)
          }
        }))
  }

  static func perform(_ function: UInt64, _ fields: inout BorrowedFields, _ request: ServiceRequest) -> vox_status {
    let state = request.table(as: vox_state_v0.self)
    let account = fields.number()
    switch Function(rawValue: function) {
    case .get:
      let token = fields.number()
      var key = fields.view()
      return state.get?(state.ctx, account, token, &key) ?? vox_status(VOX_UNSUPPORTED)
    case .put:
      let token = fields.number()
      var (key, value) = (fields.view(), fields.view())
      return state.put?(state.ctx, account, token, &key, &value, fields.number()) ?? vox_status(VOX_UNSUPPORTED)
    case .lease:
      var name = fields.view()
      return state.lease?(state.ctx, account, &name, UInt32(clamping: fields.number())) ?? vox_status(VOX_UNSUPPORTED)
    case .release:
      var name = fields.view()
      return state.release?(state.ctx, account, &name) ?? vox_status(VOX_UNSUPPORTED)
    case nil: return vox_status(VOX_UNSUPPORTED)
    }
  }
}
