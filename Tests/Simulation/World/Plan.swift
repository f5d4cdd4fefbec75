// The answer that belongs to a question, whoever gives it.

import Base
import Vox

/// Words of the model with numbers from `first` to `last`, in pieces as they are streamed.
struct Plan {
  struct Piece {
    let first: Int
    let last: Int
    let endsSentence: Bool

    /// The words from one of them on.
    func text(from next: Int) -> String {
      var text = ""
      for number in max(first, next)...last { text += number == last && endsSentence ? "a\(number). " : "a\(number) " }
      return text
    }
  }

  let first: Int
  private(set) var last: Int
  private(set) var pieces: [Piece] = []
  /// The tool it calls, by the number that the tool is to act on; nil: none.
  let tool: Int?
  /// What COMPLETED carries.
  private(set) var result = #"{"stop": "end"}"#
  /// What COMPLETED carries is something to be done.
  private(set) var acts = false

  init(first: Int, mayAct: Bool, _ chance: inout Chance) {
    self.first = first
    tool = mayAct && chance.percent(25) ? first : nil
    last = first - 1
    for _ in 0..<chance.some(tool == nil ? 1...3 : 0...1) {
      let half = chance.some(1...5)
      add(half, endsSentence: false)
      add(chance.some(1...5), endsSentence: true)
    }
    if tool != nil { result = #"{"stop": "tool"}"# }
    if tool == nil, chance.permille(15) { act(#"{"stop": "end", "end_call": true}"#) }
    if tool == nil, chance.permille(10) { act(#"{"stop": "end", "transfer": "desk"}"#) }
  }

  private mutating func act(_ result: String) {
    self.result = result
    acts = true
  }

  private mutating func add(_ count: Int, endsSentence: Bool) {
    pieces.append(Piece(first: last + 1, last: last + count, endsSentence: endsSentence))
    last += count
  }

  var hasWords: Bool { last >= first }

  /// Where to go on for somebody who is shown what was said of it already.
  func next(after body: UnsafeBufferPointer<UInt8>) -> Int {
    var next = first
    Words.numbers(UInt8(ascii: "a"), in: body) { if $0 >= first, $0 <= last { next = max(next, $0 + 1) } }
    return next
  }
}
