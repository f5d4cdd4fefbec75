// The pulse of speech: twenty slots of one millisecond; each speaking call is served in its own slot, every 20 ms.

/// Something that is due every 20 ms while it is on the wheel.
public protocol Ticked: AnyObject {
  /// The frame that is due at `due`, a little before it or late, is to leave now. Answer false to leave the wheel.
  func tick(due: Instant) -> Bool
}

/// Who is served when. Touched on its loop only.
///
/// A call takes the slot of the moment its speech begins, so that speech that starts at different moments is served at
/// different moments and calls do not convoy. Deadlines are absolute: lateness never adds up.
/// A class, because a member may come back to it from within its tick, while `run` has it in hand.
public final class TickWheel {
  private static let slotNs: UInt64 = 1_000_000

  /// The length of a frame of speech.
  public let frameNs: UInt64

  private struct Slot {
    var due = Instant.never
    var members: [any Ticked] = []
  }

  private var slots: [Slot]

  /// - Parameter frameMs: 20 ms, RFC 3551 section 4.2 and every line we know. Where nobody listens longer ones do, and cost less.
  public init(frameMs: Int = 20) {
    frameNs = UInt64(frameMs) * Self.slotNs
    slots = [Slot](repeating: Slot(), count: frameMs)
    for i in slots.indices { slots[i].members.reserveCapacity(64) }
  }

  /// The earliest moment at which somebody is due; `never` when nobody is.
  public private(set) var nextDue = Instant.never

  /// Puts `member` into the slot of `now`.
  ///
  /// - Returns: its first due time, one frame after the millisecond of `now`.
  public func add(_ member: any Ticked, now: Instant) -> Instant {
    let millisecond = now.ns / Self.slotNs
    let index = Int(millisecond % UInt64(slots.count))
    let due = Instant(ns: millisecond * Self.slotNs + frameNs)
    if slots[index].members.isEmpty { slots[index].due = due }
    slots[index].members.append(member)
    nextDue = min(nextDue, slots[index].due)
    return slots[index].due
  }

  /// Serves everybody who is due at `now`, slot by slot in the order of time; who is late by more than a frame is served as
  /// often as frames are missing.
  public func run(now: Instant) { while runSlot(now: now) {} }

  /// Serves who is due first, a millisecond's members; false when nobody is due at `now`.
  public func runSlot(now: Instant) -> Bool {
    guard nextDue <= now else { return false }
    // A slot is the millisecond of its due time: nobody need look for it.
    let index = Int(nextDue.ns / Self.slotNs % UInt64(slots.count))
    let due = slots[index].due
    // The members are taken out while they run, so that a call may join or leave the wheel from within its tick.
    var members: [any Ticked] = []
    swap(&members, &slots[index].members)
    slots[index].due = .never
    var kept = 0
    for i in members.indices {
      if members[i].tick(due: due) {
        if i > kept { members.swapAt(kept, i) }
        kept += 1
      }
    }
    if kept < members.count { members.removeLast(members.count - kept) }
    // Who joined meanwhile comes after who was there.
    swap(&members, &slots[index].members)
    if !members.isEmpty { slots[index].members += members }
    slots[index].due = slots[index].members.isEmpty ? .never : due.advanced(byNs: Int64(frameNs))
    var next = Instant.never
    for i in slots.indices where slots[i].due < next { next = slots[i].due }
    nextDue = next
    return true
  }
}
