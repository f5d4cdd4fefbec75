// Memory that is lent for a call.

import PluginABI
import Testing
import Vox

@testable import Conformance

struct LoanTests {
  /// Whatever was lent is nonsense once the call is over.
  @Test func overwritten() {
    let lender = Lender()
    let kept = lender.lend { loan in
      let view = loan.view("a secret")
      #expect(view.string == "a secret")
      return view
    }
    #expect(kept.bytes.allSatisfy { $0 == 0xDD })
  }

  /// Loans larger than a page, and many in one call, are whole.
  @Test func large() {
    Lender().lend { loan in
      let long = String(repeating: "x", count: 100_000)
      let pairs = loan.pairs([("a", long), ("b", "2")])
      #expect(pairs?[0].value.string == long)
      #expect(pairs?[1].name.string == "b")
      #expect(loan.samples([1, 2, 3])?[2] == 3)
      #expect(loan.place(UInt64(7)).pointee == 7)
      #expect(loan.view("").ptr == nil)
    }
  }
}
