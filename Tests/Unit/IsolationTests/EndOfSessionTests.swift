// What the threads of the host see of each other's doings when a session, its worker and its provider end at the same time.

import Base
import Glibc
import Loader
import PluginABI
import Synchronization
import Testing
import Vox

@testable import Isolation

@Suite struct EndOfSessionTests {
  /// A rig whose plugin has not been made yet, so that `within` can be set.
  private func rig() throws -> Rig {
    let isolation = Isolation(program: Fixtures.program, arguments: [], loops: [], clock: SystemClock())
    let library = try isolation.open(SealedLibrary(Fixtures.worker), isolation.order(Fixtures.worker), name: "fixture")
    return try Rig(library, start: false)
  }

  /// Whether it becomes true within ten seconds.
  private func comesTrue(_ fact: () -> Bool) -> Bool {
    let deadline = SystemClock().now.advanced(byMs: 10_000)
    while !fact() {
      guard SystemClock().now < deadline else { return false }
      sched_yield()
    }
    return true
  }

  /// A reader that is still inside the host while session, provider and worker go says nothing afterwards, and leaves nothing behind.
  @Test func lateReader() throws {
    let rig = try rig()
    let (inside, mayLeave) = (Answer<Void>(), Answer<Void>())
    rig.ear.within = { heard in
      guard heard.kind == EventKind.closed.rawValue else { return }
      inside.bring(())
      mayLeave.wait()
    }
    rig.start()
    let session = try #require(rig.open())
    let context = try #require(rig.library.context)
    weak var worker = Unmanaged<IsolatedProvider>.fromOpaque(context).takeUnretainedValue().current.withLock { $0 }
    session.close()
    inside.wait()
    session.destroy()
    let left = Answer<Void>()
    OwnThread.start(name: "stop") {
      rig.stop()
      left.bring(())
    }
    #expect(comesTrue { worker?.isAlive == false })
    mayLeave.bring(())
    left.wait()
    #expect(!session.heard.contains { $0.kind == EventKind.failed.rawValue })
    #expect(comesTrue { worker == nil })
  }

  /// Sound for an op whose end the host has been told is late, from the very moment it is told.
  @Test func lateSound() throws {
    let rig = try rig()
    nonisolated(unsafe) var session: RigSession?
    nonisolated(unsafe) var status: vox_status?
    rig.ear.within = { heard in
      if heard.kind == EventKind.completed.rawValue { status = session?.push(heard.op, [0], at: 0) }
    }
    rig.start()
    defer { rig.stop() }
    session = try #require(rig.open())
    let op = try #require(session?.start("echo").op)
    session?.finalize(op)
    #expect(rig.ear.waitFor(.completed, op: op) != nil)
    #expect(status == vox_status(VOX_STALE))
  }
}
