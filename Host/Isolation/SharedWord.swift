// One 64-bit word of memory that two processes share.

import CLinux
import Synchronization

/// An atomic word at a fixed address, aligned to 8 bytes. What is read from it was written by the other side: it is never trusted.
struct SharedWord: @unchecked Sendable {
  private let pointer: UnsafeMutablePointer<Atomic<UInt64>>

  /// `Atomic<UInt64>` has the layout of a UInt64, and zeroed memory is a zero of it.
  init(_ address: UnsafeMutableRawPointer) { pointer = address.assumingMemoryBound(to: Atomic<UInt64>.self) }

  /// A read that orders nothing.
  @inline(__always) var glance: UInt64 { pointer.pointee.load(ordering: .relaxed) }
  /// A read after which everything is seen that was written before the word.
  @inline(__always) var value: UInt64 { pointer.pointee.load(ordering: .acquiring) }
  /// A read in the one order that both sides agree on.
  @inline(__always) var settled: UInt64 { pointer.pointee.load(ordering: .sequentiallyConsistent) }

  @inline(__always) func note(_ value: UInt64) { pointer.pointee.store(value, ordering: .relaxed) }
  @inline(__always) func publish(_ value: UInt64) { pointer.pointee.store(value, ordering: .releasing) }
  @inline(__always) func settle(_ value: UInt64) { pointer.pointee.store(value, ordering: .sequentiallyConsistent) }
  @inline(__always) func exchange(_ value: UInt64) -> UInt64 { pointer.pointee.exchange(value, ordering: .sequentiallyConsistent) }

  // MARK: As a flag of somebody who sleeps: 1 = asleep

  /// Sleeps while the word is 1, until `wakeSleeper` or until `ns` nanoseconds have passed.
  func sleep(forNs ns: UInt64) { clinux_sleep_while(lowHalf, 1, ns) }

  /// Takes the flag down and wakes whoever had raised it.
  @inline(__always)
  func wakeSleeper() {
    if settled != 0, exchange(0) != 0 { clinux_wake(lowHalf) }
  }

  /// Puts a value there whose lower half is not 1, and wakes whoever sleeps until then.
  func answer(_ value: UInt64) {
    settle(value)
    clinux_wake(lowHalf)
  }

  /// Where the kernel looks: 32 bits, the first of the word on the little-endian machines there are.
  private var lowHalf: UnsafePointer<UInt32> { UnsafePointer(UnsafeRawPointer(pointer).assumingMemoryBound(to: UInt32.self)) }

  @inline(__always) func set(_ bits: UInt64) { pointer.pointee.bitwiseOr(bits, ordering: .sequentiallyConsistent) }
}
