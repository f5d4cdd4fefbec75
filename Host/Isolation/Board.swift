// What a worker and the host tell each other without a message: which sessions have work, who sleeps, what the plugin is doing.

import Base
import CLinux

/// A few words per worker and a strip for each loop of the host, on one page as long as there are few loops.
///
/// A side that wrote a record sets the bit of its session and, only when the other side sleeps, wakes it: the host by the doorbell of
/// the loop, the worker by the word it sleeps on, since the host must not ring what the worker could fill up. A side goes to sleep by
/// raising its flag and looking once more.
final class Board: Sendable {
  /// Sessions of one loop in one worker.
  static let slots = 512
  static let maxLoops = 64
  private static let stripBytes = 256
  private static let headBytes = 256
  static let bytes = headBytes + maxLoops * stripBytes

  let memory: SharedMemory
  private var base: UnsafeMutableRawPointer { memory.address }

  init(_ memory: SharedMemory) { self.memory = memory }

  /// The worker's session thread sleeps.
  var workerSleeps: SharedWord { SharedWord(base) }
  /// What the plugin was called for on the session thread, and on the provider thread.
  var sessionCall: CallMark { CallMark(base + 64) }
  var providerCall: CallMark { CallMark(base + 128) }

  /// What the host answered to the session thread's call of a service.
  var sessionAnswer: AwaitedStatus { AwaitedStatus(base + Self.answerOffset) }
  private static let answerOffset = 224

  /// Bytes of memory that the worker had when it died of itself; 0 while it lives. Written by the worker, so a hint.
  var memoryAtDeath: UInt64 { SharedWord(base + Self.memoryOffset).glance }
  private static let memoryOffset = 192

  /// The worker's, once: this process leaves word of its memory when it dies.
  func noteMemoryAtDeath() {
    _ = clinux_note_memory_at_death((base + Self.memoryOffset).assumingMemoryBound(to: UInt64.self))
  }

  /// The words of one loop.
  func strip(_ loop: Int) -> BoardStrip { BoardStrip(base + Self.headBytes + loop * Self.stripBytes) }
}

/// The words of one loop of the host in one worker.
struct BoardStrip: Sendable {
  static let words = Board.slots / 64
  /// Sessions with calls for the plugin, and with events for the host.
  let toWorker: ReadyBits
  let toHost: ReadyBits
  let hostSleeps: SharedWord

  init(_ base: UnsafeMutableRawPointer) {
    toWorker = ReadyBits(base)
    toHost = ReadyBits(base + 64)
    hostSleeps = SharedWord(base + 128)
  }
}

/// A set of session slots that have something to read.
struct ReadyBits: @unchecked Sendable {
  private let base: UnsafeMutableRawPointer

  init(_ base: UnsafeMutableRawPointer) { self.base = base }

  @inline(__always) private func word(_ i: Int) -> SharedWord { SharedWord(base + i * 8) }
  @inline(__always) func set(_ slot: Int) { word(slot / 64).set(1 << UInt64(slot % 64)) }

  /// Hands each slot of the set to `body` and empties the set.
  @inline(__always)
  func take(_ body: (Int) -> Void) {
    for i in 0..<BoardStrip.words where word(i).glance != 0 {
      var bits = word(i).exchange(0)
      while bits != 0 {
        body(i * 64 + bits.trailingZeroBitCount)
        bits &= bits - 1
      }
    }
  }

  /// The set, which is empty from now on.
  @inline(__always)
  func takeAll() -> SIMD8<UInt64> {
    var all = SIMD8<UInt64>()
    for i in 0..<BoardStrip.words where word(i).glance != 0 { all[i] = word(i).exchange(0) }
    return all
  }

  var isEmpty: Bool { (0..<BoardStrip.words).allSatisfy { word($0).settled == 0 } }
}

/// Session slots that wait for their turn: each has one before any has its second.
struct SlotTurns {
  private var waiting = SIMD8<UInt64>()
  /// The slot after the last that had its turn.
  private var place = 0

  var isEmpty: Bool { waiting == SIMD8() }

