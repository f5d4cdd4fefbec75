// A plugin whose provider is gone reaches nothing any more, whatever its threads still do.

import Foundation
import PluginABI
import Synchronization
import Testing
import Vox

@testable import PluginKit

@Suite struct HostTests {
  /// Counts the calls that come through a host's table.
  private final class Counter: @unchecked Sendable {
    let calls = Atomic(0)
    /// Calls that came after the provider was gone.
    let late = Atomic(0)
    let isGone = Atomic(false)
    let table = UnsafeMutablePointer<vox_host_v0>.allocate(capacity: 1)

    init() {
      table.initialize(
        to: vox_host_v0(
          struct_size: UInt32(MemoryLayout<vox_host_v0>.size), abi: UInt32(VOX_ABI_DRAFT), ctx: Unmanaged.passUnretained(self).toOpaque(),
          emit: { ctx, _ in Counter.count(ctx) }, now: { UInt64(Counter.count($0)) + 7 }, log: { ctx, _, _, _ in _ = Counter.count(ctx) },
          timer: { ctx, _, _, _ in Counter.count(ctx) }, service: { ctx, _ in Counter.count(ctx) == 0 ? UnsafeRawPointer(ctx) : nil }))
    }

    deinit { table.deallocate() }

    private static func count(_ ctx: UnsafeMutableRawPointer?) -> vox_status {
      guard let ctx else { return vox_status(VOX_INTERNAL) }
      let counter = Unmanaged<Counter>.fromOpaque(ctx).takeUnretainedValue()
      counter.calls.add(1, ordering: .relaxed)
      if counter.isGone.load(ordering: .acquiring) { counter.late.add(1, ordering: .relaxed) }
      return vox_status(VOX_OK)
    }
  }

  /// Every function passes before, and none after; the clock goes on.
  @Test func nothingPassesAfterTheEnd() {
    let counter = Counter()
    let host = Host(counter.table)
    func callAll() -> [Bool] {
      host.log(.info, "a line")
      return [
        host.emit(Layout.head(vox_event.self, .closed, target: 1)) == VOX_OK, host.timer(owner: 1, token: 1, at: 1) == VOX_OK,
        host.service("any", as: vox_host_v0.self) != nil, host.now == 7,
      ]
    }
    #expect(callAll() == [true, true, true, true])
    #expect(counter.calls.load(ordering: .relaxed) == 5)
    host.leave()
    #expect(callAll() == [false, false, false, false])
    #expect(counter.calls.load(ordering: .relaxed) == 5)
    #expect(host.now > 7)
  }

  /// With threads that never stop calling, no call is under way once `leave` has returned.
  @Test func leaveWaitsForCallsUnderWay() {
    for _ in 0..<10 {
      let counter = Counter()
      let host = Host(counter.table)
      let isOver = Stop()
      let pool = ThreadPool(name: "kit-callers", threads: 3)
      for _ in 0..<3 {
        pool.queue().async { while !isOver.flag.load(ordering: .relaxed) { _ = host.timer(owner: 1, token: 1, at: 1) } }
      }
      while counter.calls.load(ordering: .relaxed) < 100 { sched_yield() }
      host.leave()
      counter.isGone.store(true, ordering: .releasing)
      for _ in 0..<100 { sched_yield() }
      isOver.flag.store(true, ordering: .relaxed)
      pool.join()
      #expect(counter.late.load(ordering: .relaxed) == 0)
    }
  }

  private final class Stop: Sendable { let flag = Atomic(false) }
}
