// Places calls: those of the settings by themselves, others when asked over HTTP.

import PluginABI
import PluginKit
import Synchronization
import Vox
import WavCaller

/// One account: its lines, and the calls that ring. The disk's thread adds calls, the host's takes them.
final class WavAccount: Account, @unchecked Sendable {
  private let port: AccountPort
  private let settings: WavSettings
  private let clock: LineClock
  private let deck: TapeDeck
  private let shared = Mutex(Shared())

  private struct Shared {
    var legs: [Number: LoadedLeg] = [:]
    var ringing: [String: WavCall] = [:]
    /// Every call that was placed, while it lasts.
    var placed: [String: Weak] = [:]
    /// Calls to place by themselves, the next one last.
    var planned: [(at: UInt64, plan: CallPlan)] = []
    var made = 0
    var isClosed = false
  }

  private struct Weak: Sendable { weak var call: WavCall? }

  /// A number as a line of that rate reaches it.
  private struct Number: Hashable {
    let digits: String
    let rate: UInt32
  }

  /// Below `routes_base`, so that it is `/providers/wavphone/calls` for a provider of that name.
  private static let path = "/calls"

  init(_ port: AccountPort, _ settings: WavSettings, clock: LineClock, deck: TapeDeck) {
    self.port = port
    self.settings = settings
    self.clock = clock
    self.deck = deck
    if settings.servesControl, !serveControl() {
      port.host.log(
        .warning, "\(port.routesBase)\(Self.path) is not served: this host refuses the route, or has no \(VOX_SERVICE_HTTP_SERVER).",
        about: port.handle)
    }
    if !deck.work({ [self] in load() }) { port.failed(ProviderError(.overloaded, "The disk's thread has too much to do.")) }
  }

  // MARK: what the settings ask for

  /// On the disk's thread: loads every sound named in the settings, so that a wrong path is known at once.
  private func load() {
    do {
      var legs: [Number: LoadedLeg] = [:]
      for (digits, leg) in settings.legs {
        for rate in settings.rates {
          let plan = try CallPlan(leg.script, line: LineFormat(rate: rate, codec: settings.line.codec))
          legs[Number(digits: digits, rate: rate)] = LoadedLeg(plan: plan, outcome: leg.outcome, pickUpMs: leg.pickUpMs)
        }
      }
      var planned: [(at: UInt64, plan: CallPlan)] = []
      for batch in settings.batches {
        let plan = try load(batch.script)
        for i in 0..<batch.count {
          planned.append((port.host.now + UInt64(batch.atMs + i * batch.everyMs) * 1_000_000, plan))
        }
      }
      planned.sort { $0.at > $1.at }
      let next = planned.last?.at
      shared.withLock { [legs, planned] in
        $0.legs = legs
        $0.planned = planned
      }
      port.ready(traits: ["rates": .array(settings.rates.map { .int(Int64($0)) })])
      if let next { port.timer(token: 0, at: next) }
    } catch {
      port.failed(ProviderError(.invalid, "\(error)", scope: .account, code: "bad_settings"))
    }
  }

  private func load(_ script: CallScript) throws -> CallPlan {
    let plan = try CallPlan(script, line: settings.line)
    guard settings.rates.contains(plan.line.rate) else {
      throw CallScriptError(reason: "this line runs at \(settings.line.rate) Hz, not at \(plan.line.rate)")
    }
    return plan
  }

  func timer(token: UInt64) {
    let now = port.host.now
    while let plan = takePlanned(until: now) { place(plan) }
    if let next = shared.withLock({ $0.planned.last?.at }) { port.timer(token: 0, at: next) }
  }

  private func takePlanned(until now: UInt64) -> CallPlan? {
    shared.withLock { shared in
      guard let next = shared.planned.last, next.at <= now else { return nil }
      return shared.planned.removeLast().plan
    }
  }

  // MARK: what HTTP asks for

  /// Whoever places a call has WAV files of this machine read and written. Without a key that is for the host's own commands only, who
  /// may do so anyway.
  private func serveControl() -> Bool {
    HTTPServer(port.host)?.route(
      port, method: "POST", path: Self.path, control: port.secrets["control_key"] == nil, maxBody: 65_536, token: 1) ?? false
  }

