// Language model: a fixed answer of 24 numbered words in three sentences, word by word, until its fault comes.

import Glibc
import PluginABI
import PluginKit
import Vox

/// Answers whatever it is asked with w1 to w24, after one call of the tool `book` if it was told to make one. Without a question it
/// greets. Given the beginning of its answer it goes on there, or begins again, as its settings say.
final class FaultyModel: Session {
  private static let sentenceWords = 8
  private let bench: Bench
  /// By op: answers that are given although nobody wants them any more.
  private var stubborn: [(op: Op, chat: ChatRequest)] = []

  init(_ bench: Bench) { self.bench = bench }

  func start(_ op: Op, _ request: Request) throws {
    if try bench.answered(op, request) { return }
    guard request.kind == OpKind.chat else { throw ProviderError(.invalid, "There is no op \(request.kind).", code: "unknown_op") }
    let chat = ChatRequest(json: request.body)
    note(chat)
    let fault = bench.fault()
    if bench.meet(fault, op) { return }
    let first = bench.now &+ Bench.ns(bench.settings.firstMs(250))
    switch fault {
    case .ignoreCancel: stubborn.append((op, chat))
    case .garbage:
      bench.schedule.send(op, at: first) {
        Garbage(op).asModel()
        return .ok
      }
    case .slow: answer(op, chat, from: first &+ Bench.ns(bench.settings.lateMs))
    default: answer(op, chat, from: first, breaksOff: fault)
    }
  }

  private func answer(_ op: Op, _ chat: ChatRequest, from first: UInt64, breaksOff fault: Fault = .none) {
    if callsTool(chat) { return call(op, chat, at: first, fault) }
    let words = words(for: chat)
    let spacing = 1_000_000_000 / UInt64(bench.settings.tokensPerSecond)
    let given = fault == .none ? words.count : min(bench.settings.after, words.count)
    for (i, word) in words.prefix(given).enumerated() {
      bench.schedule.send(op, at: first &+ UInt64(i) * spacing) { op.text(i == 0 ? word : " \(word)", index: i) }
    }
    let end = first &+ UInt64(given) * spacing
    if fault == .none { return finish(op, "end", tokens: given, at: end) }
    breakOff(op, fault, at: end)
  }

  private func breakOff(_ op: Op, _ fault: Fault, at: UInt64) {
    bench.schedule.send(op, at: at) { [bench] in
      if fault == .crash { bench.settings.end.die() }
      if let error = fault.error(retryAfterMs: 0, effects: .maybe) { op.failed(error) } else { bench.hang() }
      return .ok
    }
  }

  private func finish(_ op: Op, _ stop: String, tokens: Int, at: UInt64) {
    bench.schedule.send(op, at: at) {
      op.usage(VOX_METER_TOKENS_OUT, UInt64(tokens), label: "faults")
      op.completed(["stop": .string(stop)])
      return .ok
    }
  }

  // MARK: What to say

  /// The words of the answer that are left.
  private func words(for chat: ChatRequest) -> [String] {
    guard let question = lastQuestion(chat) else { return (1...8).map { "x\($0)" + ($0 == 8 ? "." : "") } }
    let answer = (1...24).map { "w\($0)" + ($0 % Self.sentenceWords == 0 ? "." : "") }
    guard bench.settings.resume != .restart else { return answer }
    let said = chat.messages[(question + 1)...].filter { $0.speaker == .assistant }.map(\.text).joined(separator: " ")
    return Array(answer.dropFirst(said.split(separator: " ").count { $0.hasPrefix("w") }))
  }

  /// The caller's last message; what stands in brackets is the host's own.
  private func lastQuestion(_ chat: ChatRequest) -> Int? {
    chat.messages.lastIndex { $0.speaker == .user && !$0.text.hasPrefix("(") }
  }

  // MARK: The tool

  private func callsTool(_ chat: ChatRequest) -> Bool {
    guard bench.settings.callsTool, chat.tools.contains(where: { $0.name == "book" }), let question = lastQuestion(chat) else {
      return false
    }
    return !chat.messages[question...].contains { message in
      message.parts.contains { if case .toolResult = $0 { true } else { false } }
    }
  }

  /// One that breaks off does so with the call half written.
  private func call(_ op: Op, _ chat: ChatRequest, at: UInt64, _ fault: Fault) {
    guard fault == .none else {
      bench.schedule.send(op, at: at) {
        Garbage(op).toolBegin(name: "book")
        return .ok
      }
      return breakOff(op, fault, at: at &+ Bench.ns(100))
    }
    let id = "call_\(chat.messages.count)"
    bench.schedule.send(op, at: at) { op.toolCall(id: id, name: "book", arguments: ["day": "monday"]) }
    finish(op, "tool", tokens: 1, at: at)
  }

  /// What was understood of the caller reaches the test from here, and not from the host's books.
  private func note(_ chat: ChatRequest) {
    let users = chat.messages.filter { $0.speaker == .user && !$0.text.hasPrefix("(") }.map { JSONValue.string($0.text) }
    bench.note(["users": .array(users), "messages": chat.json["messages"] ?? []])
  }

  func cancel(_ op: Op, reason: Reason) {
    guard let index = stubborn.firstIndex(where: { $0.op === op }) else { return bench.schedule.drop(op) }
    op.endsLater()
    let late = stubborn.remove(at: index)
    answer(late.op, late.chat, from: bench.now)
  }

  func resume(_ op: Op?) { bench.schedule.drain() }
  func timer(token: UInt64) { bench.schedule.drain() }
}
