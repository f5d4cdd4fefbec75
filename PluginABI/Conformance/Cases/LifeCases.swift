// Rules 4, 7, 14 and 29: providers, accounts and sessions come to be, are misused, and go.

import PluginABI
import Vox

/// The life of providers, accounts and sessions.
enum LifeCases {
  static let all = [
    Case(.creates) { bench in
      if let problem = try bench.manifest().settings?.problems(in: bench.settings).first {
        throw NotApplicable("the settings given here do not match the schema, pass others: \(problem)")
      }
      try bench.provider().destroy()
    },
    Case(.accountOpens) { bench in
      let provider = try bench.provider()
      let account = try provider.openAccount()
      account.close()
      provider.destroy()
    },
    Case(.sessionOpens, deadlineMs: 60_000) { bench in try bench.eachRole { _ in } },
    Case(.reservedRefused, deadlineMs: 60_000, run: refusesReserved),
    Case(.openEnums, deadlineMs: 60_000, run: toleratesUnknown),
    Case(.leavesNothing, deadlineMs: 60_000, run: comesAndGoes),
    Case(.services) { bench in
      let provider: OpenProvider
      do {
        provider = try bench.provider(services: false)
        try provider.openAccount().close()
      } catch let breach as Breach where breach.clause == .creates || breach.clause == .accountOpens {
        let declared = ((try bench.manifest().json["services"]?.array) ?? []).compactMap(\.string)
        let needed = bench.servicesAsked.union(declared).sorted()
        // Without a service in play this is not about services.
        guard !needed.isEmpty else { throw breach }
        guard needed.contains(where: { breach.sentence.contains($0) }) else {
          throw Breach(.services, "without \(needed.joined(separator: ", ")) it refuses and names none of them: \(breach.sentence)")
        }
        return
      }
      provider.destroy()
    },
  ]

  private static func refusesReserved(_ bench: Bench) throws {
    try bench.eachRole { session in
      let name = session.role.name
      try refusesOpen(session, "vox_open.zero = 1") { $0.zero = 1 }
      try refusesOpen(session, "a vox_open of 8 bytes less") { $0.struct_size -= 8 }
      let reserved = session.start(.usual(session.role)) { $0.zero = 1 }
      let short = session.start(.usual(session.role)) { $0.struct_size -= 8 }
      for (what, started) in [("vox_request.zero = 1", reserved), ("a vox_request of 8 bytes less", short)] {
        if started.status != vox_status(VOX_OK) { continue }
        session.provider.run(forMs: 200) { session.host.op(started.op)?.events.isEmpty == false }
        session.host.update(started.op) { $0.released = true }
        guard session.host.op(started.op)?.terminal?.kind == .failed else {
          throw Breach(.reservedRefused, "\(name): start takes \(what); VOX_UNSUPPORTED or VOX_INVALID is expected")
        }
      }
    }
  }

  private static func refusesOpen(_ session: OpenSession, _ what: String, _ change: (inout vox_open) -> Void) throws {
    let attempt = try session.account.tryOpen(session.role, change)
    attempt.session?.end()
    if attempt.session != nil {
      throw Breach(.reservedRefused, "\(session.role.name): open takes \(what); VOX_UNSUPPORTED or VOX_INVALID is expected")
    }
  }

  /// 0x7FFF is what no draft will ever define.
  private static let unknown: UInt16 = 0x7FFF

  private static func toleratesUnknown(_ bench: Bench) throws {
    try bench.eachRole { session in
      let name = session.role.name
      let strange = session.perform(Work(kind: unknown, deadlineMs: 2_000))
      if strange.completed { bench.note(.openEnums, "\(name): an op of the unknown kind 0x7FFF is COMPLETED") }
      session.deliver(EventKind(rawValue: unknown))
      var work = Work.usual(session.role)
      work.body = work.body.merging(["x_unknown_member": ["x": 1]])
      let usual = session.perform(work)
      if usual.terminal == nil, session.role != .telephony { bench.note(.openEnums, "\(name): an unknown member of the body stops the op") }
      let op = session.start(.usual(session.role)).op
      session.cancel(op, reason: unknown)
      if !session.provider.run(forMs: session.graceMs, until: { session.host.op(op)?.terminal != nil }) {
        bench.note(.openEnums, "\(name): a cancel for the unknown reason 0x7FFF does not end the op")
      }
      session.close(reason: unknown)
      if !session.waitForClosed() { bench.note(.openEnums, "\(name): a close for the unknown reason 0x7FFF is not answered") }
    }
  }

  /// Rounds of providers, accounts and sessions; the first few may fill caches and pools.
  private static func comesAndGoes(_ bench: Bench) throws {
    let rounds = (warmUp: 3, limit: 100, limitNs: UInt64(10_000_000_000))
    for _ in 0..<rounds.warmUp { try bench.eachRole { _ in } }
    let before = settled(below: nil)
    let started = monotonicNow()
    var done = 0
    while done < rounds.limit, monotonicNow() - started < rounds.limitNs {
      try bench.eachRole { _ in }
      done += 1
    }
    let after = settled(below: before)
    if after.threads > before.threads {
      bench.note(.leavesNothing, "threads left behind by \(done) rounds: \(after.threads - before.threads)")
    }
    if after.files > before.files { bench.note(.leavesNothing, "open files left behind by \(done) rounds: \(after.files - before.files)") }
  }

  /// What is left once threads that are about to end have ended; waits at most 2 s for that.
  private static func settled(below limit: Residue?) -> Residue {
    let monitor = Monitor()
    let deadline = monotonicNow() + 2_000_000_000
    var residue = Residue.now()
    while monotonicNow() < deadline {
      if let limit, residue.threads <= limit.threads, residue.files <= limit.files { break }
      monitor.locked { monitor.wait(until: monotonicNow() + 50_000_000) }
      let next = Residue.now()
      if limit == nil, next == residue { break }
      residue = next
    }
    return residue
  }
}
