// Small words for the tests: moments, candidates, chains.

import Base
import Failover

/// The moment `ms` after the start of the test.
func at(_ ms: Int) -> Instant { Instant(ns: 1_000_000_000_000).advanced(byMs: ms) }

let unavailable = Failure(.unavailable)
let timeout = Failure(.timeout)
let auth = Failure(.auth)

let quick = Deadlines(connectMs: 1000, firstOutputMs: 800, stallMs: 500)

func candidate(
  _ position: Int, _ provider: String, key: String? = nil, deadlines: Deadlines = quick, availability: Candidate.Availability = .available,
  regions: Set<String> = [], agreements: Set<String> = [], price: Price? = nil, honoursKeys: Bool = false, isProbed: Bool = false
) -> Candidate {
  Candidate(
    position: position, account: Account(provider: provider, key: key ?? provider, isProbed: isProbed), deadlines: deadlines,
    availability: availability, regions: regions, agreements: agreements, price: price, honoursKeys: honoursKeys)
}

func plan(_ providers: String...) -> ChainPlan { ChainPlan(providers.enumerated().map { candidate($0, $1) }) }

func shared(seed: UInt64 = 1) -> SharedState { SharedState(random: Random(seed: seed)) }

extension [Attempts.Action] {
  /// Without the news about health.
  var steps: [Attempts.Action] {
    filter {
      if case .changed = $0 { false } else { true }
    }
  }

  var changes: [Health.Change] {
    compactMap {
      if case .changed(let change) = $0 { change } else { nil }
    }
  }
}
