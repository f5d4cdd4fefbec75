// Small decisions: keys, digits, a plain yes.

import Testing

@testable import Calls

@Suite struct SmallMachineTests {
  private func entry(_ maxDigits: Int = 4, terminator: Character? = "#") -> KeypadEntry {
    KeypadEntry(pauseMs: 3000, terminator: terminator, maxDigits: maxDigits)
  }

  /// Keys wait for more; the terminator, the last allowed key or a pause completes them, and the next entry begins empty.
  @Test func keypad() {
    var machine = entry()
    let actions = [
      machine.key("1", at: 100), machine.key("2", at: 200), machine.key("#", at: 300), machine.key("#", at: 400), machine.pause(),
      machine.key("1", at: 1000), machine.pause(),
    ]
    #expect(actions == [.wait(untilMs: 3100), .wait(untilMs: 3200), .complete("12"), .none, .none, .wait(untilMs: 4000), .complete("1")])
    let four = ["1", "2", "3", "4"].map { machine.key(Character($0), at: 0) }
    #expect(four.last == .complete("1234"))
    #expect(machine.digits.isEmpty)
  }

  /// What the agent expects completes the entry, but never beyond the limit; without a terminator the key is a key.
  @Test func expectedDigits() {
    var machine = entry(8, terminator: nil)
    machine.expectedDigits = 2
    let actions = [machine.key("#", at: 0), machine.key("1", at: 0)]
    #expect(actions == [.wait(untilMs: 3000), .complete("#1")])
    machine = entry(2)
    machine.expectedDigits = 9
    _ = machine.key("1", at: 0)
    let last = machine.key("2", at: 0)
    #expect(last == .complete("12"))
  }

  /// A yes is a yes and nothing else.
  @Test(arguments: [
    ("yes", true), ("Yes, please.", true), ("that's right", true), ("yeah I did", true), ("no", false), ("", false),
    ("yes but on monday", false),
    ("please", false), ("is it", false),
  ])
  func affirmation(_ text: String, _ expected: Bool) { #expect(Affirmation.isYes(text) == expected) }

  /// Digits are counted as they are spoken and as they are written.
  @Test(arguments: [("four one 5", 3), ("4711", 4), ("oh seven nine", 3), ("room 12b", 0), ("nothing here", 0), ("", 0)])
  func spokenDigits(_ text: String, _ expected: Int) { #expect(SpokenDigits.count(in: text) == expected) }
}
