// When, by the caller's own clock, it spoke and when it heard something.

public import Vox

/// Spans of a call in milliseconds since it was answered. Bounded: a call with more spans keeps the first ones.
public final class CallerLog {
  private struct Span {
    var turn = 0
    var from = 0
    var to = 0
  }

  private var frames = 0
  private var said: [Span] = []
  private var heard: [Span] = []
  private var isSaying = false

  private static let maxSpans = 1_000
  /// Two words of one utterance are closer together than this.
  private static let gapMs = 300

  init() {
    // Room at once, because a call's clock must not allocate.
    said.reserveCapacity(64)
    heard.reserveCapacity(64)
  }

  private var nowMs: Int { frames * CallerMachine.frameMs }

  func frame(heardLoud: Bool) {
    if heardLoud {
      if let last = heard.indices.last, nowMs - heard[last].to < Self.gapMs {
        heard[last].to = nowMs + CallerMachine.frameMs
      } else if heard.count < Self.maxSpans {
        heard.append(Span(from: nowMs, to: nowMs + CallerMachine.frameMs))
      }
    }
    frames += 1
  }

  func began(turn: Int) {
    guard said.count < Self.maxSpans else { return }
    said.append(Span(turn: turn, from: nowMs - CallerMachine.frameMs, to: nowMs))
    isSaying = true
  }

  func ended() {
    guard isSaying else { return }
    isSaying = false
    said[said.count - 1].to = nowMs
  }

  /// `{"ms", "said": [{"turn", "from_ms", "to_ms"}], "heard": [{"from_ms", "to_ms"}]}`
  public var json: JSONValue {
    func times(_ span: Span) -> [String: JSONValue] { ["from_ms": .int(Int64(span.from)), "to_ms": .int(Int64(span.to))] }
    return [
      "ms": .int(Int64(nowMs)),
      "said": .array(said.map { span in .object(times(span).merging(["turn": .int(Int64(span.turn))]) { $1 }) }),
      "heard": .array(heard.map { .object(times($0)) }),
    ]
  }
}
