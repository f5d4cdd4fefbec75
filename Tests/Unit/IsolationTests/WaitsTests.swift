// How the worker's session thread waits: for work, and for the host's answer.

import Base
import Glibc
import Synchronization
import Testing

@testable import Isolation

@Suite struct WaitsTests {
  /// Only a habit of short waits is worth a look: sixteen in a row, and again sixteen after a long wait or a look in vain.
  @Test func habit() {
    var waits = Waits()
    func wait(_ times: Int) { for _ in 0..<times { waits.slept(5_000) } }
    wait(15)
    #expect(!waits.areShort)
    wait(1)
    #expect(waits.areShort)
    waits.lookedInVain()
    wait(15)
    #expect(!waits.areShort)
    wait(1)
    #expect(waits.areShort)
    waits.slept(20_000_000)
    #expect(!waits.areShort)
  }

  /// Each answer on the board is the one to the call before it, negative statuses included, whether it comes before the thread sleeps or after.
  @Test func answers() throws {
    let host = try #require(SharedMemory(name: "vox-test", bytes: Board.bytes))
    let mine = Board(host)
    let theirs = Board(try #require(SharedMemory(adopting: dup(host.descriptor), bytes: Board.bytes)))
    let asked = Answers(10_000)
    OwnThread.start(name: "host") {
      for i in 0..<asked.count {
        while asked.next.load(ordering: .acquiring) <= i { sched_yield() }
        theirs.sessionAnswer.bring(Int32(i) * (i % 2 == 0 ? 1 : -1))
      }
    }
    for i in 0..<asked.count {
      mine.sessionAnswer.expect()
      asked.next.store(i + 1, ordering: .releasing)
      #expect(mine.sessionAnswer.wait() == Int32(i) * (i % 2 == 0 ? 1 : -1))
    }
  }

  /// A call that waited a minute for the host has run for as long as it ran itself, before and after.
  @Test func excused() throws {
    let board = Board(try #require(SharedMemory(name: "vox-test", bytes: Board.bytes)))
    let clock = VirtualClock()
    func pass(_ ms: Int) { clock.move(to: clock.now.advanced(byMs: ms)) }
    var running: UInt64? { board.sessionCall.running(at: clock.now.ns) }
    board.sessionCall.enter(.pushAudio, at: clock.now.ns)
    pass(300)
    board.sessionCall.excusing(clock) {
      pass(60_000)
      #expect(running == nil)
    }
    #expect(running == 300_000_000)
    pass(200)
    #expect(running == 500_000_000)
    board.sessionCall.leave()
    board.sessionCall.excusing(clock) { pass(10) }
    #expect(running == nil)
  }

  private final class Answers: Sendable {
    let count: Int
    let next = Atomic(0)
    init(_ count: Int) { self.count = count }
  }
}
