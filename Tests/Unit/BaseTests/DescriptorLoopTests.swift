// A loop of descriptors: what comes first in a turn, who is told what, and that a sleeping loop is woken.

import Base
import Dispatch
import Glibc
import Synchronization
import Testing

/// Two ends of a connection, and a list of what happened.
private final class Ends: DescriptorOwner, TimerTarget {
  let own: StreamSocket
  let far: StreamSocket
  var log: [String] = []
  var takes = true

  init() throws {
    var ends: [Int32] = [-1, -1]
    try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0, &ends) == 0)
    (own, far) = (StreamSocket(ends[0]), StreamSocket(ends[1]))
  }

  deinit {
    own.close()
    far.close()
  }

  func ready(_ descriptor: Int32, _ how: Readiness) {
    if how.contains(.write) { log.append("write") }
    guard how.contains(.read), takes else { return }
    var bytes = [UInt8](repeating: 0, count: 16)
    if case .moved(let count) = bytes.withUnsafeMutableBytes({ own.receive($0) }) {
      log.append("read \(count)")
    } else {
      log.append("lost")
    }
  }

  func timerFired(token: UInt64) { log.append("timer \(token)") }

  func say(_ bytes: [UInt8]) { bytes.withUnsafeBytes { #expect(far.send($0) == .moved($0.count)) } }
}

/// The calling thread's folder, below `/proc`.
private func thisThread() -> String {
  var name = [CChar](repeating: 0, count: 64)
  let count = readlink("/proc/thread-self", &name, name.count)
  return String(decoding: name[..<max(count, 0)].map(UInt8.init(bitPattern:)), as: UTF8.self)
}

/// Whether a thread waits for something.
private func isAsleep(_ thread: String) -> Bool {
  guard let file = fopen("/proc/\(thread)/stat", "r") else { return false }
  defer { fclose(file) }
  var line = [UInt8](repeating: 0, count: 256)
  let count = fread(&line, 1, line.count, file)
  return String(decoding: line[..<count], as: UTF8.self).contains(") S ")
}

@Suite struct DescriptorLoopTests {
  /// In a turn come descriptors, then timers, then what was submitted, then the chores in their order; what lies ahead stays there.
  @Test func order() throws {
    let clock = VirtualClock()
    let loop = try #require(DescriptorLoop(clock: clock))
    let ends = try Ends()
    nonisolated(unsafe) let log = ends
    loop.eachTurn { log.log.append("first") }
    loop.eachTurn { log.log.append("second") }
    loop.watch(ends.own.descriptor, ends, .read)
    _ = loop.timer(ends, token: 1, inMs: 0)
    _ = loop.timer(ends, token: 2, inMs: 10)
    loop.submit { log.log.append("submitted") }
    ends.say([1, 2, 3])
    loop.turn()
    #expect(ends.log == ["read 3", "timer 1", "submitted", "first", "second"])
    ends.log = []
    clock.move(to: clock.now.advanced(byMs: 10))
    loop.turn()
    #expect(ends.log == ["timer 2", "first", "second"])
  }

  /// A descriptor is told of as long as it stays ready, not while nothing is asked, and not once it was forgotten.
  @Test func asked() throws {
    let loop = try #require(DescriptorLoop(clock: VirtualClock()))
    let ends = try Ends()
    let own = ends.own.descriptor
    loop.watch(own, ends, [.read, .write])
    loop.turn()
    #expect(ends.log == ["write"])
    ends.say([1])
    loop.watch(own, ends, [])
    loop.turn()
    #expect(ends.log == ["write"])
    loop.watch(own, ends, .read)
    ends.takes = false
    loop.turn()
    ends.takes = true
    loop.turn()
    #expect(ends.log == ["write", "read 1"])
    ends.far.endSending()
    loop.turn()
    #expect(ends.log.last == "lost")
    #expect(loop.owner(of: own) === ends)
    loop.forget(own)
    loop.turn()
    #expect(ends.log.count == 3 && loop.owner(of: own) == nil)
  }

  /// What is ready again within the rest after a turn is not served in it, until somebody wakes the loop; what comes later is served at once.
  @Test func rests() throws {
    let clock = VirtualClock()
    let loop = try #require(DescriptorLoop(clock: clock, restMs: 60_000))
    let ends = try Ends()
    loop.watch(ends.own.descriptor, ends, .write)
    loop.turn(waits: true)
    #expect(ends.log == ["write"])
    let order = Mutex<[String]>([])
    let woken = DispatchSemaphore(value: 0)
    let me = thisThread()
    DispatchQueue.global().async {
      // The test's thread sleeps in its turn; one that had not rested would sleep where it waits for this.
      let deadline = DispatchTime.now() + 10
      while !isAsleep(me), DispatchTime.now() < deadline { sched_yield() }
      order.withLock { $0.append("woken") }
      loop.wake()
      woken.signal()
    }
    loop.turn(waits: true)
    order.withLock { $0.append("served") }
    #expect(woken.wait(timeout: .now() + 20) == .success)
    #expect(order.withLock { $0 } == ["woken", "served"])
    #expect(ends.log == ["write", "write"])
    clock.move(to: clock.now.advanced(byMs: 60_000))
    loop.turn(waits: true)
    #expect(ends.log.count == 3)
  }

  /// Who may wait does not end a rest, is served in the turn behind it, and wakes a loop that sleeps for longer.
  @Test func wakesAfterRest() throws {
    let clock = VirtualClock()
    let loop = try #require(DescriptorLoop(clock: clock, restMs: 60_000))
    let ends = try Ends()
    loop.watch(ends.own.descriptor, ends, .write)
    loop.turn(waits: true)
    let order = Mutex<[String]>([])
    let me = thisThread()
    let woken = DispatchSemaphore(value: 0)
    DispatchQueue.global().async {
      let deadline = DispatchTime.now() + 10
      while !isAsleep(me), DispatchTime.now() < deadline { sched_yield() }
      loop.wakeAfterRest()
      // Long enough for a loop that was woken to be seen awake.
      for _ in 0..<1000 where isAsleep(me) { sched_yield() }
      order.withLock { $0.append(isAsleep(me) ? "rests" : "woken") }
      loop.wake()
      woken.signal()
    }
    loop.turn(waits: true)
    #expect(woken.wait(timeout: .now() + 20) == .success)
    #expect(order.withLock { $0 } == ["rests"])
    // Nothing to read or write, no timer, no rest: it sleeps until it is woken.
    loop.forget(ends.own.descriptor)
    clock.move(to: clock.now.advanced(byMs: 60_000))
    loop.turn()
    clock.move(to: clock.now.advanced(byMs: 60_000))
    DispatchQueue.global().async {
      let deadline = DispatchTime.now() + 10
      while !isAsleep(me), DispatchTime.now() < deadline { sched_yield() }
      loop.wakeAfterRest()
      woken.signal()
    }
    loop.turn(waits: true)
    #expect(woken.wait(timeout: .now() + 20) == .success)
  }

  /// A thread that sleeps without a deadline does at once what it is given.
  @Test func wakes() throws {
    let loop = try #require(DescriptorLoop(clock: SystemClock()))
    #expect(loop.start(name: "test"))
    for _ in 0..<200 {
      let done = DispatchSemaphore(value: 0)
      loop.submit { done.signal() }
      #expect(done.wait(timeout: .now() + 10) == .success)
    }
    loop.stop()
  }
}
