// Commands and a host talk over a real socket.

import Terminal
import Testing
import Vox

@Suite struct ControlClientTests {
  /// The same request gets the same answer over the control socket and over TCP, body and key included.
  @Test func asksOverBothKindsOfSocket() throws {
    let host = try ScriptedHost { $0.path == "/echo" ? .json(201, ["got": .string($0.body)]) : nil }
    for address in [Address.unix(host.socket), .tcp("127.0.0.1", host.port)] {
      let reply = try ControlClient(address).send("POST", "/echo", ["a": 1], bearer: "key\n")
      #expect(reply.status == 201)
      #expect(reply.json["got"] == "{\"a\":1}")
    }
    let expected = ScriptedHost.Request(method: "POST", path: "/echo", body: "{\"a\":1}", authorization: "Bearer key")
    #expect(host.requests == [expected, expected])
  }

  /// Where nobody listens the error says so and names the place.
  @Test(arguments: [
    Address.unix("/tmp/patchbay-no-such/control.sock"), .unix("/" + String(repeating: "x", count: 200)), .tcp("127.0.0.1", 1),
  ])
  func noticesThatNobodyListens(address: Address) {
    let error = #expect(throws: ControlError.self) { try ControlClient(address).get("/") }
    #expect(error?.kind == .nobody)
    #expect(error?.sentence.contains(address.description) == true)
  }

  /// A host that takes the request and never answers costs the deadline and no more.
  @Test func givesUpOnASilentHost() throws {
    let host = try ScriptedHost { _ in .silence }
    let error = #expect(throws: ControlError.self) { try ControlClient(.unix(host.socket)).get("/", deadlineMs: 50) }
    #expect(error?.kind == .late)
  }

  /// What is no HTTP is an error, not an empty answer.
  @Test func refusesOtherProtocols() throws {
    let host = try ScriptedHost { _ in .raw("220 mail.example ESMTP\r\n\r\n") }
    let error = #expect(throws: ControlError.self) { try ControlClient(.unix(host.socket)).get("/") }
    #expect(error?.kind == .broken)
  }

  /// Events arrive one by one; the end of the stream is told apart from a wait.
  @Test func followsAStream() throws {
    let host = try ScriptedHost { .events(["1", "2"], staysOpen: $0.path == "/open") }
    let stream = try ControlClient(.unix(host.socket)).events("/closed")
    #expect(try stream.next(.after(ms: 5000))?.data == "1")
    #expect(try stream.next(.after(ms: 5000)) == ServerEvent(name: "fact", data: "2"))
    #expect(try stream.next(.after(ms: 5000)) == nil)
    let open = try ControlClient(.unix(host.socket)).events("/open")
    #expect(try open.next(.after(ms: 5000))?.data == "1")
    #expect(try open.next(.after(ms: 5000))?.data == "2")
    let error = #expect(throws: ControlError.self) { try open.next(.after(ms: 30)) }
    #expect(error?.kind == .late)
  }

  /// A stream that is refused is an error with the host's status.
  @Test func noticesARefusedStream() throws {
    let host = try ScriptedHost()
    let error = #expect(throws: ControlError.self) { try ControlClient(.unix(host.socket)).events("/v1/calls/none/events") }
    #expect(error?.sentence.contains("404") == true)
  }

  /// The reason of a refusal is found in every form that hosts and plugins use.
  @Test func readsComplaints() throws {
    let host = try ScriptedHost {
      switch $0.path {
      case "/a": .json(400, ["error": "first"])
      case "/b": .json(400, ["error": ["message": "second"]])
      default: .text(500, "<html>")
      }
    }
    let client = ControlClient(.unix(host.socket))
    #expect(try client.get("/a").complaint == "first")
    #expect(try client.get("/b").complaint == "second")
    #expect(try client.get("/c").complaint == "it answered with status 500")
  }
}
