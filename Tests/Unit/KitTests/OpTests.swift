// What an op says keeps its order, whichever threads say it.

import PluginABI
import Synchronization
import Testing
import Vox

@testable import PluginKit

@Suite struct OpTests {
  /// A host that keeps the usage it is told of.
  private final class Books: @unchecked Sendable {
    let told = Mutex<[(seq: UInt32, amount: UInt64)]>([])
    let table = UnsafeMutablePointer<vox_host_v0>.allocate(capacity: 1)

    init() {
      table.initialize(to: vox_host_v0())
      table.pointee.ctx = Unmanaged.passUnretained(self).toOpaque()
      table.pointee.emit = { ctx, event in
        guard let ctx, event.pointee.kind == UInt16(VOX_EV_USAGE) else { return vox_status(VOX_INVALID) }
        let usage = UnsafeRawPointer(event).load(as: vox_ev_usage.self)
        Unmanaged<Books>.fromOpaque(ctx).takeUnretainedValue().told.withLock { $0.append((usage.seq, usage.amount)) }
        return vox_status(VOX_OK)
      }
    }

    deinit { table.deallocate() }
  }

  /// Two threads that report a meter at once, as a cancel and the last of the work do, number their reports in the order in which they
  /// reach the host, and no report tells of less than the one before.
  @Test func usageOfTwoThreadsKeepsItsOrder() {
    let books = Books()
    let op = Op(host: Host(books.table), session: 1, handle: 2)
    let consumed = Atomic<UInt64>(0)
    let pool = ThreadPool(name: "op-usage", threads: 2)
    for _ in 0..<2 {
      pool.queue().async {
        for _ in 0..<20_000 {
          consumed.add(1, ordering: .relaxed)
          op.usage("audio_in_ms", consumed.load(ordering: .relaxed))
        }
      }
    }
    pool.join()
    let told = books.told.withLock { $0 }
    #expect(told.count == 40_000)
    #expect(zip(told, told.dropFirst()).allSatisfy { $0.seq < $1.seq })
    #expect(zip(told, told.dropFirst()).allSatisfy { $0.amount <= $1.amount })
  }
}
