// The host's services as a plugin in a worker finds them.

import Base
import Glibc
import Loader
import PluginABI
import Synchronization
import Testing
import Vox

@testable import Isolation

@Suite struct ServiceTests {
  private func serving(_ services: FakeServices) throws -> Rig { try Rig(settings: ["at": "routes"], services: services) }

  /// A request of a peer, as the HTTP server delivers it.
  private func ask(_ rig: Rig, _ token: UInt64, request: vox_handle, body: String, isSocket: Bool = false) -> vox_status {
    withView("POST") { method in
      withView("https://example.com/page") { url in
        withView(body) { body in
          withView("x-test") { name in
            withView("seen") { value in
              let pair = vox_pair(name: name, value: value)
              return withUnsafePointer(to: pair) { pair in
                var e = vox_ev_route()
                e.h = Layout.head(vox_ev_route.self, .routeRequest, target: Rig.account)
                e.token = token
                e.request = request
                e.flags = isSocket ? UInt32(VOX_ROUTE_SOCKET) : 0
                e.nheaders = 1
                (e.method, e.url, e.body, e.headers) = (method, url, body, pair)
                return withUnsafePointer(to: &e) { e in
                  e.withMemoryRebound(to: vox_event.self, capacity: 1) { rig.library.table.pointee.deliver?(rig.accountContext, $0) ?? -1 }
                }
              }
            }
          }
        }
      }
    }
  }

  /// A plugin in a worker makes its routes, is asked, and answers with headers and a body of every length.
  @Test(arguments: [0, 10, 100_000]) func routes(_ length: Int) throws {
    let services = FakeServices()
    let rig = try serving(services)
    defer { rig.stop() }
    #expect(services.calls == ["route POST /page 0 1000 2000", "route POST /socket 1 1000 2000"])
    let body = String(repeating: "b", count: length)
    #expect(ask(rig, try #require(services.token("/page")), request: 77, body: body) == vox_status(VOX_OK))
    #expect(services.waitFor("respond 77 201 x-test=seen \(body)"))
  }

  /// A socket is accepted and spoken to, and the plugin is told whether there was room.
  @Test(arguments: [vox_status(VOX_OK), vox_status(VOX_WOULD_BLOCK)]) func sockets(_ status: vox_status) throws {
    let services = FakeServices()
    let rig = try serving(services)
    defer { rig.stop() }
    services.answer.withLock { $0 = status }
    #expect(ask(rig, try #require(services.token("/socket")), request: 78, body: "", isSocket: true) == vox_status(VOX_OK))
    #expect(services.waitFor("send \(Rig.account) 5 0 hello"))
    #expect(rig.ear.wait { _, log in log.contains("sent with status \(status)") })
  }

  /// What a dead worker had open is closed; its routes stay, and the next worker answers on them under tokens of its own.
  @Test func death() throws {
    let services = FakeServices()
    let rig = try serving(services)
    defer { rig.stop() }
    #expect(ask(rig, try #require(services.token("/socket")), request: 78, body: "", isSocket: true) == vox_status(VOX_OK))
    #expect(services.waitFor("send \(Rig.account) 5 0 hello"))
    let session = try #require(rig.open())
    session.start("fail segv")
    #expect(services.waitFor("close \(Rig.account) 5 1012 with a reason"))
    session.destroy()
    // Whoever asks meanwhile waits for the next worker.
    #expect(ask(rig, try #require(services.token("/page")), request: 79, body: "again") == vox_status(VOX_OK))
    #expect(services.waitFor("respond 79 201 x-test=seen again"))
    #expect(services.calls.filter { $0.hasPrefix("route") }.count == 2)
  }

  /// A host without services answers as such, and the plugin is told.
  @Test func none() throws {
    let rig = try Rig(settings: ["at": "routes"])
    defer { rig.stop() }
    #expect(rig.accountContext == nil)
  }

  /// Every function of every service arrives with what it was called with, across the two ends of its bridge.
  @Test func bridges() throws {
    let services = FakeServices()
    let bench = BridgeBench(services)
    try bench.callEverything()
    #expect(
      services.calls == [
        "request 1 2 PUT https://a.example/x a=b,c=d body [1, 2, 3, 4, 5]", "read 1 2 512", "cancel 1 2", "warm https://a.example 3",
        "connect 1 4 wss://a.example a=b,c=d 6 7 8", "send 1 4 1 sound", "adopt 1 4 9", "close 9 4 1000 with a reason", "get 1 2 key",
        "put 1 3 key value 18446744073709551615", "lease 1 name 5000", "release 1 name",
      ])
  }

  /// Calls that no runtime writes end the worker, and are not carried out.
  @Test func noise() throws {
    let services = FakeServices()
    let bench = BridgeBench(services)
    var random = Random(seed: 5)
    for _ in 0..<2000 {
      var bytes = (0..<Int.random(in: 0...200, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      // Half of them name a service and a function that there are.
      if Bool.random(using: &random), bytes.count >= 16 {
        for i in 0..<16 { bytes[i] = 0 }
        bytes[0] = UInt8.random(in: 1...5, using: &random)
        bytes[8] = UInt8.random(in: 1...4, using: &random)
      }
      _ = bench.perform(bytes)
    }
    #expect(bench.isBreached)
  }
}
