// Carries samples from the call's thread to a decoding thread without lock or allocation.

import Synchronization

/// A ring with one writer and one reader, on any two threads. What does not fit is refused whole.
final class SampleRing: @unchecked Sendable {
  private let storage: UnsafeMutableBufferPointer<Int16>
  private let head = Atomic<UInt64>(0)
  private let tail = Atomic<UInt64>(0)

  init(capacity: Int) {
    storage = .allocate(capacity: max(capacity, 1))
    storage.initialize(repeating: 0)
  }

  deinit { storage.deallocate() }

  /// Samples written since the beginning. Any thread.
  var written: UInt64 { head.load(ordering: .acquiring) }
  /// Samples read since the beginning. Any thread.
  var taken: UInt64 { tail.load(ordering: .acquiring) }
  /// Any thread.
  var capacity: Int { storage.count }

  /// All of `samples`, or none and false. [writer]
  func write(_ samples: UnsafeBufferPointer<Int16>) -> Bool {
    let at = head.load(ordering: .relaxed)
    guard samples.count <= storage.count - Int(at - taken) else { return false }
    for (i, sample) in samples.enumerated() { storage[Int((at + UInt64(i)) % UInt64(storage.count))] = sample }
    head.store(at + UInt64(samples.count), ordering: .releasing)
    return true
  }

  /// The oldest `count` samples, or as many as there are. [reader]
  func read(_ count: Int) -> [Int16] {
    let at = tail.load(ordering: .relaxed)
    let number = min(count, Int(written - at))
    let samples = (0..<max(number, 0)).map { storage[Int((at + UInt64($0)) % UInt64(storage.count))] }
    tail.store(at + UInt64(samples.count), ordering: .releasing)
    return samples
  }
}
