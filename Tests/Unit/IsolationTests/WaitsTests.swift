// When the worker's thread looks for work before it sleeps.

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
}