  /// Adds all slots of the set, and empties it.
  @inline(__always) mutating func add(_ set: ReadyBits) { waiting |= set.takeAll() }
  mutating func add(_ slot: Int) { waiting[slot / 64] |= 1 << UInt64(slot % 64) }

  /// Takes the next one out; nil when none waits.
  mutating func next() -> Int? {
    for i in 0...BoardStrip.words {
      let word = (place / 64 + i) % BoardStrip.words
      // The first word is looked at twice: from the place on, and in the end from its beginning.
      let bits = i == 0 ? waiting[word] & ~0 << UInt64(place % 64) : waiting[word]
      guard bits != 0 else { continue }
      let slot = word * 64 + bits.trailingZeroBitCount
      waiting[word] &= ~(1 << UInt64(slot % 64))
      place = (slot + 1) % Board.slots
      return slot
    }
    return nil
  }
}

/// Wakes a loop of the host when it sleeps. The worker's.
struct Waker: Sendable {
  let sleeps: SharedWord
  let doorbell: Int32

  @inline(__always)
  func wake() {
    if sleeps.settled != 0, sleeps.exchange(0) != 0 { clinux_ring(doorbell) }
  }
}

/// A status that one thread of the worker waits for and the host brings: in the upper half of the word, with the flag of who waits in the
/// lower one. The thread is woken by the host itself, where an answer over the socket would have to wake the thread that reads it first.
struct AwaitedStatus: Sendable {
  private let word: SharedWord

  init(_ address: UnsafeMutableRawPointer) { word = SharedWord(address) }

  /// Before the host is asked.
  func expect() { word.settle(1) }

  /// After it was asked.
  func wait() -> Int32 {
    while true {
      let value = word.value
      if value & 1 == 0 { return Int32(truncatingIfNeeded: value >> 32) }
      word.sleep(forNs: .max)
    }
  }

  /// The host's.
  func bring(_ status: Int32) { word.answer(UInt64(UInt32(bitPattern: status)) << 32) }
}

/// Since when, and for what, a thread of the worker is inside the plugin. Written by the worker, so a hint and not a fact.
struct CallMark: Sendable {
  private let since: SharedWord
  private let what: SharedWord

  init(_ base: UnsafeMutableRawPointer) {
    since = SharedWord(base)
    what = SharedWord(base + 8)
  }

  @inline(__always)
  func enter(_ function: PluginFunction, at ns: UInt64) {
    what.note(function.rawValue)
    since.publish(ns)
  }

  @inline(__always) func leave() { since.publish(0) }

  /// Runs `wait`, in which the thread is not the plugin's but the host's: that time is not the call's.
  func excusing<R>(_ clock: any Clock, _ wait: () -> R) -> R {
    let began = since.glance
    let own = clock.now.ns &- began
    since.publish(0)
    defer { if began != 0 { since.publish(max(clock.now.ns &- own, 1)) } }
    return wait()
  }

  /// Nanoseconds since the call began; nil when the thread is not in the plugin.
  func running(at now: UInt64) -> UInt64? {
    let began = since.value
    return began == 0 ? nil : now > began ? now - began : 0
  }

  /// The function that it is in; nil when it is in none.
  var function: String? {
    since.value == 0 ? nil : PluginFunction(rawValue: what.glance)?.name ?? "a function"
  }
}

/// The functions of a plugin, for sentences about it.
enum PluginFunction: UInt64 {
  case load = 1
  case create, destroy, openAccount, updateAccount, deliverToAccount, closeAccount, open, start, pushAudio, pushBytes, finalize, cancel
  case deliver, close, destroySession

  var name: String {
    switch self {
    case .load: "vox_plugin_entry"
    case .openAccount: "open_account"
    case .updateAccount: "update_account"
    case .deliverToAccount: "deliver of the account"
    case .closeAccount: "close_account"
    case .pushAudio: "push_audio"
    case .pushBytes: "push_bytes"
    case .destroySession: "destroy of the session"
    default: String(describing: self)
    }
  }
}
