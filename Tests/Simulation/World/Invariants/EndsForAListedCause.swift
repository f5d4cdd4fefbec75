// I1: why calls end.

import Base
import Calls
import Failover
import Journal
import Tenants
import Vox

/// Every call ends once, and never for want of providers while one of its chain is well.
final class EndsForAListedCause: Invariant {
  override var id: String { "I1" }
  override var sentence: String { "a call once answered ends for a listed cause; noProvider is none while a provider of the chain is well" }

  private var ended: Set<Int> = []
  /// Who is passed over, and who was until when.
  private var ejected: Set<String> = []
  private var recovered: [String: Instant] = [:]
  /// A vendor that did wrong so recently may be passed over.
  private static let memoryMs = 60_000.0

  override func fact(_ call: CallRecord, _ entry: Entry) {
    guard case .callEnded(let end) = entry.fact else { return }
    if !ended.insert(call.number).inserted { report(call, "it ended twice") }
    switch end.cause {
    case .noProvider: judge(call, entry.at)
    case .hostFault, .shutdown, .refused: report(call, "it ended for \(end.cause.rawValue)")
    case .callerHungUp, .agentEnded, .transferred, .notAnswered, .maxDuration, .silence, .lineFailed: break
    }
  }

  override func hostFact(_ entry: Entry) {
    switch entry.fact {
    case .providerEjected(let fact): ejected.insert(fact.wholeProvider ? fact.provider : "\(fact.provider)/\(fact.role)")
    case .providerRecovered(let fact):
      for key in [fact.provider, "\(fact.provider)/\(fact.role)"] where ejected.remove(key) != nil { recovered[key] = entry.at }
    default: break
    }
  }

  /// In some role every provider of the chain that may serve has lately done wrong, or is passed over.
  private func judge(_ call: CallRecord, _ now: Instant) {
    let roles = [Role.stt, .llm, .tts]
    guard let chains = world.tenants[call.tenant]?.chains,
      !roles.contains(where: { role in
        chains[role].map { links(of: $0).allSatisfy { isAway($0, role, now) || ranOutOfTime(call, $0, role) } } ?? true
      })
    else { return }
    let well = roles.map { role in
      "\(role.name): "
        + (chains[role].map { links(of: $0).filter { !isAway($0, role, now) && !ranOutOfTime(call, $0, role) } } ?? []).map(\.name)
        .joined(separator: " ")
    }
    report(call, "it ended for noProvider, and in each role a provider of its chain was well: \(well.joined(separator: ", "))")
  }

  /// It was asked last, and given up with the work as a whole.
  private func ranOutOfTime(_ call: CallRecord, _ vendor: Vendor, _ role: Role) -> Bool {
    call.works.last { $0.role == role }.map { $0.provider == vendor.name && $0.isCancelled } ?? false
  }

  private func links(of chain: Chain) -> [Vendor] {
    chain.links.compactMap { world.vendors[$0.provider] }.filter {
      chain.require.regions.isEmpty || chain.require.regions.contains($0.region)
    }
  }

  private func isAway(_ vendor: Vendor, _ role: Role, _ now: Instant) -> Bool {
    if let wrong = vendor.lastWrong[role], now.ms(since: wrong) < Self.memoryMs { return true }
    return [vendor.name, "\(vendor.name)/\(role.name)"].contains { key in
      ejected.contains(key) || recovered[key].map { now.ms(since: $0) < Self.memoryMs } ?? false
    }
  }

  override func over(_ call: CallRecord) { report(call, "it has not ended") }
}
