// The running host as the interface shows it.

import API
import Base
import Calls
import Config
import FoundationEssentials
import Glibc
import Isolation
import Journal
import Loader
import Observe
import Synchronization
import Tenants
import Vox

/// Answers the interface's questions from the runtime; every function may be called from any task.
struct RuntimeView: HostView {
  let runtime: Runtime
  /// Where the HTTP server listens, once it does.
  let listening: @Sendable () -> String?

  /// A loop that has not come back from a submitted nothing within two seconds is stuck.
  func liveness() async -> [Check] {
    var checks: [Check] = []
    for loop in runtime.loops {
      let turns = await Self.turns(loop)
      checks.append(Check("loop-\(loop.index)", problem: turns ? nil : "loop \(loop.index) does not turn; restart the host"))
    }
    return checks
  }

  private static func turns(_ loop: CallLoop) async -> Bool {
    await withCheckedContinuation { (answer: CheckedContinuation<Bool, Never>) in
      let once = OnceValue<Bool> { answer.resume(returning: $0) }
      loop.submit { once.give(true) }
      Task {
        try? await Task.sleep(for: .seconds(2))
        once.give(false)
      }
    }
  }

  func readiness() async -> [Check] {
    let health = runtime.journal.health
    let providers = runtime.registry.providers
    let hasLine = providers.contains { $0.manifest.roles[.telephony] != nil && $0.accountState.isUsable }
    return [
      Check("start", problem: runtime.isReady ? nil : "the host is still starting"),
      Check("journal", problem: health.problem?.message),
      Check("telephony", problem: hasLine ? nil : "no telephony provider is ready; see: patchbay plugins"),
      Check("tenants", problem: runtime.desk.directory.tenants.isEmpty ? "no tenant could be read; see: patchbay doctor" : nil),
      Check("chains", problem: chainProblem),
      Check("drain", problem: runtime.desk.isDraining ? "the host is draining" : nil),
    ]
  }

  /// The first agent whose chain names a provider that cannot serve.
  private var chainProblem: String? {
    for tenant in runtime.desk.directory.tenants.values.sorted(by: { $0.id < $1.id }) {
      for agent in tenant.agents.values.sorted(by: { $0.id < $1.id }) {
        for role in [Role.stt, .llm, .tts] {
          guard let link = (agent.chains[role] ?? tenant.chains[role])?.links.first else {
            return "the agent \(tenant.id)/\(agent.id) has no provider for \(role.name)"
          }
          guard let provider = runtime.registry.provider(link.provider) else {
            return "the agent \(tenant.id)/\(agent.id) wants the provider '\(link.provider)' for \(role.name), which is not loaded"
          }
          if !provider.accountState.isUsable { return "the provider \(provider.name) is not usable: \(provider.accountState.reason)" }
        }
      }
    }
    return nil
  }

  func metrics() async -> [MetricFamily] {
    let lateness = await withCheckedContinuation { (answer: CheckedContinuation<[Lateness], Never>) in
      Self.collect(runtime.loops) { answer.resume(returning: $0) }
    }
    let providers = runtime.registry.providers
    return [
      MetricFamily("patchbay_calls", "Calls going on.", .gauge, [MetricFamily.Sample(Double(runtime.desk.liveCalls.count))]),
      MetricFamily(
        "patchbay_calls_ended_total", "Calls that have ended.", .counter, [MetricFamily.Sample(Double(runtime.desk.callsEnded))]),
      MetricFamily(
        "patchbay_sessions", "Sessions open at a provider.", .gauge,
        providers.map { MetricFamily.Sample(Double($0.openSessions), labels: [MetricFamily.Label("provider", $0.name)]) }),
      MetricFamily(
        "patchbay_frame_lateness_p99_seconds", "How late speech was handed to lines, 99th percentile per loop.", .gauge,
        lateness.enumerated().map { MetricFamily.Sample($1.quantileMs(0.99) / 1000, labels: [MetricFamily.Label("loop", "\($0)")]) }),
      MetricFamily(
        "patchbay_frames_total", "Frames of speech handed to lines.", .counter,
        lateness.enumerated().map { MetricFamily.Sample(Double($1.total), labels: [MetricFamily.Label("loop", "\($0)")]) }),
    ]
  }

  private static func collect(_ loops: [CallLoop], then done: @escaping @Sendable ([Lateness]) -> Void) {
    gather(loops[...], [], done)
  }

  private static func gather(_ rest: ArraySlice<CallLoop>, _ found: [Lateness], _ done: @escaping @Sendable ([Lateness]) -> Void) {
    guard let loop = rest.first else { return done(found) }
    loop.submit { gather(rest.dropFirst(), found + [loop.lateness], done) }
  }

  func host() async -> JSONValue {
    [
      "version": .string(Version.text), "pid": .int(Int64(getpid())), "listen": .string(listening() ?? ""),
      "phone": .string(runtime.phoneURL ?? ""), "loops": .int(Int64(runtime.loops.count)),
      "calls": .int(Int64(runtime.desk.liveCalls.count)), "calls_ended": .int(Int64(runtime.desk.callsEnded)),
      "uptime_ms": .int(Int64(runtime.clock.now.ms(since: runtime.startedAt))), "draining": .bool(runtime.desk.isDraining),
      "voice_detector": .string(runtime.detectors.kind), "journal": .string(runtime.journal.health.sentence),
      "problems": .array(runtime.problems.map { .string($0.description) }),
    ]
  }

  // MARK: Providers

