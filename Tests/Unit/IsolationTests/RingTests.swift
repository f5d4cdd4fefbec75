// The ring and the messages with an honest writer, and with one that writes whatever it likes.

import Base
import CLinux
import Glibc
import Loader
import PluginABI
import Synchronization
import Testing
import Vox

@testable import Isolation

@Suite struct RingTests {
  private let memory = SessionMemory()
  private let scratch = UnsafeMutableRawPointer.allocate(byteCount: SessionMemory.ringBytes / 2, alignment: 16)

  /// Records of every length come out as they went in, across many laps.
  @Test func laps() throws {
    let memory = try #require(memory)
    var writer = RingWriter(memory.calls)
    var reader = RingReader(memory.calls)
    var random = Random(seed: 3)
    var written: UInt8 = 0
    var read: UInt8 = 0
    var counts: [Int] = []
    for _ in 0..<20_000 {
      let count = Int.random(in: 0...2000, using: &random)
      let outcome = writer.write(kind: 7, count: count, urgent: true) {
        $0.initializeMemory(as: UInt8.self, repeating: written, count: count)
      }
      if outcome == .written {
        written &+= 1
        counts.append(count)
      }
      if outcome == .full || Bool.random(using: &random) {
        while let record = try reader.next(into: scratch) {
          let expected = counts.removeFirst()
          #expect(record.kind == 7 && record.count == expected)
          let bytes = UnsafeRawBufferPointer(start: scratch, count: record.count)
          #expect(bytes.allSatisfy { $0 == read })
          read &+= 1
        }
      }
    }
    #expect(written > 0)
  }

  /// A ring whose records are taken as they come stays within its first pages, so that a session costs no more memory than it needs.
  @Test func rounds() throws {
    let memory = try #require(memory)
    var writer = RingWriter(memory.calls)
    var reader = RingReader(memory.calls)
    for _ in 0..<10_000 {
      let outcome = writer.write(kind: 7, count: 672, urgent: false) { $0.initializeMemory(as: UInt8.self, repeating: 1, count: 672) }
      #expect(outcome == .written)
      #expect(try reader.next(into: scratch)?.count == 672)
    }
    let bytes = UnsafeRawBufferPointer(start: memory.calls.bytes.address, count: memory.calls.capacity)
    #expect(bytes[(Ring.roundBytes + 680)...].allSatisfy { $0 == 0 })
  }

  /// A writer and a reader at full speed, each on a thread of its own, now one ahead and now the other: every record comes out whole, in order.
  @Test func race() throws {
    let memory = try #require(memory)
    let count = 300_000
    OwnThread.start(name: "writer") {
      var writer = RingWriter(memory.calls)
      var number: UInt64 = 0
      while number < count {
        let length = Int(number % 97) * 8 + 8
        let outcome = writer.write(kind: 7, count: length, urgent: true) {
          $0.initializeMemory(as: UInt64.self, repeating: number, count: length / 8)
        }
        if outcome == .written { number += 1 } else { sched_yield() }
      }
    }
    var reader = RingReader(memory.calls)
    var next: UInt64 = 0
    while next < count {
      guard let record = try reader.next(into: scratch) else {
        sched_yield()
        continue
      }
      let words = UnsafeBufferPointer(start: scratch.assumingMemoryBound(to: UInt64.self), count: record.count / 8)
      guard record.count == Int(next % 97) * 8 + 8, words.allSatisfy({ $0 == next }) else {
        Issue.record("record \(next) came as \(record.count) bytes of \(words.first ?? 0)")
        return
      }
      next += 1
    }
  }

  /// The last quarter is for urgent records; a reader that makes room, or ends its pause, wakes the writer that was refused, once.
  @Test func watermark() throws {
    let memory = try #require(memory)
    var writer = RingWriter(memory.events)
    var reader = RingReader(memory.events)
    func write(_ urgent: Bool) -> RingWriter.Outcome { writer.write(kind: 1, count: 1016, urgent: urgent) { _ in } }
    var plain = 0
    while write(false) == .written { plain += 1 }
    #expect(plain == 96)
    var urgent = 0
    while write(true) == .written { urgent += 1 }
    #expect(urgent == 32)
    _ = try reader.next(into: scratch)
    #expect(!reader.takeWaiting())
    for _ in 0..<80 { _ = try reader.next(into: scratch) }
    #expect(reader.takeWaiting())
    #expect(!reader.takeWaiting())
    reader.pause()
    #expect(write(false) == .full)
    #expect(!reader.takeWaiting())
    reader.unpause()
    #expect(reader.takeWaiting())
    #expect(write(false) == .written)
  }

