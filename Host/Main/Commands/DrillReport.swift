// What a drill showed: who failed, who took over, and the longest silence the caller heard within a sentence.

import Base
import Journal
import Sound
import Vox

/// Folds the record of a drilled call, and the caller's recording of it, into a few lines.
struct DrillReport {
  private let fail: String
  private let attempts: [Fact.Attempt]
  private let said: [Fact.AgentSaid]
  /// What the caller heard, and its samples per second.
  private let heard: (samples: [Int16], sampleRate: UInt32)

  /// - Parameters:
  ///   - fail: the fault, as it was written.
  ///   - heard: the caller's recording; its first sample is the moment of the answer.
  init(_ fail: String, _ record: CallRecord, heard: (samples: [Int16], sampleRate: UInt32)) {
    self.fail = fail
    attempts = record.turns.flatMap(\.attempts).sorted { $0.startedMs < $1.startedMs }
    said = record.turns.flatMap(\.said)
    self.heard = heard
  }

  private var role: String { String(fail.prefix { $0 != "/" }) }

  var lines: [String] {
    let lost = attempts.enumerated().filter { $1.role == role && $1.outcome == .lost && $1.cause?.code == "drill" || isLate($1) }
    var lines = ["", "The drill \(fail):"]
    guard !lost.isEmpty else {
      return lines + ["  nothing failed; the call did not need this provider. Let the caller say more, with --say."]
    }
    for (index, attempt) in lost {
      lines.append("  \(Figure.callTime(attempt.endedMs))  \(attempt.provider) failed: \(attempt.cause?.message ?? "")")
      let next = attempts[(index + 1)...].first { $0.role == role && $0.outcome == .won }
      if let next { lines.append("  \(Figure.callTime(next.startedMs))  \(next.provider) took over") }
    }
    if let silence = longestSilenceMs {
      lines.append("  The longest silence within what the agent said was \(Figure.ms(silence)) ms, pauses between sentences included.")
    }
    return lines
  }

  /// The drilled provider, given up at a deadline.
  private func isLate(_ attempt: Fact.Attempt) -> Bool {
    attempt.role == role && attempt.outcome == .lost && fail.hasPrefix("\(role)/\(attempt.provider)=")
  }

  /// Nil when the caller heard nothing of the agent.
  var longestSilenceMs: Double? {
    let frame = Int(heard.sampleRate) / 50
    guard frame > 0 else { return nil }
    var longest: Int?
    for utterance in said {
      let range = (Int(utterance.startMs / 20) * frame)..<(Int(utterance.endMs / 20) * frame)
      var silent = 0
      for start in stride(from: range.lowerBound, to: min(range.upperBound, heard.samples.count - frame), by: frame) {
        // A line at rest is at zero, or has the noise of one step of G.711.
        let isSilent = heard.samples[start..<start + frame].allSatisfy { abs(Int($0)) < 100 }
        silent = isSilent ? silent + 20 : 0
        longest = max(longest ?? 0, silent)
      }
    }
    return longest.map(Double.init)
  }
}
