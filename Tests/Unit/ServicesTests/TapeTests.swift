// Recordings: what was on the wire comes back without a network, and no secret is in the file.

import Base
import CommonHarness
import Glibc
import PluginABI
import Testing
import Vox
import WebSocket

@testable import Services

struct TapeTests {
  let services: Services
  private let scratch = Scratch()
  private var path: String { scratch.file("tape") }
  private let clock = SystemClock()

  init() throws { services = try Services.make() }

  private func text() -> String {
    let file = open(path, O_RDONLY)
    defer { Glibc.close(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = Glibc.read(file, &bytes, bytes.count)
    return String(decoding: bytes[..<max(count, 0)], as: UTF8.self)
  }

  /// A recorded conversation replays event for event with no peer there, and masks every form of the secret.
  @Test func httpRoundTrip() throws {
    let peer = Peer { line in
      while !line.request().isEmpty {
        line.say("HTTP/1.1 200 OK\r\nSet-Cookie: c=1\r\nX-A: b\r\nContent-Length: 10\r\n\r\ndata: ")
        usleepBriefly()
        line.say([0, 0xFF, 0x0A, 0x0A])
      }
    }
    let secret = "s3cr3t/key"
    let recorder = Plugin(
      services, secrets: [secret], tape: try Tape.recording(to: path, secrets: [secret], clock: clock), allowing: [peer.url])
    _ = recorder.request(
      peer.url + "/v1/x?key=s3cr3t%2Fkey", token: 1, method: "POST",
      headers: [("Authorization", "Basic abc"), ("X-Other", "a \(secret) b")],
      body: "{\"k\":\"\(secret)\"}")
    #expect(recorder.end(1) == .done)
    let file = text()
    #expect(!file.contains("s3cr3t"))
    #expect(!file.contains("Basic abc"))
    #expect(!file.contains("c=1"))
    let tape = try Tape.replaying(path, clock: clock)
    let player = Plugin(services, tape: tape, allowing: ["http://elsewhere.invalid"])
    #expect(tape.left == 1)
    _ = player.request("http://elsewhere.invalid/v1/x?key=none", token: 1, method: "POST")
    #expect(player.end(1) == .done)
    #expect(player.body(1) == recorder.body(1))
    guard case .head(200, let headers) = player.events(1).first else { return _ = Issue.record("\(player.events(1))") }
    #expect(headers["x-a"] == "b")
    #expect(tape.left == 0)
    _ = player.request("http://elsewhere.invalid/v1/x", token: 2, method: "POST")
    #expect(player.end(2) == .failed(.invalid, "not_recorded", .none))
  }

  /// Failures replay as the failures they were.
  @Test func failures() throws {
    let peer = Peer { line in
      _ = line.request()
      line.say("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort")
    }
    let recorder = Plugin(services, tape: try Tape.recording(to: path, secrets: [], clock: clock), allowing: [peer.url])
    _ = recorder.request(peer.url, token: 1)
    #expect(recorder.end(1) == .failed(.unavailable, "truncated", .maybe))
    let player = Plugin(services, tape: try Tape.replaying(path, clock: clock), allowing: [peer.url])
    _ = player.request(peer.url, token: 1)
    #expect(player.end(1) == .failed(.unavailable, "truncated", .maybe))
    #expect(player.body(1) == Array("short".utf8))
  }

  /// A recorded WebSocket answers what is sent to it with what came then, after as many messages as then.
  @Test func socketRoundTrip() throws {
    let peer = Peer { line in
      let end = ServerEnd(line, extra: "X-Request-Id: r\r\n")
      for i in 0..<3 where end.next() != nil { end.send(i == 1 ? .binary : .text, Array("answer \(i)".utf8)) }
      end.send(.close, CloseCode.payload(4000, "over"))
      _ = end.next()
    }
    let recorder = Plugin(services, tape: try Tape.recording(to: path, secrets: [], clock: clock), allowing: [peer.url])
    _ = recorder.connect(peer.socketURL + "/listen", token: 1)
    for i in 0..<3 {
      #expect(recorder.send("question", token: 1) == vox_status(VOX_OK))
      recorder.wait { recorder.events(1).count >= i + 2 }
    }
    #expect(recorder.end(1) == .closed(4000, "over"))
    let player = Plugin(services, tape: try Tape.replaying(path, clock: clock), allowing: ["http://elsewhere.invalid"])
    _ = player.connect("ws://elsewhere.invalid/listen", token: 1)
    player.wait { player.events(1).count == 1 }
    for i in 0..<3 {
      #expect(player.events(1).count == i + 1)
      #expect(player.send("question", token: 1) == vox_status(VOX_OK))
      player.wait { player.events(1).count >= i + 2 }
    }
    #expect(player.end(1) == .closed(4000, "over"))
    #expect(player.events(1) == recorder.events(1))
  }

  /// A file that is no recording is refused with the line.
  @Test func damaged() throws {
    try scratch.write("tape", "{\"id\":1}\nx\n")
    #expect(throws: Problem.self) { try Tape.replaying(path, clock: clock) }
  }

  /// Base64 comes back as it was, and what is none is refused.
  @Test(arguments: 0..<10)
  func base64(count: Int) {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 77) }
    #expect(Base64.decode(Base64.encode(bytes)) == bytes)
    #expect(Base64.decode("a") == nil)
    #expect(Base64.decode("****") == nil)
  }
}
