// The tools of a call: one chain for each provider that a tool names, opened when it is first needed.

import Base
import Journal
public import Loader
import PluginABI
import Tenants
import Vox

/// Calls tools and says what became of each, exactly once.
final class Toolbox: WorkRunOwner {
  /// What a call came to. `content` is what the model is told.
  struct Outcome {
    let kind: Fact.ToolCalled.Outcome
    let content: String
    var endsCall = false
    var transfer: String?
  }

  private struct Call {
    let tool: Tool
    let id: String
    let arguments: JSONValue
    let startedAt: Instant
    let run: WorkRun
    let progress: (String) -> Void
    let done: (Outcome) -> Void
  }

  private let loop: CallLoop
  /// Opens a chain for this call.
  private let makeChain: (Chain) -> RoleChain
  private var fallbacks: Chain
  /// The call's id: part of every idempotency key, so that the same booking is never made twice.
  private let callID: CallID
  private var chains: [String: RoleChain] = [:]
  private var calls: [Call] = []

  /// - Parameter fallbacks: the tenant's chain of tools, whose providers may take the place of the one that a tool names.
  init(loop: CallLoop, callID: CallID, fallbacks: Chain, makeChain: @escaping (Chain) -> RoleChain) {
    self.fallbacks = fallbacks
    self.loop = loop
    self.callID = callID
    self.makeChain = makeChain
  }

  /// Calls a tool, with an id that no other call of the conversation has; `done` comes once, on the loop, at the latest after the tool's timeout.
  func invoke(
    _ tool: Tool, id: String, arguments: JSONValue, turn: Int, progress: @escaping (String) -> Void,
    done: @escaping (Outcome) -> Void
  ) {
    let chain = chains[tool.provider] ?? makeChain(Self.chain(for: tool.provider, fallbacks))
    chains[tool.provider] = chain
    let run = WorkRun(chain.work(overallMs: tool.timeoutMs, hasLastingEffects: true), name: "invoke", turn: turn, over: chain, owner: self)
    calls.append(
      Call(
        tool: tool, id: id, arguments: arguments, startedAt: loop.now, run: run, progress: progress, done: done))
    run.begin()
  }

  func cancel(_ id: String, _ reason: Reason) {
    guard let index = calls.firstIndex(where: { $0.id == id }) else { return }
    let call = calls.remove(at: index)
    call.run.cancel(reason)
    call.done(Outcome(kind: .cancelled, content: "cancelled"))
  }

  // MARK: From the tools

  func run(_ run: WorkRun, beginOn session: ProviderSession) -> OpID? {
    guard let call = calls.first(where: { $0.run === run }) else { return nil }
    let body = JSONValue.object(["name": .string(call.tool.name), "arguments": call.arguments]).text
    return session.start(
      OpKind.invoke, body: body, key: "\(callID)/\(call.id)", deadline: call.startedAt.advanced(byMs: call.tool.timeoutMs))
  }

  func run(_ run: WorkRun, isOutput event: ProviderEvent) -> Bool { event.kind == .completed || event.kind == .progress }

  func run(_ run: WorkRun, event: ProviderEvent, from session: ProviderSession) {
    guard event.kind == .progress, let text = event.text?.text.string else { return }
    calls.first { $0.run === run }?.progress(text)
  }

  /// Whether it took effect is not known; `Attempts` sees to it that it is not done twice.
  func run(_ run: WorkRun, lost session: ProviderSession, _ error: ProviderError) {}

  func run(_ run: WorkRun, finishedBy session: ProviderSession, result: JSONValue) {
    guard let call = take(run) else { return }
    let content = (result["result"] ?? .null).text
    guard content.utf8.count <= call.tool.maxResultBytes else {
      let limit = call.tool.maxResultBytes
      return call.done(Outcome(kind: .resultTooLong, content: "the tool's result is longer than \(limit) bytes and was dropped"))
    }
    if let say = result["say"]?.string { call.progress(say) }
    call.done(
      Outcome(
        kind: .done, content: content, endsCall: result["end_call"]?.bool ?? false, transfer: result["transfer"]?.string))
  }

  func run(_ run: WorkRun, exhausted error: ProviderError) {
    guard let call = take(run) else { return }
    let why = error.code == "chain_empty" ? "is not available: no provider \(call.tool.provider)" : "failed: \(error.message)"
    call.done(Outcome(kind: error.cls == .timeout ? .timeout : .failed, content: "the tool \(why)"))
  }

  private func take(_ run: WorkRun) -> Call? {
    guard let index = calls.firstIndex(where: { $0.run === run }) else { return nil }
    return calls.remove(at: index)
  }

  // MARK: Ending

  /// The chain of tools as the tenant has changed it; between two turns.
  func adopt(_ fallbacks: Chain) {
    for (provider, chain) in chains { _ = chain.adopt(Self.chain(for: provider, fallbacks)) }
    self.fallbacks = fallbacks
  }

  /// The chain of a tool: its provider, then those that may take its place.
  private static func chain(for provider: String, _ fallbacks: Chain) -> Chain {
    var chain = fallbacks
    chain.links.removeAll { $0.provider == provider }
    chain.links.insert(fallbacks.links.first { $0.provider == provider } ?? Chain.Link(provider: provider), at: 0)
    return chain
  }

  func turnBegan() {
    for chain in chains.values { chain.turnBegan() }
  }

  func close(_ reason: Reason) {
    while let call = calls.first { cancel(call.id, reason) }
    for chain in chains.values { chain.close(reason) }
  }

  /// Nothing is left of the sessions.
  var isClosed: Bool { chains.values.allSatisfy(\.isClosed) }
}

/// Where the engine finds providers by name; the registry is one.
public protocol ProviderSource: AnyObject, Sendable {
  func provider(_ name: String) -> Provider?
}

extension Registry: ProviderSource {}
