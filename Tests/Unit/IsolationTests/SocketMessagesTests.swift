// What a plugin in a worker sends on a socket of its session.

import PluginABI
import Synchronization
import Testing
import Vox

@testable import Isolation

@Suite struct SocketMessagesTests {
  private func serving(_ services: FakeServices) throws -> (Rig, RigSession) {
    let rig = try Rig(services: services)
    return (rig, try #require(rig.open()))
  }

  /// The messages that arrived, as the fixture numbers them.
  private func sent(_ services: FakeServices, by owner: vox_handle) -> [String] {
    let prefix = "send \(owner) 5 0 "
    return services.calls.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
  }

  /// Messages arrive once each, in order, before the close that follows them; the plugin is told that nothing goes after it.
  @Test(arguments: [0, 3, 5_000]) func order(count: Int) throws {
    let services = FakeServices()
    let (rig, session) = try serving(services)
    defer { rig.stop() }
    let op = session.start("talk \(count)").op
    #expect(rig.ear.waitFor(.completed, op: op)?.text == "{\"ended\":0,\"sent\":\(VOX_STALE)}")
    #expect(services.waitFor("close \(session.handle) 5 1000 with a reason"))
    #expect(sent(services, by: session.handle) == (0..<count).map { "\($0 + 1)" })
    #expect(services.calls.last?.hasPrefix("close") == true)
  }

  /// A socket without room holds the plugin back; once there is room everything arrives, nothing lost, doubled or out of order.
  @Test(arguments: [0, 1, 10]) func backPressure(room: Int) throws {
    let services = FakeServices()
    let (rig, session) = try serving(services)
    defer { rig.stop() }
    services.room.withLock { $0 = room }
    let op = session.start("talk 20000").op
    #expect(services.waitFor("no room"))
    // Room, and none again, before there is enough.
    for _ in 0..<3 {
      let refusals = services.calls.count
      services.room.withLock { $0 = 2 }
      session.resume(0)
      #expect(services.wait { $0.count >= refusals + 3 })
    }
    services.room.withLock { $0 = nil }
    session.resume(0)
    #expect(rig.ear.waitFor(.completed, op: op) != nil)
    #expect(services.waitFor("close \(session.handle) 5 1000 with a reason"))
    #expect(sent(services, by: session.handle) == (1...20_000).map { "\($0)" })
  }

  /// A message too long for the ring goes another way and still comes behind those before it.
  @Test func longMessage() throws {
    let services = FakeServices()
    let (rig, session) = try serving(services)
    defer { rig.stop() }
    session.start("talk 5 long")
    #expect(services.waitFor("close \(session.handle) 5 1000 with a reason"))
    #expect(sent(services, by: session.handle).map(\.utf8.count) == [1, 1, 100_000, 1, 1])
  }

  /// A socket changes hands behind what its old owner sent, and before what the new one sends.
  @Test func adoption() throws {
    let services = FakeServices()
    let (rig, session) = try serving(services)
    defer { rig.stop() }
    let op = session.start("talk 500 adopt").op
    #expect(services.waitFor("send \(Rig.account) 5 0 over"))
    #expect(rig.ear.waitFor(.completed, op: op) != nil)
    #expect(sent(services, by: session.handle).prefix(500) == (1...500).map { "\($0)" }[...])
    let calls = services.calls
    let adopted = try #require(calls.firstIndex(of: "adopt \(session.handle) 5 \(Rig.account)"))
    #expect(adopted == 1 + 500, "behind the connect and all messages")
    #expect(calls.firstIndex(of: "send \(Rig.account) 5 0 over") == adopted + 1)
  }

  /// Once the plugin has heard that its socket is closed, what it sends is stale.
  @Test func closedByThePeer() throws {
    let services = FakeServices()
    let (rig, session) = try serving(services)
    defer { rig.stop() }
    let op = session.start("talk 3 wait").op
    #expect(rig.ear.waitFor(.accepted, op: op) != nil)
    services.answer.withLock { $0 = vox_status(VOX_STALE) }
    session.closed(socket: 5)
    #expect(rig.ear.waitFor(.completed, op: op)?.text == "{\"ended\":\(VOX_STALE),\"sent\":\(VOX_STALE)}")
  }

  // MARK: What no runtime writes

  /// A desk that knows the sockets of `services`, and a place for the word.
  private func messages(_ services: FakeServices?) -> (SocketMessages, UnsafeMutableRawPointer) {
    let desk = ServiceDesk()
    if let services {
      let ear = Ear()
      ear.services = services
      var host = vox_host_v0()
      host.ctx = Unmanaged.passRetained(ear).toOpaque()
      host.service = { context, id in
        context.flatMap { Unmanaged<Ear>.fromOpaque($0).takeUnretainedValue().services?.table(id.pointee.string) }
      }
      var packer = Packer()
      packer.number(SocketBridge.number)
      _ = desk.offers(packer.bytes, &host)
    }
    let word = UnsafeMutableRawPointer.allocate(byteCount: 8, alignment: 8)
    word.storeBytes(of: 0, as: UInt64.self)
    return (SocketMessages(7, desk, SharedWord(word)), word)
  }

  /// A record that is too short, and one for a service the worker was not given, are breaches.
  @Test func breaches() {
    let record = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 8)
    defer { record.deallocate() }
    CallRecord.write(5, 0, to: record)
    var (known, word) = messages(FakeServices())
    #expect(throws: RingBreach.self) { try known.take(.message, record, count: 15) }
    #expect(throws: Never.self) { try known.take(.message, record, count: 16) }
    #expect(MessageState(word.load(as: UInt64.self)) == MessageState(done: 1, isHeld: false))
    word.deallocate()
    var (unknown, other) = messages(nil)
    #expect(throws: RingBreach.self) { try unknown.take(.close, record, count: 16) }
    other.deallocate()
  }

  /// A worker that goes on sending on a socket without room is ended before it has filled the host's memory.
  @Test func flood() throws {
    let services = FakeServices()
    services.room.withLock { $0 = 0 }
    var (messages, word) = messages(services)
    defer { word.deallocate() }
    let record = UnsafeMutableRawPointer.allocate(byteCount: 1024, alignment: 8)
    defer { record.deallocate() }
    CallRecord.write(5, 1, to: record)
    var taken = 0
    #expect(throws: RingBreach.self) {
      while taken < 10_000 {
        try messages.take(.message, record, count: 1024)
        taken += 1
      }
    }
    #expect(taken == 2 * SessionMemory.ringBytes / 1024)
    #expect(MessageState(word.load(as: UInt64.self)) == MessageState(done: 0, isHeld: true))
  }
}
