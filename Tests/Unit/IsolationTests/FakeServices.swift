// The services of a host that writes down what it is asked for.

import PluginABI
import Synchronization
import Vox

/// Tables of `vox.http_server/0`, `vox.socket/0`, `vox.http/0`, `vox.websocket/0` and `vox.state/0`; each call is a line in the log.
final class FakeServices: @unchecked Sendable {
  private let ear = Ear()
  private let routeTokens = Mutex<[String: UInt64]>([:])
  /// What every function answers.
  let answer = Mutex(vox_status(VOX_OK))
  /// How many messages sockets still take; nil = all.
  let room = Mutex<Int?>(nil)
  /// How many leases are still given; nil = all.
  let leases = Mutex<Int?>(nil)

  var calls: [String] { ear.log }
  /// Waits until it was called so.
  func waitFor(_ line: String) -> Bool { ear.wait { _, log in log.contains(line) } }
  func wait(_ fact: ([String]) -> Bool) -> Bool { ear.wait { _, log in fact(log) } }
  func token(_ path: String) -> UInt64? { routeTokens.withLock { $0[path] } }

  private static func note(_ context: UnsafeMutableRawPointer?, _ line: String) -> vox_status {
    guard let context else { return vox_status(VOX_INVALID) }
    let me = Unmanaged<FakeServices>.fromOpaque(context).takeUnretainedValue()
    me.ear.write(line)
    return me.answer.withLock { $0 }
  }

  /// Takes one of what is left; false when there is none. Of nil there is no end.
  private static func takeOne(_ left: inout Int?) -> Bool {
    guard let count = left else { return true }
    left = max(count - 1, 0)
    return count > 0
  }

  private static func send(_ context: UnsafeMutableRawPointer?, _ line: String) -> vox_status {
    guard let context else { return vox_status(VOX_INVALID) }
    guard Unmanaged<FakeServices>.fromOpaque(context).takeUnretainedValue().room.withLock({ takeOne(&$0) }) else {
      _ = note(context, "no room")
      return vox_status(VOX_WOULD_BLOCK)
    }
    return note(context, line)
  }

  private static func lease(_ context: UnsafeMutableRawPointer?, _ line: String) -> vox_status {
    guard let context else { return vox_status(VOX_INVALID) }
    let isLeft = Unmanaged<FakeServices>.fromOpaque(context).takeUnretainedValue().leases.withLock { takeOne(&$0) }
    return isLeft ? note(context, line) : vox_status(VOX_WOULD_BLOCK)
  }

  private static func text(_ first: UnsafePointer<vox_pair>?, _ count: UInt32) -> String {
    (0..<Int(count)).map { i in first.map { "\($0[i].name.string)=\($0[i].value.string)" } ?? "" }.joined(separator: ",")
  }

  func table(_ id: String) -> UnsafeRawPointer? {
    let me = Unmanaged.passUnretained(self).toOpaque()
    switch id {
    case VOX_SERVICE_HTTP_SERVER: return keep(httpServer(me))
    case VOX_SERVICE_SOCKET:
      return keep(
        vox_socket_v0(
          struct_size: UInt32(MemoryLayout<vox_socket_v0>.size), zero: 0, ctx: me,
          send: { FakeServices.send($0, "send \($1) \($2) \($3) \($4.pointee.string)") },
          close: { FakeServices.note($0, "close \($1) \($2) \($3)\($4.pointee.len > 0 ? " with a reason" : "")") },
          adopt: { FakeServices.note($0, "adopt \($1) \($2) \($3)") }))
    case VOX_SERVICE_HTTP: return keep(http(me))
    case VOX_SERVICE_WEBSOCKET:
      return keep(
        vox_websocket_v0(
          struct_size: UInt32(MemoryLayout<vox_websocket_v0>.size), zero: 0, ctx: me,
          connect: {
            let r = $3.pointee
            let headers = FakeServices.text(r.headers, r.nheaders)
            return FakeServices.note($0, "connect \($1) \($2) \(r.url.string) \(headers) \(r.connect_ms) \(r.ping_ms) \(r.max_message)")
          }))
    case VOX_SERVICE_STATE: return keep(state(me))
    default: return nil
    }
  }

  private func httpServer(_ me: UnsafeMutableRawPointer) -> vox_http_server_v0 {
    vox_http_server_v0(
      struct_size: UInt32(MemoryLayout<vox_http_server_v0>.size), zero: 0, ctx: me,
      route: { context, account, r in
        if let context {
          let services = Unmanaged<FakeServices>.fromOpaque(context).takeUnretainedValue()
          let (path, token) = (r.pointee.path.string, r.pointee.token)
          services.routeTokens.withLock { $0[path] = token }
        }
        let what = "\(r.pointee.method.string) \(r.pointee.path.string) \(r.pointee.flags) \(r.pointee.max_body) \(r.pointee.timeout_ms)"
        return FakeServices.note(context, "route \(what)")
      },
      respond: { context, request, r in
        let headers = FakeServices.text(r.pointee.headers, r.pointee.nheaders)
        return FakeServices.note(context, "respond \(request) \(r.pointee.status) \(headers) \(r.pointee.body.string)")
      }, accept: { FakeServices.note($0, "accept \($1) \($2 == Rig.account) \($3)") })
  }

  private func http(_ me: UnsafeMutableRawPointer) -> vox_http_v0 {
    vox_http_v0(
      struct_size: UInt32(MemoryLayout<vox_http_v0>.size), zero: 0, ctx: me,
      request: {
        let r = $3.pointee
        let times = [r.connect_ms, r.first_byte_ms, r.stall_ms, r.total_ms, r.credit]
        let headers = FakeServices.text(r.headers, r.nheaders)
        return FakeServices.note($0, "request \($1) \($2) \(r.method.string) \(r.url.string) \(headers) \(r.body.string) \(times)")
      }, read: { FakeServices.note($0, "read \($1) \($2) \($3)") }, cancel: { FakeServices.note($0, "cancel \($1) \($2)") },
      warm: { FakeServices.note($0, "warm \($1.pointee.string) \($2)") })
  }

  private func state(_ me: UnsafeMutableRawPointer) -> vox_state_v0 {
    vox_state_v0(
      struct_size: UInt32(MemoryLayout<vox_state_v0>.size), zero: 0, ctx: me,
      get: { FakeServices.note($0, "get \($1) \($2) \($3.pointee.string)") },
      put: { FakeServices.note($0, "put \($1) \($2) \($3.pointee.string) \($4.pointee.string) \($5)") },
      lease: { FakeServices.lease($0, "lease \($1) \($2.pointee.string) \($3)") },
      release: { FakeServices.note($0, "release \($1) \($2.pointee.string)") })
  }

  private func keep<T>(_ table: T) -> UnsafeRawPointer {
    let place = UnsafeMutablePointer<T>.allocate(capacity: 1)
    place.initialize(to: table)
    return UnsafeRawPointer(place)
  }
}
