// What tables look like, whatever is put into them.

import Terminal
import Testing

@Suite struct TableTests {
  private func table(_ rows: [[String]]) -> Table {
    var table = Table([.left("name"), .right("ms")])
    for row in rows { table.add(row) }
    return table
  }

  /// Columns are as wide as their widest cell; numbers end under each other; no line ends in spaces.
  @Test func alignsColumns() {
    #expect(table([["a", "5"], ["longer", "1000"]]).lines() == ["name      ms", "a          5", "longer  1000"])
    #expect(table([["longer than the title", ""]]).lines() == ["name                   ms", "longer than the title"])
  }

  /// A line that is wider than the terminal is cut and says so; without a terminal it stays whole.
  @Test func cutsToWidth() {
    #expect(table([["abcdefgh", "1"]]).lines(width: 6) == ["name …", "abcde…"])
    #expect(table([["abcdefgh", "1"]]).lines()[1] == "abcdefgh   1")
  }

  /// A row with too few cells is filled, one with too many is cut.
  @Test func toleratesRowsOfAnyLength() {
    #expect(table([["a"], ["b", "1", "2"]]).lines() == ["name  ms", "a", "b      1"])
  }

  /// Escape sequences in text from outside do not reach the terminal.
  @Test func disarmsControlCharacters() {
    #expect(table([["\u{1B}[2Jx\n", "\u{9B}1"]]).lines()[1] == "·[2Jx·  ·1")
    #expect(Screen.plain("caf\u{E9} ok") == "caf\u{E9} ok")
  }
}
