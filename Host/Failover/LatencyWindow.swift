// How soon an account has recently given its first output.

import Base

/// A ring of the last first-output times.
struct LatencyWindow: Equatable, Sendable {
  private struct Sample: Equatable, Sendable {
    var at: Instant
    var ms: Int
  }

  private var samples: [Sample] = []
  private var next = 0

  mutating func note(ms: Double, at now: Instant) {
    let sample = Sample(at: now, ms: Int(min(max(ms, 0), 600_000)))
    if samples.count < Limits.latencySamples { return samples.append(sample) }
    samples[next] = sample
    next = (next + 1) % Limits.latencySamples
  }

  /// The 95th percentile by nearest rank; nil while there are too few recent samples.
  func p95Ms(at now: Instant) -> Int? {
    let recent = samples.filter { now.ms(since: $0.at) <= Double(Limits.latencyAgeMs) }.map(\.ms).sorted()
    guard recent.count >= Limits.latencyNeeded else { return nil }
    return recent[(recent.count * 95 + 99) / 100 - 1]
  }
}
