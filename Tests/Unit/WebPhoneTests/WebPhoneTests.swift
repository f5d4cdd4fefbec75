// Calls through the web phone's library, seen from both ends: the host's session and the phone's socket.

import PluginABI
import PluginHarness
import Testing
import Vox

@Suite struct WebPhoneTests {
  private static let socketPath = "/public/phone/socket"

  /// The page is one document that loads nothing from anywhere and carries the operator's title, harmless whatever it is.
  @Test func pageIsServed() throws {
    let lab = try PluginLab("WebPhone", settings: ["title": "Smith & <b>Sons"])
    let page = try #require(lab.host.web.request("GET", "/public/phone"))
    #expect(page.status == 200)
    #expect(page.headers["content-type"] == "text/html; charset=utf-8")
    #expect(page.headers["content-security-policy"]?.hasPrefix("default-src 'none'") == true)
    #expect(page.text.contains("<title>Smith &amp; &lt;b&gt;Sons</title>"))
    #expect(!page.text.contains("{{"))
    #expect(page.text.contains("registerProcessor(\"phone\""))
    #expect(!page.text.contains("src=\"http") && !page.text.contains("url(http"))
    lab.close()
  }

  /// A host without the services is told which ones are missing.
  @Test func missingServicesAreNamed() throws {
    let refusal = #expect(throws: PluginLab.Refusal.self) { try PluginLab("WebPhone", services: false) }
    #expect(refusal?.description.contains(VOX_SERVICE_HTTP_SERVER) == true, "\(refusal?.description ?? "")")
  }

  /// A phone that asks for a call rings, is answered, and is heard in frames of 20 ms however its messages are cut.
  @Test func callerIsHeard() throws {
    let (lab, socket, session) = try call()
    #expect(lab.host.events.first { $0.kind == .offer }?.json["to"] == "clinic")
    #expect(socket.texts("answered").count == 1)
    let samples = (0..<1_600).map { Int16($0) }
    for part in [0..<100, 100..<420, 420..<740, 740..<1_600] { socket.send(binary: bytes(Array(samples[part]))) }
    let line = session.events(.lineAudio)
    #expect(line.flatMap(\.samples) == samples)
    #expect(line.allSatisfy { $0.samples.count == 320 && $0.rate == 16_000 })
    socket.send(["type": "dtmf", "digit": "5"])
    #expect(session.events(.dtmf).map(\.text) == ["5"])
    lab.finish(session)
  }

  /// Sound may gather with other calls' while the phone has 40 ms to play; the first of a speech, and what comes after a gap, leaves at once.
  @Test func soundLeavesInTime() throws {
    let (lab, socket, session) = try call()
    let before = socket.mayWait.count
    let speech = session.start(OpKind.speak)
    var position: UInt64 = 0
    func push(_ frames: Int) {
      for _ in 0..<frames {
        session.push([Int16](repeating: 1, count: 320), to: speech, position: position)
        position += 320
      }
    }
    push(4)
    lab.host.advance(ms: 60)
    push(1)
    lab.host.advance(ms: 20)
    push(2)
    #expect(Array(socket.mayWait[before...]) == [false, false, true, true, false, false, true])
    lab.finish(session)
  }

  /// The agent's speech reaches the phone byte for byte, with a mark every 200 ms whose echo is the exact played position.
  @Test func agentIsPlayedExactly() throws {
    let (lab, socket, session) = try call()
    let speak = session.start(OpKind.speak)
    let speech = (0..<6_720).map { Int16($0) }
    for at in stride(from: 0, to: speech.count, by: 320) { session.push(Array(speech[at..<(at + 320)]), to: speak) }
    session.finalize(speak)
    let sent: [[UInt8]] = socket.received.compactMap { if case .binary(let sound) = $0 { sound } else { nil } }
    #expect(Array(sent.joined()) == bytes(speech))
    let marks = socket.texts("mark")
    #expect(marks.count == 3)
    socket.send(marks[0])
    socket.send(marks[1])
    #expect(session.events(.played).map(\.position) == [3_200, 6_400])
    #expect(session.terminal(speak) == nil)
    socket.send(marks[2])
    #expect(session.terminal(speak)?.json == ["played": 6_720])
    lab.finish(session)
  }