  func request(_ request: RouteRequest) {
    func header(_ name: String) -> String { request.headers.first { $0.name.lowercased() == name }?.value ?? "" }
    if let key = port.secrets["control_key"], header("authorization") != "Bearer \(key)" {
      return answer(request, 401, ["error": "Send the provider's control_key as a bearer token."])
    }
    // A page of another site cannot send this type without asking first, and the host does not answer such questions with yes.
    guard header("content-type").hasPrefix("application/json") else {
      return answer(request, 415, ["error": "Send a JSON object with content-type application/json."])
    }
    let isQueued = deck.work { [self] in
      do {
        let json = try JSONValue(parsing: String(decoding: request.body, as: UTF8.self))
        if let id = json["call"]?.string { return try add(json.without("call"), to: id, request) }
        let plan = try load(try CallScript(json: json))
        answer(request, 201, ["call": .string(place(plan))])
      } catch {
        answer(request, 400, ["error": .string("\(error)")])
      }
    }
    if !isQueued { answer(request, 503, ["error": "Too many calls are being prepared."]) }
  }

  /// More turns for a caller on the line, and whether it stays on it after them; the rest of the call is as it was placed.
  private func add(_ json: JSONValue, to id: String, _ request: RouteRequest) throws {
    guard let call = shared.withLock({ $0.placed[id]?.call }) else { return answer(request, 404, ["error": "There is no such call."]) }
    let plan = try CallPlan(try CallScript(json: json), line: call.plan.line)
    guard plan.line == call.plan.line else { throw CallScriptError(reason: "its line runs at \(call.plan.line.rate) Hz already") }
    guard call.add(plan) else {
      return answer(request, 409, ["error": "The call is over."])
    }
    answer(request, 200, ["call": .string(id)])
  }

  private func answer(_ request: RouteRequest, _ status: Int, _ body: JSONValue) {
    request.respond(status: status, headers: [("content-type", "application/json")], body: Array((body.text + "\n").utf8))
  }

  // MARK: calls

  /// Lets a caller ring; answers the call's id.
  @discardableResult
  private func place(_ plan: CallPlan) -> String {
    let number = shared.withLock {
      $0.made += 1
      return $0.made
    }
    let id = "wav-\(String(port.host.now / 1_000_000, radix: 36))-\(number)"
    let call = makeCall(id, plan)
    call.onGone = { [weak self] id in self?.forget(id) }
    let isOpen = shared.withLock {
      guard !$0.isClosed else { return false }
      $0.ringing[id] = call
      $0.placed = $0.placed.filter { $0.value.call != nil }
      $0.placed[id] = Weak(call: call)
      return true
    }
    guard isOpen else { return id }
    port.offer(id: id, from: plan.script.from, to: plan.script.to, rate: Int(plan.line.rate), vendorID: id)
    clock.add(call)
    return id
  }

  private func makeCall(_ id: String, _ plan: CallPlan) -> WavCall {
    let rate = plan.line.rate
    return WavCall(id, plan, recordDir: settings.recordDir, clock: clock, deck: deck) { [weak self] in self?.leg($0, rate) }
  }

  private func leg(_ digits: String, _ rate: UInt32) -> LoadedLeg? {
    shared.withLock { $0.legs[Number(digits: digits, rate: rate)] }
  }

  /// The caller gave up before anyone claimed the call.
  private func forget(_ id: String) {
    if shared.withLock({ $0.ringing.removeValue(forKey: id) }) != nil { port.offerGone(id: id) }
  }

  func open(_ session: SessionPort) throws -> any Session {
    guard !session.offer.isEmpty else {
      let rate = settings.rates.first { $0 == UInt32(clamping: session.inRate) } ?? settings.line.rate
      let id = "dialled-\(session.handle)"
      session.ready()
      return WavLine(session, makeCall: { [weak self] in self?.makeCall(id, $0) }, leg: { [weak self] in self?.leg($0, rate) })
    }
    guard let call = shared.withLock({ $0.ringing.removeValue(forKey: session.offer) }), call.claim(session) else {
      throw ProviderError(.invalid, "The call \(session.offer) is gone.", scope: .session, code: "offer_gone")
    }
    session.ready()
    return WavLine(session, call)
  }

  /// Running calls go on; what still rings is told that nobody will answer.
  func drain() {
    let ringing = shared.withLock { shared in
      defer { shared.ringing = [:] }
      shared.planned = []
      return Array(shared.ringing.values)
    }
    for call in ringing {
      call.abandon()
      port.offerGone(id: call.id)
    }
  }

  func close() {
    shared.withLock { $0.isClosed = true }
    drain()
  }
}

/// Someone who can be reached by a number, with everything they say loaded.
struct LoadedLeg: Sendable {
  let plan: CallPlan
  let outcome: WavSettings.Leg.Outcome
  let pickUpMs: Int
}
