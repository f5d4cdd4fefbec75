// A socket over time: pings, peers that have died, closing handshakes that nobody answers. The clock is moved by the test.

import Base
import Glibc
import Loader
import Observe
import PluginKit
import Synchronization
import Testing
import WebSocket

@testable import API

@Suite(.serialized) struct SignsOfLifeTests {
  /// A socket of a lobby's account on a loop whose clock stands still.
  private final class Line {
    let clock = VirtualClock()
    let outbox: Outbox
    let slot: SocketSlot
    let connection: SocketConnection
    let lobby: LobbyAccount
    private let peer: StreamSocket

    init(_ rig: Rig) async throws {
      lobby = try await rig.lobby("lobby", [])
      let provider = try #require(rig.registry.provider("lobby"))
      var ends: [Int32] = [-1, -1]
      try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0, &ends) == 0)
      peer = StreamSocket(ends[1])
      let directory = SocketDirectory(capacity: 4, limits: UnsentLimits(most: Limits.unsentBytes, resume: Limits.resumeBytes))
      outbox = Outbox(try #require(DescriptorLoop(clock: clock)))
      slot = try #require(directory.open(1, provider.accountHandle, 7, outbox: 0))
      connection = SocketConnection(
        slot, provider, provider.accountHandle, 7, outbox, directory, SocketTraffic(Metrics()), hangUp: {})
      outbox.add(connection)
      connection.attach(StreamSocket(ends[0]))
      outbox.loop.turn()
      try await handled(1)
    }

    deinit { peer.close() }

    /// Waits until the account was told so many things and the socket knows it.
    func handled(_ count: Int) async throws {
      try await until("event \(count)") { lobby.state.withLock { $0.events.count } == count }
      // The lane runs in order: behind a timer that was set now, the mark behind the last event has passed.
      let before = lobby.state.withLock { $0.timers }
      lobby.port.timer(token: 1, at: 1)
      try await until("the lane has run") { lobby.state.withLock { $0.timers } > before }
      outbox.loop.turn()
    }

    func pass(_ ms: Int) {
      clock.move(to: clock.now.advanced(byMs: ms))
      outbox.loop.turn()
    }

    func say(_ bytes: [UInt8]) { bytes.withUnsafeBytes { #expect(peer.send($0) == .moved($0.count)) } }

    /// What has been sent to the peer since this was last asked.
    var sent: [UInt8] { hear() ?? [] }
    var isOpen: Bool { hear() != nil }

    /// Nil when the connection has been closed.
    private func hear() -> [UInt8]? {
      var bytes = [UInt8](repeating: 0, count: 4096)
      switch bytes.withUnsafeMutableBytes({ peer.receive($0) }) {
      case .moved(let count): return Array(bytes.prefix(count))
      case .blocked: return []
      case .lost: return nil
      }
    }
  }

  private static let ping: [UInt8] = [0x89, 0]

  /// Every 20 seconds the peer is asked for a sign of life; while it gives one, the socket stays open.
  @Test func pings() async throws {
    try await Rig.run { rig in
      let line = try await Line(rig)
      for _ in 0..<3 {
        #expect(line.sent == [])
        line.pass(Limits.pingMs)
        #expect(line.sent == Self.ping)
        line.say(Peer.bytes(Peer.Frame(opcode: 10, payload: [])))
        line.outbox.loop.turn()
      }
      #expect(line.isOpen)
    }
  }

  /// A peer that has given none for an interval is given up, and reads as vanished.
  @Test func deadPeer() async throws {
    try await Rig.run { rig in
      let line = try await Line(rig)
      line.pass(Limits.pingMs)
      #expect(line.isOpen)
      line.pass(Limits.pingMs)
      #expect(!line.isOpen)
      try await until("the account knows") {
        if case .closed(1006, _) = line.lobby.state.withLock({ $0.events.last?.what }) { true } else { false }
      }
    }
  }

  /// A closing handshake that the peer does not answer ends after five seconds.
  @Test func unansweredClose() async throws {
    try await Rig.run { rig in
      let line = try await Line(rig)
      line.connection.close(1000, "bye")
      #expect(line.sent == [0x88, 5, 0x03, 0xE8] + Array("bye".utf8))
      line.pass(Limits.closeMs - 1)
      #expect(line.isOpen)
      line.pass(1)
      #expect(!line.isOpen)
    }
  }

  /// A session's last words and its close reach the peer although a frame of the peer finds the session gone before they are written.
  @Test func lastWords() async throws {
    try await Rig.run { rig in
      let line = try await Line(rig)
      let session = try await rig.session()
      let owner = session.port.handle
      line.connection.move(to: owner)
      rig.endSessions()
      try await until("the session is gone") { rig.table.liveSessions == 0 }
      // The frame is read first in the turn in which word and close are written.
      _ = Array("hangup".utf8).withUnsafeBytes { line.outbox.send(line.slot, .text, $0) }
      line.outbox.submit(line.slot, generation: line.slot.generation) { $0.close(1000, "the call has ended") }
      line.say(Peer.bytes(.binary([1, 2, 3])))
      line.outbox.loop.turn()
      let sent = line.sent
      #expect(sent == [0x81, 6] + Array("hangup".utf8) + [0x88, 20, 0x03, 0xE8] + Array("the call has ended".utf8))
    }
  }
}
