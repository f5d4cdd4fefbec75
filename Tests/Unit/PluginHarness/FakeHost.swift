// The host's table for plugin tests: notes what is emitted, keeps the clock, and counts broken promises.

import CommonHarness
import Foundation
public import PluginABI
public import Vox

/// A host whose clock is moved by the test, or, for plugins with a clock of their own, the machine's.
public final class FakeHost: @unchecked Sendable {
  public enum Clock: Sendable { case virtual, machine }

  typealias Deliver = (UnsafePointer<vox_event>) -> Void

  /// The host's HTTP server, as a test uses it.
  public let web: FakeServer
  private let clock: Clock
  private let offersServices: Bool
  private let changed = NSCondition()
  private var virtualNow: UInt64 = 1_000_000_000
  private var heard: [Heard] = []
  private var heardByTarget: [vox_handle: [Heard]] = [:]
  private var counts: [EventKind: Int] = [:]
  private var timers: [(owner: vox_handle, token: UInt64, at: UInt64)] = []
  private var owners: [vox_handle: Deliver] = [:]
  private var ended: Set<vox_handle> = []
  private var cancelled: Set<vox_handle> = []
  private var nextHandle: vox_handle = 1
  /// By target and op: the position that its next audio must have.
  private var audioEnds: [[vox_handle]: UInt64] = [:]
  private var room = Int.max
  private var refused = 0
  private var isGone = false
  private var broken: [String] = []
  private var lines: [String] = []
  let table = UnsafeMutablePointer<vox_host_v0>.allocate(capacity: 1)

  init(clock: Clock, offersServices: Bool) {
    self.clock = clock
    self.offersServices = offersServices
    web = FakeServer()
    web.host = self
    table.initialize(
      to: vox_host_v0(
        struct_size: UInt32(MemoryLayout<vox_host_v0>.size), abi: UInt32(VOX_ABI_DRAFT),
        ctx: Unmanaged.passUnretained(self).toOpaque(),
        emit: { FakeHost.at($0).emit($1) }, now: { FakeHost.at($0).now },
        log: { FakeHost.at($0).note(line: $3.pointee.string) },
        timer: { FakeHost.at($0).timer(owner: $1, token: $2, at: $3) },
        service: { FakeHost.at($0).service($1.pointee.string) }))
  }

  deinit { table.deallocate() }

  static func at(_ ctx: UnsafeMutableRawPointer?) -> FakeHost {
    guard let ctx else { preconditionFailure("the plugin did not hand back the host's ctx") }
    return Unmanaged<FakeHost>.fromOpaque(ctx).takeUnretainedValue()
  }

  // MARK: what a test asks

  public var now: UInt64 { changed.withLock { lockedNow } }
  /// Everything emitted so far, in order.
  public var events: [Heard] { changed.withLock { heard } }
  /// The same of one session or account, and how many there were of a kind, for tests with many calls.
  public func events(of target: vox_handle) -> [Heard] { changed.withLock { heardByTarget[target] ?? [] } }
  public func count(_ kind: EventKind) -> Int { changed.withLock { counts[kind] ?? 0 } }
  /// Promises of the ABI that the plugin broke; a test ends by expecting none.
  public var violations: [String] { changed.withLock { broken } }
  public var log: [String] { changed.withLock { lines } }
  /// How many events were answered WOULD_BLOCK.
  public var refusals: Int { changed.withLock { refused } }

  /// How many more audio, text and words events are taken before WOULD_BLOCK is answered.
  public func setRoom(_ count: Int) { changed.withLock { room = count } }

  /// Moves a virtual clock, delivering timers at their moments and in their order.
  public func advance(ms: Int) {
    let target = now + UInt64(ms) * 1_000_000
    while let timer = takeTimer(until: target) { fire(timer) }
    changed.withLock { virtualNow = max(virtualNow, target) }
  }

  /// Waits on the machine's clock until `fact` holds, delivering timers that fall due; false after the deadline, of the test's own time.
  public func wait(ms: Int = 20_000, _ fact: ([Heard]) -> Bool) -> Bool { wait(ms: ms) { fact(events) } }

  /// The same for a fact that needs no list of all events.
  public func wait(ms: Int = 20_000, until fact: () -> Bool) -> Bool {
    var patience = Patience(ms: ms)
    while true {
      while let timer = takeTimer(until: now) { fire(timer) }
      if fact() { return true }
      guard patience.counts() else { return false }
      // Not woken by each event: with hundreds of calls the test would do nothing but look.
      changed.withLock { _ = changed.wait(until: Date(timeIntervalSinceNow: 0.005)) }
    }
  }

