// The host as the API sees it, played by a test.

import API
import Base
import Observe
import Synchronization
import Vox

final class FakeHost: HostView {
  struct State {
    var checks = [Check("journal"), Check("telephony")]
    var calls: [JSONValue] = []
    var ended: [String] = []
    var isDraining = false
    var facts: [LiveFact] = []
    var readers: [AsyncStream<LiveFact>.Continuation] = []
    var asked: [String] = []
    /// Readers that have gone away.
    var gone = 0
  }

  let state = Mutex(State())

  func liveness() -> [Check] { [Check("loops")] }
  func readiness() -> [Check] { state.withLock { $0.checks } }
  func metrics() -> [MetricFamily] { [MetricFamily("host_calls_live", "Calls now.", .gauge, [.init(3)])] }
  func host() -> JSONValue { ["version": "1"] }
  func plugins() -> [JSONValue] { [["name": "lobby"]] }
  func plugin(_ name: String) -> JSONValue? { name == "lobby" ? ["name": "lobby", "state": "ready"] : nil }

  func reload(_ name: String) async throws(Problem) {
    if name != "voice" { throw Problem(.invalid, "there is no provider '\(name)'") }
  }

  func clearQuarantine(_ what: String) async {}

  func arm(drill: String, tenant: String, agent: String?) async throws(Problem) -> JSONValue {
    guard drill.contains("=") else { throw Problem(.invalid, "'\(drill)' is no fault of a provider") }
    return ["from": "+1555", "to": .string("\(tenant)/\(agent ?? "")/\(drill)")]
  }

  func chains(tenant: String?, agent: String?) async -> [JSONValue] {
    (tenant ?? "clinic") == "clinic" && (agent ?? "reception") == "reception"
      ? [["tenant": "clinic", "agent": "reception", "role": "tts", "tried": [], "skipped": []]]
      : []
  }

  func calls(limit: Int, before: String?) throws(Problem) -> [JSONValue] {
    let calls = state.withLock { state in
      state.asked.append("\(limit) \(before ?? "-")")
      return state.calls
    }
    if before == "broken" { throw Problem(.unavailable, "the journal cannot be read") }
    return Array(calls.prefix(limit))
  }

  func call(_ id: String) -> JSONValue? { state.withLock { $0.calls.first { $0["id"]?.string == id } } }

  func hangUp(_ id: String) -> Bool {
    guard call(id) != nil else { return false }
    state.withLock { $0.ended.append(id) }
    return true
  }

  func drain() { state.withLock { $0.isDraining = true } }

  func facts(after: UInt64?, call: String?) -> AsyncStream<LiveFact>? {
    if let call, self.call(call) == nil { return nil }
    return AsyncStream { stream in
      state.withLock { state in
        for fact in state.facts where after.map({ fact.sequence > $0 }) ?? (call != nil) { stream.yield(fact) }
        state.readers.append(stream)
      }
      stream.onTermination = { [self] _ in state.withLock { $0.gone += 1 } }
      if call != nil { stream.finish() }
    }
  }

  func happens(_ fact: LiveFact) {
    let readers = state.withLock { state in
      state.facts.append(fact)
      return state.readers
    }
    for reader in readers { reader.yield(fact) }
  }
}
