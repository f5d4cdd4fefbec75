// Where the time of each turn went, one line per turn and the median below.

import Journal
import Terminal
import Vox

/// The turns of a call that were answered with speech.
struct LatencyTable {
  private let turns: [(number: Int, spans: Spans)]

  private static let columns: [(title: String, key: String, value: @Sendable (Spans) -> Double?)] = [
    ("eou delay", "eou_ms", { $0.eouMs }), ("transcript", "transcript_ms", { $0.transcriptMs }), ("ttft", "ttft_ms", { $0.ttftMs }),
    ("ttfb", "ttfb_ms", { span($0.pieceMs, $0.ttfbMs) }), ("host", "host_ms", { $0.hostMs }), ("e2e", "e2e_ms", { $0.e2eMs }),
  ]

  /// The voice's share begins when the model has given enough to speak, so the wait for the first piece is counted with it here.
  private static func span(_ a: Double?, _ b: Double?) -> Double? { b.map { $0 + (a ?? 0) } }

  /// - Parameter record: turn 0, the greeting, answers nobody and has no latency.
  init(_ record: CallRecord) {
    turns = record.turns.compactMap { turn in
      guard turn.number > 0, let waterfall = turn.waterfall, waterfall.e2eMs != nil else { return nil }
      return (turn.number, Spans(waterfall))
    }
  }

  var isEmpty: Bool { turns.isEmpty }

  /// The lines for people, milliseconds.
  var lines: [String] {
    var table = Table([.left("turn")] + Self.columns.map { .right($0.title) })
    for turn in turns { table.add(["\(turn.number)"] + Self.columns.map { Figure.ms($0.value(turn.spans)) }) }
    table.add(["p50"] + Self.columns.map { Figure.ms(median($0.value)) })
    return table.lines()
  }

  /// `{"turns": [{"turn", "eou_ms", …}], "p50": {…}}`; a step that a turn did not reach is null.
  var json: JSONValue {
    func row(_ value: ((Spans) -> Double?) -> Double?) -> [String: JSONValue] {
      Dictionary(uniqueKeysWithValues: Self.columns.map { ($0.key, value($0.value).map { .number($0) } ?? .null) })
    }
    return [
      "turns": .array(turns.map { turn in .object(row { $0(turn.spans) }.merging(["turn": .int(Int64(turn.number))]) { $1 }) }),
      "p50": .object(row(median)),
    ]
  }

  private func median(_ value: (Spans) -> Double?) -> Double? {
    let sorted = turns.compactMap { value($0.spans) }.sorted()
    guard !sorted.isEmpty else { return nil }
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }
}
