// A socket over time: pings, peers that have died, closing handshakes that nobody answers. The clock is moved by the test.

import Foundation
import NIOCore
import NIOEmbedded
import Observe
import Loader
import PluginKit
import Synchronization
import Testing
import WebSocket

@testable import API

@Suite(.serialized) struct SignsOfLifeTests {
  /// A socket of a lobby's account on a channel whose clock stands still.
  private struct Line {
    let channel: NIOAsyncTestingChannel
    let outbox: Outbox
    let slot: SocketSlot
    let connection: SocketConnection
    let lobby: LobbyAccount

    init(_ rig: Rig) async throws {
      lobby = try await rig.lobby("lobby", [])
      let provider = try #require(rig.registry.provider("lobby"))
      channel = NIOAsyncTestingChannel()
      try await channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).get()
      let directory = SocketDirectory()
      outbox = Outbox(channel.eventLoop)
      slot = try #require(directory.open(1, provider.accountHandle, 7, outbox: 0))
      connection = SocketConnection(
        slot, provider, provider.accountHandle, 7, channel, outbox, directory, SocketTraffic(Metrics()))
      outbox.add(connection)
      await channel.testingEventLoop.run()
      try await channel.pipeline.addHandler(connection).get()
      try await handled(1)
    }

    /// Waits until the account was told so many things and the socket knows it.
    func handled(_ count: Int) async throws {
      try await until("event \(count)") { lobby.state.withLock { $0.events.count } == count }
      // The lane runs in order: behind a timer that was set now, the mark behind the last event has passed.
      let before = lobby.state.withLock { $0.timers }
      lobby.port.timer(token: 1, at: 1)
      try await until("the lane has run") { lobby.state.withLock { $0.timers } > before }
      await channel.testingEventLoop.run()
    }

    func sent() async throws -> [UInt8]? { try await channel.readOutbound(as: ByteBuffer.self).map { Array($0.readableBytesView) } }
  }

  private static let ping: [UInt8] = [0x89, 0]

  /// Every 20 seconds the peer is asked for a sign of life; while it gives one, the socket stays open.
  @Test func pings() async throws {
    try await Rig.run { rig in
      let line = try await Line(rig)
      for _ in 0..<3 {
        #expect(try await line.sent() == nil)
        await line.channel.testingEventLoop.advanceTime(by: .milliseconds(Limits.pingMs))
        #expect(try await line.sent() == Self.ping)
        try await line.channel.writeInbound(ByteBuffer(bytes: Peer.bytes(Peer.Frame(opcode: 10, payload: []))))
      }
      #expect(line.channel.isActive)
    }
  }

  /// A peer that has given none for an interval is given up, and reads as vanished.
  @Test func deadPeer() async throws {
    try await Rig.run { rig in
      let line = try await Line(rig)
      await line.channel.testingEventLoop.advanceTime(by: .milliseconds(Limits.pingMs))
      #expect(line.channel.isActive)
      await line.channel.testingEventLoop.advanceTime(by: .milliseconds(Limits.pingMs))
      #expect(!line.channel.isActive)
      try await until("the account knows") {
        if case .closed(1006, _) = line.lobby.state.withLock({ $0.events.last?.what }) { true } else { false }
      }
    }
  }

  /// A closing handshake that the peer does not answer ends after five seconds.
  @Test func unansweredClose() async throws {
    try await Rig.run { rig in
      let line = try await Line(rig)
      try await line.channel.testingEventLoop.submit { line.connection.close(1000, "bye") }.get()
      #expect(try await line.sent() == [0x88, 5, 0x03, 0xE8] + Array("bye".utf8))
      await line.channel.testingEventLoop.advanceTime(by: .milliseconds(Limits.closeMs - 1))
      #expect(line.channel.isActive)
      await line.channel.testingEventLoop.advanceTime(by: .milliseconds(1))
      #expect(!line.channel.isActive)
    }
  }

  /// A session's last words and its close reach the peer although a frame of the peer finds the session gone before they are written.
  @Test func lastWords() async throws {
    try await Rig.run { rig in
      let line = try await Line(rig)
      let session = try await rig.session()
      let owner = session.port.handle
      try await line.channel.testingEventLoop.submit { line.connection.move(to: owner) }.get()
      rig.endSessions()
      try await until("the session is gone") { rig.table.liveSessions == 0 }
      // In one turn of the loop, so that neither word nor close has been written when the frame is read.
      try await line.channel.testingEventLoop.submit {
        _ = Array("hangup".utf8).withUnsafeBytes { line.outbox.send(line.slot, .text, $0) }
        line.outbox.submit(line.slot, generation: line.slot.generation) { $0.close(1000, "the call has ended") }
        line.channel.pipeline.fireChannelRead(ByteBuffer(bytes: Peer.bytes(.binary([1, 2, 3]))))
      }.get()
      await line.channel.testingEventLoop.run()
      var sent: [UInt8] = []
      while let bytes = try await line.sent() { sent += bytes }
      #expect(sent == [0x81, 6] + Array("hangup".utf8) + [0x88, 20, 0x03, 0xE8] + Array("the call has ended".utf8))
    }
  }
}
