// Which sessions and ops of a loop are alive, readable from every thread without a lock.

import PluginABI
import Synchronization

/// Fixed tables of atomic words, one per session and two per op: an emit from any thread learns here whether its handle is
/// stale and whether there is room, before it copies anything.
final class OpSlots: @unchecked Sendable {
  static let maxSessions = 4096
  static let maxOps = 16384

  /// Bits beside the generation in an op's word.
  private static let cancelled: UInt64 = 1
  private static let blocked: UInt64 = 2

  private let sessions = UnsafeMutablePointer<Atomic<UInt64>>.allocate(capacity: OpSlots.maxSessions)
  /// The number of the provider each session belongs to.
  private let providers = UnsafeMutablePointer<Atomic<Int>>.allocate(capacity: OpSlots.maxSessions)
  private let ops = UnsafeMutablePointer<Atomic<UInt64>>.allocate(capacity: OpSlots.maxOps)
  /// Samples an op has emitted that nobody has played yet.
  private let queued = UnsafeMutablePointer<Atomic<Int>>.allocate(capacity: OpSlots.maxOps)
  /// Set when an emit was refused because the loop's ring was full, so that the loop remembers to say RESUME.
  let ringWasFull = Atomic(false)

  init() {
    for i in 0..<Self.maxSessions {
      (sessions + i).initialize(to: Atomic(0))
      (providers + i).initialize(to: Atomic(0))
    }
    for i in 0..<Self.maxOps {
      (ops + i).initialize(to: Atomic(0))
      (queued + i).initialize(to: Atomic(0))
    }
  }

  deinit {
    sessions.deallocate()
    providers.deallocate()
    ops.deallocate()
    queued.deallocate()
  }

  // MARK: On the loop

  func openSession(_ slot: Int, generation: UInt32, provider: Int) {
    providers[slot].store(provider, ordering: .relaxed)
    sessions[slot].store(UInt64(generation), ordering: .releasing)
  }

  func closeSession(_ slot: Int) { sessions[slot].store(0, ordering: .releasing) }

  func openOp(_ slot: Int, generation: UInt32) {
    queued[slot].store(0, ordering: .relaxed)
    ops[slot].store(UInt64(generation) << 8, ordering: .releasing)
  }

  func cancelOp(_ slot: Int) { ops[slot].bitwiseOr(Self.cancelled, ordering: .acquiringAndReleasing) }
  func closeOp(_ slot: Int) { ops[slot].store(0, ordering: .releasing) }

  /// Takes the mark of a refused emit away; true when there was one, and RESUME is due.
  func takeBlocked(_ slot: Int) -> Bool {
    guard ops[slot].load(ordering: .acquiring) & Self.blocked != 0 else { return false }
    return ops[slot].bitwiseAnd(~Self.blocked, ordering: .acquiringAndReleasing).oldValue & Self.blocked != 0
  }

  /// `samples` of the op have been played; true when a refused emit may now be tried again.
  func consumed(_ slot: Int, samples: Int, low: Int) -> Bool {
    let left = queued[slot].subtract(samples, ordering: .acquiringAndReleasing).newValue
    return left <= low && takeBlocked(slot)
  }

  // MARK: From any thread

  enum OpState { case running, cancelled, stale }

  @inline(__always)
  func isLive(session handle: Handle) -> Bool {
    handle.slot < Self.maxSessions && sessions[handle.slot].load(ordering: .acquiring) == UInt64(handle.generation)
  }

  /// Whether a live session belongs to the provider of that number.
  func isLive(session handle: Handle, of provider: Int) -> Bool {
    isLive(session: handle) && providers[handle.slot].load(ordering: .relaxed) == provider
  }

  @inline(__always)
  func state(op handle: Handle) -> OpState {
    guard handle.slot < Self.maxOps else { return .stale }
    let word = ops[handle.slot].load(ordering: .acquiring)
    guard word >> 8 == UInt64(handle.generation) else { return .stale }
    return word & Self.cancelled != 0 ? .cancelled : .running
  }

  /// Takes room for `samples` of sound; false when `high` samples wait already, and RESUME will follow.
  func reserve(_ slot: Int, samples: Int, high: Int) -> Bool {
    if queued[slot].load(ordering: .acquiring) >= high {
      markBlocked(slot)
      // The loop may have played everything between the two looks: then nobody would say RESUME.
      if queued[slot].load(ordering: .acquiring) >= high || !takeBlocked(slot) { return false }
    }
    queued[slot].add(samples, ordering: .acquiringAndReleasing)
    return true
  }

  func markBlocked(_ slot: Int) { ops[slot].bitwiseOr(Self.blocked, ordering: .acquiringAndReleasing) }

  /// Gives room back that an emit took but could not use.
  func unreserve(_ slot: Int, samples: Int) { queued[slot].subtract(samples, ordering: .acquiringAndReleasing) }
}
