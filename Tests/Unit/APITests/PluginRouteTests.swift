// Routes that plugins make: who gets them, what plugin and peer are told.

import API
import Foundation
import Loader
import PluginABI
import PluginKit
import Synchronization
import Testing
import Vox

@Suite(.serialized) struct PluginRouteTests {
  private static let page: JSONValue = ["path": "/public/page"]

  /// A page: the plugin is told the public URL whatever the Host header says, and its answer comes back without the headers
  /// that belong to the connection.
  @Test func page() async throws {
    try await Rig.run(publicURL: "https://calls.example.com/") { rig in
      try await rig.lobby("lobby", grants: ["/page"], [Self.page, ["path": "/own"]])
      let peer = try await rig.connect()
      let reply = try await peer.request("GET", "/page?a=b%20c", headers: ["x-test": "seen", "host": "evil.example"])
      #expect(reply.status == 200)
      #expect(reply.text == "GET https://calls.example.com/page?a=b%20c ")
      #expect(reply.headers["x-seen"] == "seen" && reply.headers["content-type"] == "text/plain")
      #expect(reply.headers["connection"] == nil)
      // The connection serves the next request.
      #expect(try await peer.request("GET", "/providers/lobby/own").text == "GET https://calls.example.com/providers/lobby/own ")
      let head = try await peer.request("HEAD", "/page")
      #expect(head.status == 200 && head.headers["content-length"] == "35")
      let post = try await peer.request("POST", "/page", body: [])
      #expect(post.status == 405 && post.headers["allow"] == "GET")
      for unknown in ["/public/page", "/own", "/page/", "/providers/lobby/page", "/providers/other/own"] {
        #expect(try await peer.request("GET", unknown).status == 404, "\(unknown)")
      }
    }
  }

  /// Without a public URL the host's own address stands in for it.
  @Test func defaultURL() async throws {
    try await Rig.run { rig in
      try await rig.lobby("lobby", grants: ["/page"], [Self.page])
      #expect(try await rig.connect().request("GET", "/page").text == "GET http://127.0.0.1:\(rig.port)/page ")
    }
  }

  /// What is not granted, taken or malformed is refused with a sentence in the log.
  @Test func refusals() async throws {
    try await Rig.run { rig in
      let first = try await rig.lobby(
        "first", grants: ["/page", "/v1/x"],
        [
          Self.page, ["path": "/public/other"], ["path": "/public/v1/x"], ["path": "/a/../b"], ["path": "/big", "max_body": 2_000_000],
          ["path": "/m", "method": "BAD METHOD"], ["path": "/ok"],
        ])
      #expect(first.state.withLock { $0.granted.filter(\.value).keys.sorted() } == ["/ok", "/public/page"])
      let second = try await rig.lobby("second", grants: ["/page"], [Self.page, ["path": "/ok"]])
      #expect(second.state.withLock { $0.granted } == ["/public/page": false, "/ok": true])
      try await until("the log says whose it is") { rig.lines.contains { $0.contains("'/page'") && $0.contains("first") } }
      try await until("the log says what to do") { rig.lines.contains { $0.contains("'/other'") && $0.contains("public_routes") } }
      // The same path for another method is a route of its own.
      #expect(first.server.route(first.port, method: "POST", path: "/public/page", token: 9))
      #expect(!first.server.route(first.port, method: "POST", path: "/public/page", token: 9))
    }
  }

  /// A route for commands answers at the control socket, and is unknown to the network.
  @Test func controlRoutes() async throws {
    try await Rig.run { rig in
      let lobby = try await rig.lobby(
        "lobby", grants: ["/x"],
        [["path": "/dial", "control": true], ["path": "/public/x", "control": true], ["path": "/y", "control": true, "socket": true]])
      #expect(lobby.state.withLock { $0.granted } == ["/dial": true, "/public/x": false, "/y": false])
      #expect(try await rig.command().request("GET", "/providers/lobby/dial").status == 200)
      #expect(try await rig.connect().request("GET", "/providers/lobby/dial").status == 404)
    }
  }

