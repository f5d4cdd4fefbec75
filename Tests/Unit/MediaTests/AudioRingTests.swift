// The recent past of a stream, whatever is written, taken back and forgotten.

import Base
import Testing

@testable import Media

@Suite struct AudioRingTests {
  /// What is read is what was written at that position, through thousands of writes, forgettings and truncations.
  @Test(arguments: 1...5 as ClosedRange<UInt64>) func positions(seed: UInt64) {
    let ring = AudioRing(capacity: 1000)
    var random = Random(seed: seed)
    var all: [Int16] = []
    var out = [Int16](repeating: 0, count: 400)
    for _ in 0..<5000 {
      switch random.next() % 8 {
      case 0..<4:
        let new = (0..<Int.random(in: 0...120, using: &random)).map { _ in Int16(truncatingIfNeeded: random.next()) }
        new.withUnsafeBufferPointer { ring.write($0) }
        all += new
      case 4...5: ring.forget(before: ring.end - min(ring.end, UInt64.random(in: 0...300, using: &random)))
      case 6:
        ring.truncate(at: ring.end - min(ring.end - ring.start, UInt64.random(in: 0...50, using: &random)))
        all.removeLast(all.count - Int(ring.end))
      default:
        guard ring.start < ring.end else { continue }
        let position = UInt64.random(in: ring.start..<ring.end, using: &random)
        let count = out.withUnsafeMutableBufferPointer { ring.read(from: position, into: $0) }
        #expect(count == min(400, Int(ring.end - position)))
        #expect(out[..<count] == all[Int(position)..<Int(position) + count])
      }
      #expect(ring.end == UInt64(all.count) && ring.end - ring.start <= 1000)
    }
  }

  /// A stream of minutes, of which a second is kept, stays within the front quarter of the block, so that the rest takes no memory.
  @Test func front() {
    let rate = 16_000
    let ring = AudioRing(capacity: rate * 16)
    let frame = [Int16](repeating: 1, count: rate / 50)
    var furthest = 0
    for _ in 0..<50 * 120 {
      frame.withUnsafeBufferPointer { ring.write($0) }
      furthest = max(furthest, ring.offset(of: ring.end - 1))
      ring.forget(before: ring.end - min(ring.end, UInt64(rate)))
    }
    #expect(furthest < rate * 4)
  }
}