  // MARK: what the lab uses

  func handle() -> vox_handle {
    changed.withLock {
      nextHandle += 1
      return nextHandle << 32 | 7
    }
  }

  func register(_ owner: vox_handle, _ deliver: @escaping Deliver) { changed.withLock { owners[owner] = deliver } }
  func forget(_ owner: vox_handle) { changed.withLock { owners[owner] = nil } }

  func deliver(_ event: UnsafePointer<vox_event>) {
    let deliver = changed.withLock { owners[event.pointee.target] }
    deliver?(event)
  }

  /// From now on only usage and the terminal event of the op pass.
  func letGo(of op: vox_handle) { changed.withLock { _ = cancelled.insert(op) } }
  func wakeUp() { changed.withLock { changed.broadcast() } }
  /// The provider has been destroyed: whatever it calls from now on, it would call into freed memory.
  func leave() { changed.withLock { isGone = true } }

  // MARK: the table

  private var lockedNow: UInt64 { clock == .virtual ? virtualNow : machineNow() }

  private func emit(_ event: UnsafePointer<vox_event>) -> vox_status {
    changed.lock()
    defer { changed.unlock() }
    if isGone { broken.append("an event after the provider's destroy") }
    let kind = EventKind(rawValue: event.pointee.kind)
    let op = event.pointee.op
    if op != 0, ended.contains(op) {
      if kind.isTerminal { broken.append("a second terminal event") }
      return vox_status(VOX_STALE)
    }
    if op != 0, cancelled.contains(op), !kind.isTerminal, kind != .usage { return vox_status(VOX_STALE) }
    if owners[event.pointee.target] == nil, kind != .ready, kind != .accountState { return vox_status(VOX_STALE) }
    let mayBeRefused: [EventKind] = [.text, .ttsAudio, .ttsWords, .transcript, .lineAudio, .toolCall]
    if mayBeRefused.contains(kind) {
      guard room > 0 else {
        refused += 1
        return vox_status(VOX_WOULD_BLOCK)
      }
      room -= 1
    }
    let event = Heard(event, at: lockedNow)
    check(event)
    heard.append(event)
    heardByTarget[event.target, default: []].append(event)
    counts[event.kind, default: 0] += 1
    if kind.isTerminal, op != 0 { ended.insert(op) }
    return vox_status(VOX_OK)
  }

  private func check(_ event: Heard) {
    if event.samples.count * 5 > event.rate { broken.append("\(event.samples.count) samples in one event, more than 200 ms") }
    if event.kind == .ttsAudio || event.kind == .lineAudio {
      let expected = audioEnds[[event.target, event.op]] ?? event.position
      let isLoss = event.flags & UInt16(VOX_AUDIO_LOST_BEFORE) != 0 && event.position > expected
      if event.position != expected, !isLoss { broken.append("audio jumps from \(expected) to \(event.position)") }
      audioEnds[[event.target, event.op]] = event.position + UInt64(event.samples.count)
    }
  }

  private func note(line: String) {
    changed.withLock {
      if isGone { broken.append("a line of log after the provider's destroy") }
      lines.append(line)
    }
  }

  private func service(_ id: String) -> UnsafeRawPointer? { offersServices ? web.table(id) : nil }

  private func timer(owner: vox_handle, token: UInt64, at: UInt64) -> vox_status {
    changed.withLock {
      if isGone { broken.append("a timer after the provider's destroy") }
      guard at != 0 else {
        timers.removeAll { $0.owner == owner && $0.token == token }
        return vox_status(VOX_OK)
      }
      guard timers.count(where: { $0.owner == owner }) < 64 else {
        broken.append("more than 64 timers of one owner")
        return vox_status(VOX_WOULD_BLOCK)
      }
      timers.append((owner, token, at))
      return vox_status(VOX_OK)
    }
  }

  private func takeTimer(until target: UInt64) -> (owner: vox_handle, token: UInt64, at: UInt64)? {
    changed.withLock {
      guard let next = timers.enumerated().min(by: { $0.element.at < $1.element.at }), next.element.at <= target else { return nil }
      virtualNow = max(virtualNow, next.element.at)
      return timers.remove(at: next.offset)
    }
  }

  private func fire(_ timer: (owner: vox_handle, token: UInt64, at: UInt64)) {
    var mark = vox_ev_mark()
    mark.h = Layout.head(vox_ev_mark.self, .timer, target: timer.owner)
    mark.value = timer.token
    withUnsafePointer(to: mark) { $0.withMemoryRebound(to: vox_event.self, capacity: 1) { deliver($0) } }
  }
}

private func machineNow() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
