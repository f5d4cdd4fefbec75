// Gathers keys into an entry: complete at so many, at the terminator, or after a pause.

/// Pure: feed it keys and the pause's end, it answers the whole entry.
struct KeypadEntry {
  enum Action: Equatable {
    case none
    /// Come back with `pause` at this call time unless another key comes first.
    case wait(untilMs: UInt64)
    case complete(String)
  }

  private let pauseMs: Int
  private let terminator: Character?
  private let maxDigits: Int
  /// How many digits the agent has asked for; 0: it has not said.
  var expectedDigits = 0
  private(set) var digits = ""

  init(pauseMs: Int, terminator: Character?, maxDigits: Int) {
    self.pauseMs = pauseMs
    self.terminator = terminator
    self.maxDigits = maxDigits
  }

  mutating func key(_ digit: Character, at nowMs: UInt64) -> Action {
    if digit == terminator { return digits.isEmpty ? .none : complete() }
    digits.append(digit)
    if digits.count >= (expectedDigits > 0 ? min(expectedDigits, maxDigits) : maxDigits) { return complete() }
    return .wait(untilMs: nowMs + UInt64(pauseMs))
  }

  mutating func pause() -> Action { digits.isEmpty ? .none : complete() }

  private mutating func complete() -> Action {
    defer { digits = "" }
    return .complete(digits)
  }
}