  /// Bodies up to the route's bound reach the plugin; longer ones are answered 413, whether they say their length or not.
  @Test func bodies() async throws {
    try await Rig.run { rig in
      try await rig.lobby("lobby", [["path": "/up", "method": "POST", "max_body": 50_000], ["path": "/none", "method": "POST"]])
      let body = (0..<50_000).map { _ in UInt8(ascii: "x") }
      let fits = try await rig.connect().request("POST", "/providers/lobby/up", body: body)
      #expect(fits.text.hasSuffix(" " + String(decoding: body, as: UTF8.self)))
      #expect(try await rig.connect().request("POST", "/providers/lobby/up", body: body + [0]).status == 413)
      #expect(try await rig.connect().request("POST", "/providers/lobby/none", body: [0]).status == 413)
      #expect(try await rig.connect().request("POST", "/providers/lobby/none", body: []).status == 200)
      let chunked = try await rig.connect()
      try await chunked.send("POST /providers/lobby/none HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n")
      #expect(await chunked.reply()?.status == 413)
    }
  }

  /// A plugin that does not answer costs its peer the route's timeout and a 503; its late answer goes nowhere.
  @Test func timeout() async throws {
    try await Rig.run { rig in
      let lobby = try await rig.lobby("lobby", [["path": "/silent", "timeout_ms": 50], ["path": "/slow/silent", "timeout_ms": 60_000]])
      let reply = try await rig.connect().request("GET", "/providers/lobby/silent")
      #expect(reply.status == 503)
      #expect(try JSONValue(parsing: reply.text)["error"]?["class"]?.string == "timeout")
      lobby.state.withLock { $0.requests }.first?.respond(status: 200)

      // An answer from another thread, later, completes the request; a second one is stale.
      async let slow = rig.connect().request("GET", "/providers/lobby/slow/silent")
      try await until("the plugin was asked") { lobby.state.withLock { $0.requests.count } == 2 }
      let request = try #require(lobby.state.withLock { $0.requests.last })
      request.respond(status: 204)
      request.respond(status: 500)
      #expect(try await slow.status == 204)
    }
  }

  /// A provider that stops answers its waiting requests 503, loses its routes and closes its sockets; the path is free again.
  @Test func retirement() async throws {
    try await Rig.run { rig in
      let lobby = try await rig.lobby(
        "old", grants: ["/page", "/talk"], [Self.page, ["path": "/silent"], ["path": "/public/talk", "socket": true]])
      let socket = try await rig.socket("/talk")
      async let waiting = rig.connect().request("GET", "/providers/old/silent")
      try await until("the plugin was asked") { lobby.state.withLock { $0.requests.count } == 2 }
      let provider = try #require(rig.registry.provider("old"))
      rig.routes.retire(provider)
      #expect(try await waiting.status == 503)
      #expect(await socket.frame()?.closeCode == 1001)
      #expect(try await rig.connect().request("GET", "/page").status == 404)
      let next = try await rig.lobby("new", grants: ["/page"], [Self.page])
      #expect(next.state.withLock { $0.granted["/public/page"] } == true)
      #expect(try await rig.connect().request("GET", "/page").status == 200)
    }
  }

  /// One provider's handles are of no use to another.
  @Test func handlesBelongToTheirProvider() async throws {
    try await Rig.run { rig in
      let mine = try await rig.lobby("mine", grants: ["/talk"], [["path": "/silent"], ["path": "/public/talk", "socket": true]])
      let other = try await rig.lobby("other", [])
      let foreign = try await rig.session("other")
      #expect(!other.server.route(mine.port, path: "/x", token: 1))
      let socket = try await rig.socket("/talk")
      #expect(other.sockets.send(mine.port.handle, 1, text: "intruder") == .stale)
      #expect(!other.sockets.adopt(mine.port.handle, 1, by: foreign.port.handle))
      #expect(!mine.sockets.adopt(mine.port.handle, 1, by: foreign.port.handle))
      #expect(mine.sockets.send(mine.port.handle, 1, text: "host") == .ok)
      #expect(await socket.frame() == .text("host"))
    }
  }
}
