// The one way into a loop from other threads: a bounded ring of records, many writers, one reader, no locks.

import Synchronization

/// A bounded ring of byte records in the order in which their room was reserved.
///
/// Any thread writes; one thread drains. A writer that finds no room is told so and keeps what it has. The last quarter of the
/// ring is kept for urgent records (ends, errors, usage), so that these find room when sound has filled the rest.
/// A writer reserves its room with one compare-and-exchange and publishes it with one store; the reader stops at the first
/// record that is reserved but not yet published.
public final class EventRing: @unchecked Sendable {
  /// Records start on multiples of this, so that the reader can erase old headers wherever the next one may lie.
  private static let line = 64
  private static let headerBytes = 8
  private static let published: UInt32 = 1
  private static let padding: UInt32 = 2

  private let capacity: Int
  private let reserve: Int
  private let memory: UnsafeMutableRawPointer
  private let tail = Atomic<UInt64>(0)
  private let head = Atomic<UInt64>(0)

  /// - Parameter capacity: bytes, rounded up to a power of two of at least 4 KiB.
  public init(capacity: Int) {
    var size = 4096
    while size < capacity { size *= 2 }
    self.capacity = size
    reserve = size / 4
    memory = .allocate(byteCount: size, alignment: Self.line)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: size)
  }

  deinit { memory.deallocate() }

  /// The longest payload one record may have.
  public var maxPayload: Int { capacity / 4 - Self.headerBytes }

  /// Writes one record of `count` payload bytes, which `fill` puts in place; the payload is aligned to 8 bytes.
  ///
  /// - Returns: false when there is no room; `fill` is not called then. [any thread]
  @inline(__always)
  public func write(count: Int, urgent: Bool = false, _ fill: (UnsafeMutableRawPointer) -> Void) -> Bool {
    guard count >= 0, count <= maxPayload else { return false }
    let need = (count + Self.headerBytes + Self.line - 1) & ~(Self.line - 1)
    let limit = urgent ? capacity : capacity - reserve
    var reserved = tail.load(ordering: .relaxed)
    var pad = 0
    while true {
      let offset = Int(reserved & UInt64(capacity - 1))
      pad = need > capacity - offset ? capacity - offset : 0
      // A tail read long ago may lie behind the head by now: other writers and the reader have been busy meanwhile.
      let used = Int64(bitPattern: reserved &- head.load(ordering: .acquiring))
      guard used >= 0 else {
        reserved = tail.load(ordering: .relaxed)
        continue
      }
      guard Int(used) + pad + need <= limit else { return false }
      let (done, seen) = tail.weakCompareExchange(
        expected: reserved, desired: reserved + UInt64(pad + need), ordering: .acquiringAndReleasing)
      if done { break }
      reserved = seen
    }
    let offset = Int(reserved & UInt64(capacity - 1))
    if pad > 0 { publish(at: offset, size: pad, state: Self.padding) }
    let start = pad > 0 ? 0 : offset
    fill(memory + start + Self.headerBytes)
    publish(at: start, size: need, state: Self.published)
    return true
  }

  /// Hands every published record to `body`, oldest first, at most `limit` of them; the bytes are valid until `body` returns.
  ///
  /// - Returns: how many records were handed over. [the reader's thread only]
  @inline(__always)
  public func drain(limit: Int, _ body: (UnsafeRawPointer) -> Void) -> Int {
    var handled = 0
    var position = head.load(ordering: .relaxed)
    while handled < limit {
      let offset = Int(position & UInt64(capacity - 1))
      let header = word(at: offset).load(ordering: .acquiring)
      if header == 0 { break }
      let size = Int(header >> 32)
      if UInt32(truncatingIfNeeded: header) == Self.published {
        body(memory + offset + Self.headerBytes)
        handled += 1
      }
      // Old payload must not look like a header to the next lap.
      var line = offset
      while line < offset + size {
        word(at: line).store(0, ordering: .relaxed)
        line += Self.line
      }
      position += UInt64(size)
      head.store(position, ordering: .releasing)
    }
    return handled
  }

  /// True when the reader has nothing to do. [the reader's thread only]
  public var isEmpty: Bool {
    word(at: Int(head.load(ordering: .relaxed) & UInt64(capacity - 1))).load(ordering: .acquiring) == 0
  }

  private func publish(at offset: Int, size: Int, state: UInt32) {
    word(at: offset).store(UInt64(size) << 32 | UInt64(state), ordering: .releasing)
  }

  private func word(at offset: Int) -> UnsafeAtomicWord { UnsafeAtomicWord(memory + offset) }
}

/// An atomic 64-bit word at a fixed address.
@usableFromInline
struct UnsafeAtomicWord {
  private let pointer: UnsafeMutablePointer<Atomic<UInt64>>

  /// `Atomic<UInt64>` has the layout of a UInt64, and zeroed memory is a zero of it.
  init(_ address: UnsafeMutableRawPointer) { pointer = address.assumingMemoryBound(to: Atomic<UInt64>.self) }

  func load(ordering: AtomicLoadOrdering) -> UInt64 {
    switch ordering {
    case .acquiring: pointer.pointee.load(ordering: .acquiring)
    default: pointer.pointee.load(ordering: .relaxed)
    }
  }

  func store(_ value: UInt64, ordering: AtomicStoreOrdering) {
    switch ordering {
    case .releasing: pointer.pointee.store(value, ordering: .releasing)
    default: pointer.pointee.store(value, ordering: .relaxed)
    }
  }
}