  func plugins() async -> [JSONValue] {
    let listed = runtime.registry.listings.map(describe)
    // A file that could not even be read is a provider the operator misses.
    let broken = Dictionary(grouping: runtime.providerProblems, by: \.file).map { file, problems -> JSONValue in
      let name = file.split(separator: "/").last.map { String($0.hasSuffix(".yaml") ? $0.dropLast(5) : $0) } ?? file
      return Self.row(name, "refused", problems.map(\.description).joined(separator: "; "), file, "")
    }
    return (listed + broken).sorted { ($0["name"]?.string ?? "") < ($1["name"]?.string ?? "") }
  }

  func plugin(_ name: String) async -> JSONValue? { await plugins().first { $0["name"]?.string == name } }

  private static func row(_ name: String, _ state: String, _ reason: String, _ file: String, _ library: String) -> JSONValue {
    ["name": .string(name), "state": .string(state), "reason": .string(reason), "file": .string(file), "library": .string(library)]
  }

  private func describe(_ listing: Registry.Listing) -> JSONValue {
    let file = listing.file
    switch listing.outcome {
    case .disabled: return Self.row(file.name, "disabled", file.lacks.joined(separator: "; "), file.path, file.library)
    case .refused(let error): return Self.row(file.name, "refused", error.message, file.path, file.library)
    case .loaded(let provider):
      return Self.row(file.name, provider.accountState.word, provider.accountState.reason, file.path, provider.library.path)
        .merging([
          "manifest": provider.manifest.json, "generation": .int(Int64(runtime.generation(of: file.name))),
          "sessions": .int(Int64(provider.openSessions)), "isolation": .string(file.isolation.rawValue),
        ])
    }
  }

  func reload(_ name: String) async throws(Problem) { try await runtime.reload(name) }

  func clearQuarantine(_ what: String) async {
    runtime.isolation.clear(provider: what)
    _ = runtime.isolation.quarantine.clear(what)
  }

  // MARK: Calls

  private var history: CallHistory { CallHistory(folder: runtime.journalFolder) }

  func calls(limit: Int, before: String?) async throws(Problem) -> [JSONValue] {
    _ = try? await runtime.journal.flush()
    var found: [JSONValue] = []
    for summary in try history.newest(limit, before: before.flatMap { CallID($0) }) { found.append(try Self.json(summary)) }
    return found
  }

  func call(_ id: String) async throws(Problem) -> JSONValue? {
    guard let id = CallID(id) else { return nil }
    _ = try? await runtime.journal.flush()
    guard let record = try history.record(of: id) else { return nil }
    return try Self.json(record)
  }

  private static func json(_ value: some Encodable) throws(Problem) -> JSONValue {
    do {
      return try JSONValue(parsing: String(decoding: try JSONEncoder().encode(value), as: UTF8.self))
    } catch { throw Problem(.internal, "a call's record cannot be shown: \(error)") }
  }

  func hangUp(_ id: String) async -> Bool { CallID(id).map { runtime.desk.hangUp($0) } ?? false }

  func drain() async { runtime.desk.drain {} }

  // MARK: Facts

  func facts(after: UInt64?, call: String?) async -> AsyncStream<LiveFact>? {
    let id = call.flatMap { CallID($0) }
    if call != nil {
      guard let id else { return nil }
      let isLive = runtime.desk.liveCalls.contains { $0.id == id }
      guard isLive || (try? history.record(of: id)) ?? nil != nil else { return nil }
    }
    // Watching begins before the past is read, so that nothing falls in between.
    let live = runtime.live.watch()
    let start: UInt64? = call == nil ? after : after ?? 0
    return AsyncStream { stream in
      let task = Task {
        var last = start ?? 0
        func show(_ entry: Entry) -> Bool {
          guard entry.sequence > last else { return true }
          last = entry.sequence
          guard id == nil || entry.subject.call == id else { return true }
          if let text = try? entry.json(), let json = try? JSONValue(parsing: text) {
            stream.yield(LiveFact(sequence: entry.sequence, kind: entry.fact.kind.rawValue, json: json))
          }
          return id == nil || entry.fact.kind != .callEnded
        }
        if start != nil, let reader = try? JournalReader(folder: runtime.journalFolder, after: last) {
          while !Task.isCancelled, let entry = try? reader.nextEntry() { if !show(entry) { return stream.finish() } }
        }
        for await entry in live { if !show(entry) { break } }
        stream.finish()
      }
      stream.onTermination = { _ in task.cancel() }
    }
  }
}

extension Provider.AccountState {
  /// One word for listings.
  var word: String {
    switch self {
    case .opening: "opening"
    case .ready: "ready"
    case .degraded: "degraded"
    case .needsAuthorization: "needs-authorization"
    case .failed: "failed"
    case .closed: "closed"
    }
  }

  /// Why it is in this state; empty when there is nothing to say.
  var reason: String {
    switch self {
    case .degraded(let why), .needsAuthorization(let why): why
    case .failed(let error): error.message
    case .opening, .ready, .closed: ""
    }
  }
}

/// Takes the first value it is given; later ones are dropped.
private final class OnceValue<Value: Sendable>: Sendable {
  private let body: Mutex<(@Sendable (Value) -> Void)?>

  init(_ body: @escaping @Sendable (Value) -> Void) { self.body = Mutex(body) }

  func give(_ value: Value) {
    let taken = body.withLock { body in
      defer { body = nil }
      return body
    }
    taken?(value)
  }
}
