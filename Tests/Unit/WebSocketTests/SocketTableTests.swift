// The sockets of one thread, and what is on its way to them.

import Base
import Testing
import WebSocket

private final class Socket: SlottedSocket {
  let slot: SocketSlot
  let generation: UInt32

  init(_ slot: SocketSlot) {
    self.slot = slot
    generation = slot.generation
  }
}

struct SocketTableTests {
  private let directory = SocketDirectory(capacity: 4, limits: UnsentLimits(most: 1000, resume: 500))

  private func open(_ token: UInt64) throws -> Socket { Socket(try #require(directory.open(1, 2, token, outbox: 0))) }

  /// A socket is found from the moment it was added until it is removed, and never in the place of one that had its slot before.
  @Test func generations() throws {
    let table = SocketTable<Socket>()
    let first = try open(1)
    #expect(table.find(first.slot.index, first.generation) == nil)
    table.add(first)
    #expect(table.find(first.slot.index, first.generation) === first)
    #expect(table.all.count == 1)
    #expect(table.remove(first) && !table.remove(first))
    directory.close(first.slot, generation: first.generation)
    let second = try open(2)
    try #require(second.slot === first.slot)
    table.add(second)
    #expect(table.find(second.slot.index, first.generation) == nil)
    #expect(table.find(second.slot.index, second.generation) === second)
  }

  /// Whatever a connection takes at a time, frames leave whole and in order, and what has left is counted.
  @Test(arguments: [1, 7, 1000]) func partialWrites(room: Int) {
    var output = SocketOutput()
    var sent: [UInt8] = []
    var taken = 0
    var mayTake = 0
    func send(_ bytes: UnsafeRawBufferPointer) -> Movement {
      guard mayTake > 0 else { return .blocked }
      let count = min(mayTake, bytes.count)
      mayTake -= count
      sent += bytes.prefix(count)
      return .moved(count)
    }
    var expected: [UInt8] = []
    for n in 0..<50 {
      let payload = [UInt8](repeating: UInt8(n), count: n * 7)
      payload.withUnsafeBytes {
        output.append(.binary, $0)
        FrameWriter.append(.binary, $0, to: &expected)
      }
      mayTake = room
      let result = output.write(taken: &taken, send)
      #expect((result == .done) == output.isEmpty)
    }
    mayTake = .max
    #expect(output.write(taken: &taken, send) == .done)
    #expect(sent == expected && taken == expected.count && output.isEmpty)
    output.append([1])
    #expect(output.write(taken: &taken) { _ in .lost } == .lost)
  }
}
