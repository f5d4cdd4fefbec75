// The dice of a simulated world.

import Base

/// One source of chance for everything that happens in a world.
struct Chance {
  private var random: Random

  init(seed: UInt64) { random = Random(seed: seed) }

  mutating func percent(_ share: Int) -> Bool { Int(random.next() % 100) < share }
  mutating func permille(_ share: Int) -> Bool { Int(random.next() % 1000) < share }
  mutating func some(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(random.next() % UInt64(range.upperBound - range.lowerBound + 1))
  }
  mutating func one<T>(_ list: [T]) -> T { list[Int(random.next() % UInt64(list.count))] }
  mutating func seed() -> UInt64 { random.next() }
}
