// The ring between threads: order, room, wrap, and nothing torn under load.

import Base
import Dispatch
import Synchronization
import Testing

@Suite struct EventRingTests {
  private func write(_ ring: EventRing, _ value: UInt64, bytes: Int = 16, urgent: Bool = false) -> Bool {
    ring.write(count: bytes, urgent: urgent) { memory in
      memory.storeBytes(of: value, as: UInt64.self)
      for i in stride(from: 8, to: bytes, by: 8) { memory.storeBytes(of: value, toByteOffset: i, as: UInt64.self) }
    }
  }

  private func drain(_ ring: EventRing, limit: Int = .max) -> [UInt64] {
    var values: [UInt64] = []
    _ = ring.drain(limit: limit) { values.append($0.load(as: UInt64.self)) }
    return values
  }

  /// Records come out in the order in which they went in, as many as asked for, and the ring is empty then.
  @Test func order() {
    let ring = EventRing(capacity: 4096)
    for value in 1...5 as ClosedRange<UInt64> { #expect(write(ring, value)) }
    #expect(!ring.isEmpty)
    #expect(drain(ring, limit: 2) == [1, 2])
    #expect(drain(ring) == [3, 4, 5])
    #expect(ring.isEmpty)
  }

  /// Records of every size survive many laps; payloads never look like headers of the next lap.
  @Test func wrap() {
    let ring = EventRing(capacity: 4096)
    var random = Random(seed: 3)
    for lap in 0..<5000 as Range<UInt64> {
      let bytes = 8 * Int.random(in: 1...120, using: &random)
      // Payload of all ones: read as a header it would be a record of 4 GiB.
      #expect(
        ring.write(count: bytes) { memory in
          for i in stride(from: 0, to: bytes, by: 8) { memory.storeBytes(of: UInt64.max, toByteOffset: i, as: UInt64.self) }
          memory.storeBytes(of: lap, as: UInt64.self)
        })
      #expect(drain(ring) == [lap])
      #expect(ring.isEmpty)
    }
  }

  /// A full ring says so and loses nothing; the last quarter is there for urgent records alone.
  @Test func fullRing() {
    let ring = EventRing(capacity: 4096)
    var sent: [UInt64] = []
    while write(ring, UInt64(sent.count)) { sent.append(UInt64(sent.count)) }
    #expect(sent.count == 4096 * 3 / 4 / 64)
    var urgent = 0
    while write(ring, 1000 + UInt64(urgent), urgent: true) { urgent += 1 }
    #expect(urgent == 4096 / 4 / 64)
    #expect(drain(ring) == sent + (0..<urgent).map { 1000 + UInt64($0) })
    #expect(write(ring, 7))
  }

  /// A payload that could never fit is refused, and a negative one.
  @Test func sizes() {
    let ring = EventRing(capacity: 4096)
    #expect(ring.write(count: ring.maxPayload) { _ in })
    #expect(!ring.write(count: ring.maxPayload + 1) { _ in })
    #expect(!ring.write(count: -1) { _ in })
  }

  /// Four threads that write as fast as they can into a small ring: every record arrives once, whole, and in its writer's order.
  @Test func manyWriters() {
    let ring = EventRing(capacity: 4096)
    let writers = 4
    let each: UInt64 = 20_000
    let done = DispatchSemaphore(value: 0)
    let abandoned = Atomic(false)
    for writer in 0..<writers {
      OwnThread.start(name: "writer") {
        var next: UInt64 = 0
        while next < each, !abandoned.load(ordering: .relaxed) {
          let value = UInt64(writer) << 32 | next
          let bytes = 8 + Int(next % 9) * 24
          let written = ring.write(count: bytes, urgent: next % 16 == 0) { memory in
            for i in stride(from: 0, to: bytes, by: 8) { memory.storeBytes(of: value, toByteOffset: i, as: UInt64.self) }
          }
          if written { next += 1 }
        }
        done.signal()
      }
    }
    var expected = [UInt64](repeating: 0, count: writers)
    var torn = 0
    var disordered = 0
    var count: UInt64 = 0
    let deadline = DispatchTime.now() + .seconds(60)
    while count < each * UInt64(writers), DispatchTime.now() < deadline {
      count += UInt64(
        ring.drain(limit: 64) { record in
          let value = record.load(as: UInt64.self)
          let writer = Int(value >> 32)
          let number = value & 0xFFFF_FFFF
          let bytes = 8 + Int(number % 9) * 24
          for i in stride(from: 0, to: bytes, by: 8) where record.load(fromByteOffset: i, as: UInt64.self) != value { torn += 1 }
          guard expected.indices.contains(writer) else { return disordered += 1 }
          if expected[writer] != number { disordered += 1 }
          expected[writer] = number + 1
        })
    }
    abandoned.store(true, ordering: .relaxed)
    #expect(count == each * UInt64(writers))
    #expect(torn == 0)
    #expect(disordered == 0)
    for _ in 0..<writers { #expect(done.wait(timeout: .now() + .seconds(10)) == .success) }
    #expect(ring.isEmpty)
  }
}
