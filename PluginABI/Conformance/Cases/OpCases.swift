// Rules 3, 4, 8, 9, 11 to 13, 15, 19, 21 and 22 on ordinary work in every role.

import Vox

/// Ordinary work; the host holds every event against the rules while it runs.
enum OpCases {
  static let all =
    // The host notes the breach; each clause has a case of its own so that each is named in the report.
    [
      Clause.eventSizes, .reservedZero, .plainEvents, .knownHandles, .hostTags, .errors, .terminalOnce, .silentAfterTerminal, .audio,
      .usage,
    ]
    .map { Case($0, deadlineMs: 60_000, run: worksAsUsual) } + [
      Case(.anyThread, deadlineMs: 60_000, whenItDies: "a session is bound to the thread that opened it") { bench in
        bench.hops = true
        try worksAsUsual(bench)
        try completes(bench, .anyThread)
      },
      Case(.borrowed, deadlineMs: 60_000, whenItDies: "it reads memory that was lent to it until the call returned") { bench in
        bench.lender.seals = true
        try worksAsUsual(bench)
      },
      Case(.budget, deadlineMs: 60_000, run: keepsBudget),
    ]

  private static func worksAsUsual(_ bench: Bench) throws {
    try bench.eachRole { session in
      session.perform(.usual(session.role))
      // Late events need a moment to show themselves.
      session.provider.run(forMs: 50)
    }
  }

  private static func completes(_ bench: Bench, _ clause: Clause) throws {
    try bench.eachRole { session in
      let done = session.perform(.usual(session.role))
      if done.terminal == nil, done.status == 0 { bench.note(clause, "\(session.role.name): the op did not end") }
    }
  }

  /// The best of three rounds, because other work of the machine can only make a round worse.
  private static func keepsBudget(_ bench: Bench) throws {
    var best = Double.infinity
    for _ in 0..<3 {
      bench.forgetCosts()
      try worksAsUsual(bench)
      let costs = bench.costs.sorted()
      guard !costs.isEmpty else { return }
      best = min(best, Double(costs[(costs.count - 1) * 99 / 100]) / 1_000_000)
      if best <= 1 { return }
    }
    let tenths = Int(best * 10)
    throw Breach(.budget, "the 99th percentile is \(tenths / 10).\(tenths % 10) ms")
  }
}
