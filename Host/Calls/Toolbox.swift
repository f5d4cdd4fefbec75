// The tool sessions of a call: one per tool provider, opened when it is first needed.

import Base
import Journal
public import Loader
import PluginABI
import Tenants
import Vox

/// Calls tools and says what became of each, exactly once.
final class Toolbox: SessionOwner {
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
    var op: OpID?
    var attempt: Attempt
    let progress: (String) -> Void
    let done: (Outcome) -> Void
  }

  private let loop: CallLoop
  private let table: SessionTable
  private let source: any ProviderSource
  private let context: JSONValue
  /// The call's id: part of every idempotency key, so that the same booking is never made twice.
  private let callID: CallID
  private var sessions: [String: ProviderSession] = [:]
  private var calls: [Call] = []
  /// Calls that were taken back and whose op has not ended for the books.
  private var ending: [OpID: Attempt] = [:]
  private var closing = 0
  /// Called when the last session is gone after `close`.
  var closed: (() -> Void)?
  var attemptEnded: ((Attempt) -> Void)?

  init(loop: CallLoop, table: SessionTable, source: any ProviderSource, context: JSONValue, callID: CallID) {
    self.loop = loop
    self.table = table
    self.source = source
    self.context = context
    self.callID = callID
  }

  /// Calls a tool; `done` comes once, on the loop, at the latest after the tool's timeout.
  func invoke(
    _ tool: Tool, id: String, arguments: JSONValue, turn: Int, progress: @escaping (String) -> Void,
    done: @escaping (Outcome) -> Void
  ) {
    let attempt = Attempt(.tool, tool.provider, "invoke", turn: turn, startedAt: loop.now)
    calls.append(Call(tool: tool, id: id, arguments: arguments, attempt: attempt, progress: progress, done: done))
    guard let session = session(tool.provider, withinMs: tool.timeoutMs) else {
      return finish(calls.count - 1, .lost, Outcome(kind: .failed, content: "the tool is not available: no provider \(tool.provider)"), nil)
    }
    if session.isUsable { start(calls.count - 1, session) }
  }

  func cancel(_ id: String, _ reason: Reason) {
    guard let index = calls.firstIndex(where: { $0.id == id }) else { return }
    let call = calls.remove(at: index)
    if let op = call.op {
      ending[op] = call.attempt
      sessions[call.tool.provider]?.cancel(op, reason: reason)
    } else {
      attemptEnded?(call.attempt.ended(.cancelled, nil, at: loop.now))
    }
    call.done(Outcome(kind: .cancelled, content: "cancelled"))
  }

  private func session(_ name: String, withinMs limitMs: Int) -> ProviderSession? {
    if let session = sessions[name], session.state == .opening || session.isUsable { return session }
    guard let provider = source.provider(name) else { return nil }
    let session = Registry.open(provider, .tool, context: context, rate: 0, connectMs: min(limitMs, 5000), on: table, owner: self)
    sessions[name] = session
    return session
  }

  private func start(_ index: Int, _ session: ProviderSession) {
    let call = calls[index]
    let body = JSONValue.object(["name": .string(call.tool.name), "arguments": call.arguments]).text
    // Models count their calls anew in every turn, so the turn is part of the key.
    calls[index].op = session.start(
      OpKind.invoke, body: body, key: "\(callID)/\(call.attempt.turn)/\(call.id)",
      deadline: call.attempt.startedAt.advanced(byMs: call.tool.timeoutMs))
    if calls[index].op == nil { finish(index, .lost, Outcome(kind: .failed, content: "the tool is not available now"), nil) }
  }

  func sessionReady(_ session: ProviderSession) {
    while let index = calls.firstIndex(where: { $0.op == nil && $0.tool.provider == session.provider.name }) {
      let before = calls[index].id
      start(index, session)
      if calls.indices.contains(index), calls[index].id == before, calls[index].op == nil { break }
    }
  }

  func session(_ session: ProviderSession, failed error: ProviderError) {
    sessions[session.provider.name] = nil
    endLate(.lost, error)
    while let index = calls.firstIndex(where: { $0.tool.provider == session.provider.name }) {
      let kind: Fact.ToolCalled.Outcome = error.cls == .timeout ? .timeout : .failed
      finish(index, .lost, Outcome(kind: kind, content: "the tool failed: \(error.message)"), error)
    }
  }

  func sessionClosed(_ session: ProviderSession) {
    closing -= 1
    guard closing == 0 else { return }
    endLate(.cancelled, nil)
    closed?()
  }

  private func endLate(_ outcome: Fact.Attempt.Outcome, _ error: ProviderError?) {
    for (_, attempt) in ending.sorted(by: { $0.key.raw < $1.key.raw }) { attemptEnded?(attempt.ended(outcome, error, at: loop.now)) }
    ending = [:]
  }

  /// Nothing is left of the sessions.
  var isClosed: Bool { closing == 0 && sessions.isEmpty }

  func session(_ session: ProviderSession, event: ProviderEvent) {
    if let op = event.op, var late = ending[op] {
      if event.kind == .usage, let usage = event.usage { late.note(usage) }
      ending[op] = late
      guard event.kind.isTerminal else { return }
      ending[op] = nil
      attemptEnded?(late.ended(.cancelled, nil, at: loop.now))
      return
    }
    guard let op = event.op, let index = calls.firstIndex(where: { $0.op == op }) else { return }
    switch event.kind {
    case .progress: if let text = event.text?.text.string { calls[index].progress(text) }
    case .usage: if let usage = event.usage { calls[index].attempt.note(usage) }
    case .completed: completed(index, (try? event.text?.text.json()) ?? .null)
    case .failed:
      let error = event.error ?? ProviderError(.internal, "the tool failed without saying why")
      let kind: Fact.ToolCalled.Outcome = error.code == "deadline" || error.cls == .timeout ? .timeout : .failed
      finish(index, .lost, Outcome(kind: kind, content: "the tool failed: \(error.message)"), error)
    case .cancelled: finish(index, .cancelled, Outcome(kind: .cancelled, content: "cancelled"), nil)
    default: break
    }
  }

  private func completed(_ index: Int, _ result: JSONValue) {
    let content = (result["result"] ?? .null).text
    guard content.utf8.count <= calls[index].tool.maxResultBytes else {
      let limit = calls[index].tool.maxResultBytes
      return finish(
        index, .lost, Outcome(kind: .resultTooLong, content: "the tool's result is longer than \(limit) bytes and was dropped"), nil)
    }
    if let say = result["say"]?.string { calls[index].progress(say) }
    finish(
      index, .won,
      Outcome(
        kind: .done, content: content, endsCall: result["end_call"]?.bool ?? false, transfer: result["transfer"]?.string), nil)
  }

  private func finish(_ index: Int, _ outcome: Fact.Attempt.Outcome, _ result: Outcome, _ error: ProviderError?) {
    guard calls.indices.contains(index) else { return }
    let call = calls.remove(at: index)
    attemptEnded?(call.attempt.ended(outcome, error, at: loop.now))
    call.done(result)
  }

  func close(_ reason: Reason) {
    while let call = calls.first { cancel(call.id, reason) }
    let open = sessions.sorted { $0.key < $1.key }.map(\.value).filter { !$0.isOver }
    sessions = [:]
    closing = open.count
    for session in open { session.close(reason) }
  }
}

/// Where the engine finds providers by name; the registry is one.
public protocol ProviderSource: AnyObject, Sendable {
  func provider(_ name: String) -> Provider?
}

extension Registry: ProviderSource {}