  /// Every session that waits has its turn before any has its second, whoever speaks most.
  @Test func turns() {
    var turns = SlotTurns()
    var served: [Int] = []
    for slot in [511, 3, 64] { turns.add(slot) }
    while served.count < 7, let slot = turns.next() {
      served.append(slot)
      turns.add(slot)
    }
    #expect(served == [3, 64, 511, 3, 64, 511, 3])
    while turns.next() != nil {}
    #expect(turns.isEmpty)
    turns.add(2)
    #expect(turns.next() == 2 && turns.next() == nil)
  }

  /// A writer that owns the memory of its ring writes noise over all of it: the reader reads records within their bounds or names a
  /// breach, and never more than it was given room for.
  @Test func noise() throws {
    let memory = try #require(memory)
    var random = Random(seed: 11)
    var breaches = 0
    for _ in 0..<3000 {
      var reader = RingReader(memory.events)
      let words = memory.events.bytes.address.assumingMemoryBound(to: UInt64.self)
      for i in 0..<512 { words[i] = noisyHead(&random) }
      memory.events.tail.publish(Bool.random(using: &random) ? UInt64.random(in: 0...200_000, using: &random) & ~6 : random.next())
      memory.events.waiting.settle(random.next())
      do {
        while let record = try reader.next(into: scratch) {
          #expect(record.count <= memory.events.maxPayload)
          adopt(record.count)
        }
      } catch { breaches += 1 }
      _ = reader.takeWaiting()
    }
    #expect(breaches > 100)
  }

  /// Heads that are often nearly right, so that the checks behind the first are reached.
  private func noisyHead(_ random: inout Random) -> UInt64 {
    switch random.next() % 4 {
    case 0: random.next()
    case 1: 1 << 32 | random.next() % 70_000
    case 2: 1 << 32 | random.next() % 300
    default: UInt64(EventKind.completed.rawValue) << 32 | 72
    }
  }

  /// Whatever the bytes say, an event that is adopted points into its own record.
  private func adopt(_ count: Int) {
    guard let e = EventCopy.adopt(scratch, count: count) else { return }
    #expect(EventCopy.bytes(of: e) == count)
    _ = Heard(e)
  }

