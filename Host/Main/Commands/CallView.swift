// One call for people: who, when, every turn with its waterfall, who served, what it took.

import Base
import Failover
import Journal
import Terminal

/// Renders a call's record as lines.
struct CallView {
  private let record: CallRecord

  init(_ record: CallRecord) { self.record = record }

  var lines: [String] {
    head + record.turns.flatMap { [""] + turn($0) } + [""] + tail
  }

  private var head: [String] {
    let call = record.summary
    var lines = [
      "call     \(call.id)", "agent    \(CallList.agent(call))",
      "line     \(call.line ?? "-"), from \(call.from?.description ?? "-") to \(Screen.plain(call.to ?? "-"))",
      "started  \(Figure.wall(call.startedWallMs)), lasted \(Figure.duration(ms: call.durationMs)), \(CallList.ending(call))",
      "served   \(Self.served(record.served))",
    ]
    if let problem = record.problem { lines.append("problem  \(Screen.plain(problem.message))") }
    return lines
  }

  private func turn(_ turn: CallRecord.Turn) -> [String] {
    var lines = ["turn \(turn.number)\(turn.cause.map { " (\($0))" } ?? "")\(turn.outcome.map { ", \($0)" } ?? "")"]
    let spoken =
      turn.heard.map { ($0.startMs, "caller  \($0.text)\(Self.confidence($0))") }
      + turn.said.map { ($0.startMs, "agent   \($0.text)\($0.interrupted ? " ..." : "")") }
      + turn.interruptions.filter { $0.step != .provisional }.map {
        ($0.atMs, $0.step == .confirmed ? "(the agent falls silent)" : "(the agent goes on)")
      }
    for (ms, text) in spoken.sorted(by: { $0.0 < $1.0 }) { lines.append("  \(Figure.callTime(ms))  \(Screen.plain(text))") }
    for tool in turn.tools {
      lines.append("  tool     \(Screen.plain(tool.name)) by \(tool.provider): \(tool.outcome), \(Figure.ms(tool.ms)) ms")
    }
    for attempt in turn.attempts where attempt.outcome == .lost {
      lines.append("  lost     \(attempt.role) by \(attempt.provider): \(Screen.plain(attempt.cause?.message ?? "no reason was given"))")
    }
    if !turn.served.isEmpty { lines.append("  served   \(Self.served(turn.served))") }
    if let waterfall = turn.waterfall, let e2e = waterfall.e2eMs, turn.number > 0 { lines += bars(Spans(waterfall), e2e) }
    return lines
  }

  /// The waterfall: each step begins where the one before it ended.
  private func bars(_ spans: Spans, _ e2e: Double) -> [String] {
    let width = 40.0
    var table = Table([.left("  step"), .right("ms"), .left("")])
    var at = 0.0
    for (name, ms) in spans.steps {
      guard let ms else { continue }
      let start = Self.column(at, e2e, width)
      at += ms
      // A step too short to see leaves its place empty; its number says enough.
      let end = Self.column(at, e2e, width)
      table.add(["  " + name, Figure.ms(ms), String(repeating: " ", count: start) + String(repeating: "█", count: end - start)])
    }
    table.add(["  e2e", Figure.ms(e2e), "of which the host \(Figure.ms(spans.hostMs))"])
    return table.lines()
  }

  private static func column(_ ms: Double, _ whole: Double, _ width: Double) -> Int {
    guard whole > 0, ms.isFinite else { return 0 }
    return Int((max(0, min(ms / whole, 1)) * width).rounded())
  }

  private var tail: [String] {
    var lines: [String] = []
    if !record.digits.isEmpty { lines.append("keys     \(record.digits.map(\.digit).joined())") }
    for message in record.messages {
      lines.append("message  \(Screen.plain(message.text))\(message.callback.map { ", call back \($0)" } ?? "")")
    }
    for transfer in record.transfers { lines.append("transfer \(transfer.target): \(transfer.outcome)") }
    var amounts = Table([.left("used by"), .left("meter"), .right("amount"), .left("")])
    for usage in record.usage {
      amounts.add(["\(usage.role) \(usage.provider)", usage.meter, "\(usage.amount)", usage.estimated ? "estimated" : ""])
    }
    if !amounts.isEmpty { lines += amounts.lines() }
    lines += costs
    if record.unreadable > 0 { lines.append("\(record.unreadable) facts of this call were written by a newer host and are not shown") }
    return lines
  }

  /// What all attempts have cost, a line for each currency; attempts that lost are paid as well.
  private var costs: [String] {
    var sums: [String: Int64] = [:]
    for cost in record.turns.flatMap(\.attempts).compactMap(\.cost) {
      // An amount beyond all money is shown as the most there is.
      let (sum, isBeyond) = sums[cost.currency, default: 0].addingReportingOverflow(cost.micros)
      sums[cost.currency] = isBeyond ? .max : sum
    }
    return sums.sorted { $0.key < $1.key }.map { "cost     \(Money(micros: $0.value, $0.key))" }
  }

  private static func served(_ served: [CallRecord.Served]) -> String {
    served.isEmpty ? "-" : served.map { "\($0.role) \($0.provider)" }.joined(separator: ", ")
  }

  private static func confidence(_ heard: Fact.Heard) -> String {
    guard let confidence = heard.confidence, confidence.isFinite else { return "" }
    return "  (\(Int((max(0, min(confidence, 1)) * 100).rounded())) % sure)"
  }
}
