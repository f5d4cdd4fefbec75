// The recent past of one stream of sound, addressed by sample position.

/// A fixed block of samples that always holds the newest ones. Positions count from the first sample ever written, so that they
/// stay valid names of moments for the whole call. Everything is allocated when the ring is made, and takes memory as far as it is
/// used: an owner that says what it needs no more (`forget`) has the rest moved to the front. One owner at a time.
public final class AudioRing {
  /// How many samples it holds.
  public let capacity: Int
  private let samples: UnsafeMutablePointer<Int16>
  /// The position after the newest sample.
  public private(set) var end: UInt64 = 0
  /// The position before which samples are gone.
  public private(set) var start: UInt64 = 0
  /// The position that lies at the front of the block, or a whole number of blocks behind it.
  private var origin: UInt64 = 0

  public init(capacity: Int) {
    self.capacity = max(capacity, 1)
    // Not initialized, because that would touch all of it: only what was written is ever read.
    samples = .allocate(capacity: self.capacity)
  }

  deinit { samples.deallocate() }

  @inline(__always) func offset(of position: UInt64) -> Int { Int((position &- origin) % UInt64(capacity)) }

  /// Appends samples; the oldest make room.
  public func write(_ new: UnsafeBufferPointer<Int16>) {
    var rest = new
    if rest.count > capacity {
      end += UInt64(rest.count - capacity)
      rest = UnsafeBufferPointer(rebasing: rest[(rest.count - capacity)...])
    }
    var at = 0
    while at < rest.count {
      let offset = offset(of: end)
      let run = min(capacity - offset, rest.count - at)
      if let base = rest.baseAddress { (samples + offset).update(from: base + at, count: run) }
      at += run
      end += UInt64(run)
    }
    if end > UInt64(capacity) { start = max(start, end - UInt64(capacity)) }
  }

  /// Copies samples from `position` on into `out`; answers how many there were.
  public func read(from position: UInt64, into out: UnsafeMutableBufferPointer<Int16>) -> Int {
    guard position >= start, position < end, let base = out.baseAddress else { return 0 }
    let count = min(out.count, Int(end - position))
    var at = 0
    while at < count {
      let offset = offset(of: position + UInt64(at))
      let run = min(capacity - offset, count - at)
      (base + at).update(from: samples + offset, count: run)
      at += run
    }
    return count
  }

  /// Says that nothing before `position` will be read again. What is left is moved to the front of the block when it is little, an
  /// eighth of the capacity has been left behind it, and it lies in one piece: at most a quarter of the block is copied.
  public func forget(before position: UInt64) {
    start = max(start, min(position, end))
    let (front, left) = (offset(of: start), Int(end - start))
    guard front >= capacity / 8, left <= capacity / 4, front + left <= capacity else { return }
    samples.update(from: samples + front, count: left)
    origin = start
  }

  /// Forgets everything from `position` on, as if it had never been written; samples before it stay.
  public func truncate(at position: UInt64) {
    end = min(max(position, start), end)
  }
}
