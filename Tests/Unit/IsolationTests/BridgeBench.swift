// The two ends of the services' bridges, with a socket between them and no plugin.

import Glibc
import PluginABI
import Synchronization
import Testing
import Vox

@testable import Isolation

/// A link whose calls a thread carries out on a desk. The worker is a real process that does nothing.
final class BridgeBench: @unchecked Sendable {
  private let desk = ServiceDesk()
  private let worker: WorkerProcess?
  private let link: ServiceLink
  private let near: ControlSocket
  private let far: ControlSocket
  private let ear = Ear()
  private let host = UnsafeMutablePointer<vox_host_v0>.allocate(capacity: 1)

  init(_ services: FakeServices) {
    var ends: [Int32] = [0, 0]
    socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0, &ends)
    (near, far) = (ControlSocket(ends[0]), ControlSocket(ends[1]))
    link = ServiceLink(near)
    worker = try? WorkerProcess(WorkerOrder(program: Fixtures.program, arguments: [], libraryPath: Fixtures.worker))
    ear.services = services
    host.initialize(
      to: vox_host_v0(
        struct_size: UInt32(MemoryLayout<vox_host_v0>.size), abi: UInt32(VOX_ABI_DRAFT), ctx: Unmanaged.passRetained(ear).toOpaque(),
        emit: nil, now: nil, log: nil, timer: nil,
        service: { context, id in
          context.flatMap { Unmanaged<Ear>.fromOpaque($0).takeUnretainedValue().services?.table(id.pointee.string) }
        }))
    for bridge in ServiceBridges.all {
      var packer = Packer()
      packer.number(bridge.number)
      _ = desk.offers(packer.bytes, host)
    }
  }

  deinit { worker?.end(.killed) }

  var isBreached: Bool {
    guard let worker else { return false }
    // It was killed for what it wrote: the process ends.
    while !worker.reap() { sched_yield() }
    if case .breach = worker.crash?.cause { return true }
    return false
  }

  func perform(_ bytes: [UInt8]) -> vox_status { worker.map { desk.perform(bytes, of: $0) } ?? -1 }

  /// Carries out one call of the link that waits, and brings its answer.
  private func serve() {
    var wait = pollfd(fd: far.descriptor, events: Int16(POLLIN), revents: 0)
    guard poll(&wait, 1, 10_000) > 0, let message = try? far.receive() else { return }
    var packer = Packer()
    let status = message.kind == .service ? desk.offers(message.payload, host) : perform(message.payload)
    packer.number(UInt64(UInt32(bitPattern: status)))
    link.answered(Message(kind: .answer, id: message.id, payload: packer.bytes, descriptors: []))
  }

  /// Runs a call on a thread of its own, as a plugin does, and serves it here.
  private func call(_ body: @escaping @Sendable () -> vox_status) -> vox_status {
    let answer = Answer<vox_status>()
    let thread = Box { answer.bring(body()) }
    var id = pthread_t()
    pthread_create(
      &id, nil,
      { context in
        if let context { Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body() }
        return nil
      }, Unmanaged.passRetained(thread).toOpaque())
    pthread_detach(id)
    serve()
    return answer.wait()
  }

  private final class Box: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  private func table<T>(_ bridge: any ServiceBridge.Type, as type: T.Type) -> T { bridge.table(link).load(as: type) }

  func callEverything() throws {
    nonisolated(unsafe) let http = table(HTTPBridge.self, as: vox_http_v0.self)
    nonisolated(unsafe) let webSocket = table(WebSocketBridge.self, as: vox_websocket_v0.self)
    nonisolated(unsafe) let sockets = table(SocketBridge.self, as: vox_socket_v0.self)
    nonisolated(unsafe) let state = table(StateBridge.self, as: vox_state_v0.self)
    let calls: [@Sendable () -> vox_status] = [
      { Self.request(http) }, { http.read?(http.ctx, 1, 2, 512) ?? -1 }, { http.cancel?(http.ctx, 1, 2) ?? -1 },
      { Self.with("https://a.example") { http.warm?(http.ctx, $0, 3) ?? -1 } }, { Self.connect(webSocket) },
      { Self.with("sound") { sockets.send?(sockets.ctx, 1, 4, 1, $0) ?? -1 } }, { sockets.adopt?(sockets.ctx, 1, 4, 9) ?? -1 },
      { Self.with("bye") { sockets.close?(sockets.ctx, 9, 4, 1000, $0) ?? -1 } },
      { Self.with("key") { state.get?(state.ctx, 1, 2, $0) ?? -1 } },
      { Self.with("key") { key in Self.with("value") { state.put?(state.ctx, 1, 3, key, $0, .max) ?? -1 } } },
      { Self.with("name") { state.lease?(state.ctx, 1, $0, 5000) ?? -1 } },
      { Self.with("name") { state.release?(state.ctx, 1, $0) ?? -1 } },
    ]
    for body in calls { #expect(call(body) == vox_status(VOX_OK)) }
  }

  private static func with(_ text: String, _ body: (UnsafePointer<vox_view>) -> vox_status) -> vox_status {
    withView(text) { view in withUnsafePointer(to: view) { body($0) } }
  }

  private static func withHeaders(_ body: (UnsafePointer<vox_pair>?) -> vox_status) -> vox_status {
    withView("abcd") { text in
      func letter(_ i: Int) -> vox_view { vox_view(ptr: text.ptr.map { $0 + i }, len: 1) }
      let pairs = [vox_pair(name: letter(0), value: letter(1)), vox_pair(name: letter(2), value: letter(3))]
      return pairs.withUnsafeBufferPointer { body($0.baseAddress) }
    }
  }

  private static func request(_ http: vox_http_v0) -> vox_status {
    with("PUT") { method in
      with("https://a.example/x") { url in
        with("body") { body in
          withHeaders { headers in
            var r = vox_http_request(
              struct_size: UInt32(MemoryLayout<vox_http_request>.size), nheaders: 2, method: method.pointee, url: url.pointee,
              headers: headers, body: body.pointee, connect_ms: 1, first_byte_ms: 2, stall_ms: 3, total_ms: 4, credit: 5, zero: 0)
            return http.request?(http.ctx, 1, 2, &r) ?? -1
          }
        }
      }
    }
  }

  private static func connect(_ webSocket: vox_websocket_v0) -> vox_status {
    with("wss://a.example") { url in
      withHeaders { headers in
        var r = vox_websocket_request(
          struct_size: UInt32(MemoryLayout<vox_websocket_request>.size), nheaders: 2, url: url.pointee, headers: headers, connect_ms: 6,
          ping_ms: 7, max_message: 8, zero: 0)
        return webSocket.connect?(webSocket.ctx, 1, 4, &r) ?? -1
      }
    }
  }
}
