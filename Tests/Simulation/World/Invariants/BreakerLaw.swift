// I9: who failed is left alone, and then tried with care.

import Base
import Calls
import Failover
import Journal
import Vox

/// Follows every ejection from the books and looks at who is used meanwhile.
final class BreakerLaw: Invariant {
  override var id: String { "I9" }
  override var sentence: String {
    "an open breaker lets nothing regular through, a half-open one a single probe, none stays open beyond its back-off, and one account's fault is its own"
  }

  private struct Ejection {
    let from: Instant
    let until: Instant
  }

  private var ejections: [String: Ejection] = [:]
  private var probes: [String: (from: Instant, until: Instant)] = [:]
  /// The longest that a simulated vendor asks to stay away, and a little more.
  private static let retryMs = 20_000
  /// A probe that was taken back holds its place no more, though its record may come a little later.
  private static let graceMs = 300

  override func hostFact(_ entry: Entry) {
    switch entry.fact {
    case .providerEjected(let fact):
      let key = fact.wholeProvider ? fact.provider : "\(fact.provider)/\(fact.role)"
      ejections[key] = Ejection(from: entry.at, until: entry.at.advanced(byMs: Int(fact.forMs)))
      if fact.wholeProvider, world.vendors[fact.provider]?.lastWholly.map({ entry.at.ms(since: $0) > 2000 }) ?? true {
        report(nil, "all of \(fact.provider) was ejected for \(fact.cause.rawValue), and only an account of it had failed")
      }
    case .providerRecovered(let fact):
      ejections["\(fact.provider)/\(fact.role)"] = nil
      ejections[fact.provider] = nil
    default: break
    }
  }

  override func fact(_ call: CallRecord, _ entry: Entry) {
    guard case .attempt(let attempt) = entry.fact, attempt.role != "telephony" else { return }
    let from = entry.at.advanced(byNs: -Int64((attempt.endedMs - attempt.startedMs) * 1e6))
    if attempt.kind == .probe { return note(call, attempt, from, entry.at) }
    for key in [attempt.provider, "\(attempt.provider)/\(attempt.role)"] {
      guard let ejection = ejections[key], from > ejection.from, from < ejection.until else { continue }
      report(call, "\(attempt.provider) was given \(attempt.op) while its breaker was open")
    }
  }

  private func note(_ call: CallRecord, _ attempt: Fact.Attempt, _ from: Instant, _ until: Instant) {
    // A listening may last long after it has proved that its provider is well.
    guard attempt.role != "stt" else { return }
    let key = "\(attempt.provider)/\(attempt.role)"
    if let other = probes[key], from.advanced(byMs: Self.graceMs) < other.until, other.from.advanced(byMs: Self.graceMs) < until,
      attempt.firstOutputMs == nil
    {
      report(call, "two probes of \(key) ran at once")
    }
    probes[key] = (from, attempt.firstOutputMs == nil ? until : from)
  }

  override func secondPassed() {
    for (key, ejection) in ejections where witness.now > ejection.until {
      let parts = key.utf8.split(separator: UInt8(ascii: "/"))
      guard parts.count == 2, let provider = String(parts[0]) else { continue }
      let condition = world.availability.condition(of: Account(provider: provider, key: key), at: witness.now)
      if case .ejected(let until, .account, _) = condition, until > witness.now.advanced(byMs: Self.retryMs) {
        report(nil, "\(key) was ejected until \(ejection.until.ms(since: World.start)) ms and is still out")
      }
    }
  }
}