  /// Barge-in: the phone is cleared at once, and what it says it threw away gives the exact position.
  @Test func interruptionIsExact() throws {
    let (lab, socket, session) = try call()
    let speak = session.start(OpKind.speak)
    for _ in 0..<10 { session.push([Int16](repeating: 1, count: 320), to: speak) }
    session.cancel(speak)
    #expect(socket.texts("clear").count == 1)
    #expect(session.terminal(speak) == nil)
    #expect(session.push([1], to: speak) == .stale)
    socket.send(["type": "cleared", "dropped": 1_000])
    #expect(session.terminal(speak)?.kind == .cancelled)
    #expect(session.terminal(speak)?.position == 2_200)
    lab.finish(session)
  }

  /// A phone that does not answer a clear is taken at its last mark, in time.
  @Test func silentPhoneIsInterrupted() throws {
    let (lab, socket, session) = try call()
    let speak = session.start(OpKind.speak)
    for _ in 0..<30 { session.push([Int16](repeating: 1, count: 320), to: speak) }
    socket.send(try #require(socket.texts("mark").first))
    session.cancel(speak)
    lab.host.advance(ms: 249)
    #expect(session.terminal(speak) == nil)
    lab.host.advance(ms: 1)
    #expect(session.terminal(speak)?.position == 3_200)
    socket.send(["type": "cleared", "dropped": 5])
    lab.finish(session)
  }

  /// A host that closes in the middle of a speech is told how much of it was heard, before CLOSED.
  @Test func closeTellsWhatWasHeard() throws {
    let (lab, socket, session) = try call()
    let speak = session.start(OpKind.speak)
    for _ in 0..<30 { session.push([Int16](repeating: 1, count: 320), to: speak) }
    socket.send(try #require(socket.texts("mark").first))
    session.close()
    #expect(session.terminal(speak)?.kind == .cancelled)
    #expect(session.terminal(speak)?.position == 3_200)
    #expect(session.events().last?.kind == .closed)
    lab.finish(session)
  }

  /// A phone that lies about marks and clears gains nothing: no position beyond what was sent ever comes out.
  @Test func liesAreIgnored() throws {
    let (lab, socket, session) = try call()
    let speak = session.start(OpKind.speak)
    for _ in 0..<10 { session.push([Int16](repeating: 1, count: 320), to: speak) }
    for name in ["1:999999", "2:3200", "1:", ":", "x", "1:-5", "1:18446744073709551615"] {
      socket.send(["type": "mark", "name": .string(name)])
    }
    socket.send(["type": "cleared", "dropped": 5])
    for text in ["", "{", "[]", "null", #"{"type":7}"#, #"{"type":"dtmf","digit":"Z"}"#, String(repeating: "[", count: 5_000)] {
      socket.send(text: text)
    }
    #expect(session.events(.played).isEmpty && session.events(.dtmf).isEmpty && session.terminal(speak) == nil)
    session.cancel(speak)
    socket.send(["type": "cleared", "dropped": -7])
    #expect(session.terminal(speak)?.position == 3_200)
    lab.finish(session)
  }

  /// A socket without room pushes back on the host, asks again, and loses neither sound nor a message.
  @Test func slowNetworkPushesBack() throws {
    let (lab, socket, session) = try call()
    let speak = session.start(OpKind.speak)
    socket.setRoom(1)
    let frame = [Int16](repeating: 3, count: 320)
    #expect(session.push(frame, to: speak) == .ok)
    #expect(session.push(frame, to: speak) == .wouldBlock)
    session.start(OpKind.caption, text: "hello", body: ["speaker": "agent", "final": true])
    #expect(session.push(frame, to: speak) == .wouldBlock)
    socket.setRoom(100)
    session.resume()
    #expect(socket.texts("transcript").map { $0["text"] } == ["hello"])
    #expect(session.events(.resume, op: speak).count == 1)
    #expect(session.push(frame, to: speak) == .ok)
    lab.finish(session)
  }

  /// A phone that sends more sound than time passes is held to a second ahead, and what is lost is marked as lost.
  @Test func floodIsBounded() throws {
    let (lab, socket, session) = try call()
    let frame = bytes([Int16](repeating: 1, count: 320))
    for _ in 0..<200 { socket.send(binary: frame) }
    #expect(session.events(.lineAudio).count == 50)
    lab.host.advance(ms: 40)
    socket.send(binary: frame)
    #expect(session.events(.lineAudio).last?.flags == UInt16(VOX_AUDIO_LOST_BEFORE))
    lab.finish(session)
  }

  /// Sound that is no sound (an odd number of bytes, a megabyte) ends the call instead of the host.
  @Test(arguments: [3, 6_402, 1_000_000]) func nonsenseEndsTheCall(_ count: Int) throws {
    let (lab, socket, session) = try call()
    socket.send(binary: [UInt8](repeating: 0, count: count))
    #expect(socket.closeCode == 1_003)
    #expect(session.events(.leg).last?.cause == .hangUp)
    lab.finish(session)
  }

  /// However the phone leaves, the host hears of it once, and every speech ends with what was heard of it.
  @Test(arguments: [true, false]) func phoneHangsUp(_ politely: Bool) throws {
    let (lab, socket, session) = try call()
    let speak = session.start(OpKind.speak)
    session.push([Int16](repeating: 1, count: 320), to: speak)
    if politely { socket.send(["type": "hangup"]) } else { socket.close() }
    #expect(session.events(.leg).map(\.cause) == [.hangUp])
    #expect(session.terminal(speak)?.kind == .cancelled)
    #expect(session.events(.usage).map(\.name) == ["leg_ms"])
    lab.finish(session)
  }

  /// When the host hangs up, the phone is told and the socket closed normally.
  @Test func hostHangsUp() throws {
    let (lab, socket, session) = try call()
    lab.finish(session)
    #expect(socket.texts("hangup").count == 1)
    #expect(socket.closeCode == 1_000)
  }

  /// A caller whom nobody answers is told so; one who leaves while it rings is withdrawn.
  @Test func unansweredCallsEnd() throws {
    let lab = try PluginLab("WebPhone", settings: ["ring_ms": 2_000])
    let waiting = try #require(lab.host.web.connect(Self.socketPath))
    waiting.send(["type": "start"])
    let leaving = try #require(lab.host.web.connect(Self.socketPath))
    leaving.send(["type": "start", "to": "7"])
    leaving.close()
    let offers = lab.host.events.filter { $0.kind == .offer }.map { $0.json["id"]?.string ?? "" }
    #expect(lab.host.events.filter { $0.kind == .offerGone }.map(\.text) == [offers[1]])
    #expect(throws: PluginLab.Refusal.self) { try lab.open(.telephony, offer: offers[1]) }
    lab.host.advance(ms: 2_000)
    #expect(waiting.texts("hangup").first?["reason"] == "no answer")
    #expect(waiting.closeCode == 1_013)
    #expect(lab.host.events.filter { $0.kind == .offerGone }.count == 2)
    lab.close()
  }

  /// A page of another site may not call unless the operator allows it; a program without an origin may.
  @Test func foreignPagesAreRefused() throws {
    let lab = try PluginLab("WebPhone", settings: ["origins": ["https://friend.example"]])
    for (origin, isWelcome) in [
      ("https://evil.example", false), ("https://friend.example", true), ("http://127.0.0.1", true), ("null", false),
    ] {
      #expect((lab.host.web.connect(Self.socketPath, headers: ["Origin": origin]) != nil) == isWelcome, "\(origin)")
    }
    lab.close()
  }

  /// Beyond the operator's limit a phone is refused before it becomes a call.
  @Test func callsAreLimited() throws {
    let lab = try PluginLab("WebPhone", settings: ["max_calls": 2])
    #expect(lab.host.web.connect(Self.socketPath) != nil)
    let second = lab.host.web.connect(Self.socketPath)
    #expect(lab.host.web.connect(Self.socketPath) == nil)
    second?.close()
    #expect(lab.host.web.connect(Self.socketPath) != nil)
    lab.close()
  }

  // MARK: both ends of a call

  private func call() throws -> (PluginLab, FakeSocket, LabSession) {
    let lab = try PluginLab("WebPhone")
    let socket = try #require(lab.host.web.connect(Self.socketPath))
    socket.send(["type": "start", "to": "clinic"])
    let offer = try #require(lab.host.events.first { $0.kind == .offer })
    let session = try lab.open(.telephony, offer: offer.json["id"]?.string ?? "")
    let answer = session.start(OpKind.answer)
    #expect(session.terminal(answer)?.json == ["rate": 16_000])
    return (lab, socket, session)
  }

  private func bytes(_ samples: [Int16]) -> [UInt8] { samples.withUnsafeBytes(Array.init) }
}