  /// Every kind of event with lengths, counts and sizes drawn at random: adopted ones lie within their bytes, read to the last.
  @Test func hostileEvents() {
    let kinds: [UInt16] = [
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 256, 257, 258, 512, 513, 514, 768, 769, 1024, 1280, 1282, 1284, 1286, 4096, 4112, 4113,
    ]
    let sizes: [UInt32] = [32, 72, 56, 120, 144, 64, 96, 80, 88, 40, 48, 112]
    var random = Random(seed: 5)
    var adopted = 0
    let memory = UnsafeMutableRawPointer.allocate(byteCount: 4096, alignment: 16)
    for _ in 0..<20_000 {
      for i in 0..<64 {
        memory.storeBytes(of: Bool.random(using: &random) ? random.next() % 64 : random.next(), toByteOffset: i * 8, as: UInt64.self)
      }
      let kind = kinds.randomElement(using: &random) ?? 1
      let size = sizes.randomElement(using: &random) ?? 32
      memory.storeBytes(of: UInt64(size) | UInt64(kind) << 32, as: UInt64.self)
      // Most lengths are small or zero, or hardly an event would pass.
      for at in stride(from: 32, to: 144, by: 8) where random.next() % 8 > 0 {
        memory.storeBytes(of: random.next() % 3 == 0 ? 8 : 0, toByteOffset: at, as: UInt64.self)
      }
      for count in stride(from: 0, through: 512, by: 8) {
        guard let e = EventCopy.adopt(memory, count: count) else { continue }
        adopted += 1
        if let bytes = EventCopy.bytes(of: e) { #expect(bytes == count) }
        _ = Heard(e)
      }
    }
    #expect(adopted > 1000)
  }

  /// Fields of a message that end early, lie about their length or never end are empty, and the message unsound.
  @Test func hostileMessages() {
    var random = Random(seed: 9)
    for _ in 0..<50_000 {
      let bytes = (0..<Int.random(in: 0...200, using: &random)).map { _ in
        Bool.random(using: &random) ? UInt8(random.next() % 4) : UInt8(truncatingIfNeeded: random.next())
      }
      _ = LoadOrder(bytes)
      _ = LoadAnswer(bytes)
      _ = LoadAnswer.refusal(bytes)
      var unpacker = Unpacker(bytes)
      _ = AccountConf(&unpacker)
      #expect(!unpacker.isAtEnd || bytes.count >= 56)
    }
  }

  /// Packets of noise on the socket are breaches, never more.
  @Test func hostileSocket() throws {
    var mine: Int32 = -1
    var theirs: Int32 = -1
    #expect(clinux_socket_pair(&mine, &theirs) == 0)
    let socket = ControlSocket(mine)
    defer { close(theirs) }
    var random = Random(seed: 13)
    var breaches = 0
    for _ in 0..<2000 {
      var packet = (0..<Int.random(in: 1...64, using: &random)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      if Bool.random(using: &random), packet.count >= 16 {
        packet.replaceSubrange(
          0..<16, with: [64, 0, UInt8(random.next() % 2), 0, 1, 0, 0, 0, UInt8(random.next() % 64), 0, 0, 0, 0, 0, 0, 0])
      }
      var descriptor = theirs
      _ = clinux_send(theirs, packet, UInt64(packet.count), &descriptor, Bool.random(using: &random) ? 1 : 0)
      breaches += isBreach(socket) ? 1 : 0
    }
    #expect(breaches > 500)
  }

  private func isBreach(_ socket: ControlSocket) -> Bool {
    do {
      if let message = try socket.receive() { for fd in message.descriptors { close(fd) } }
      return false
    } catch {
      return error != .closed
    }
  }
}

@Suite struct HostileWorkerTests {
  /// The keyboard's signals are the host's alone; and yet the scheduler sees one session, as it does not wake another as quickly.
  @Test func group() throws {
    let worker = try WorkerProcess(WorkerOrder(program: Fixtures.program, arguments: [], libraryPath: Fixtures.worker))
    #expect(getpgid(worker.pid) == worker.pid)
    #expect(getsid(worker.pid) == getsid(0))
    worker.end(.killed)
    while !worker.reap() { sched_yield() }
  }

  /// A worker that scribbles over all the memory it shares with the host is ended with a named reason; the host goes on.
  @Test func scribbler() throws {
    for seed in 1...20 as ClosedRange<UInt64> {
      let rig = try Rig()
      let session = try #require(rig.open())
      let proxy = try #require(session.context.map { Unmanaged<SessionProxy>.fromOpaque($0).takeUnretainedValue() })
      var random = Random(seed: seed)
      let op = session.start("echo").op
      let ring = proxy.memory.events
      let words = ring.bytes.address.assumingMemoryBound(to: UInt64.self)
      // From this side of the mapping: to the host it looks the same. The worker keeps writing, so once may not be enough.
      for _ in 0..<1000 where !session.heard.contains(where: { $0.kind == EventKind.failed.rawValue }) {
        for i in 0..<ring.capacity / 8 { words[i] = random.next() % 3 == 0 ? random.next() : 1 << 32 | random.next() % 128 }
        ring.tail.publish(random.next() % 2 == 0 ? random.next() : random.next() % 131_072 & ~6)
        _ = session.push(op, [Int16](repeating: 3, count: 320), at: 0)
        proxy.poke()
      }
      let failure = try #require(session.waitForFailure())
      #expect(failure.text.contains("broke the rules of the shared memory"), "\(failure.text)")
      session.destroy()
      rig.stop()
    }
  }
}
