// Language model: says what it was told, and calls a tool when told to.

import PluginABI
import PluginKit
import Vox

/// To "call NAME {json}" it answers with that tool call, to a tool's result with the result, to anything else "You said: …".
final class EchoModel: Session {
  private let outbox: Outbox
  private let host: Host
  private let delay: UInt64

  init(_ port: SessionPort) {
    outbox = Outbox(port)
    host = port.host
    delay = UInt64(milliseconds("delay_ms", in: port.settings, default: 0)) * 1_000_000
  }

  func start(_ op: Op, _ request: Request) throws {
    guard request.kind == OpKind.chat else { throw unknown(request) }
    let chat = ChatRequest(json: request.body)
    let due = host.now &+ delay
    switch try answer(to: chat) {
    case .say(let text):
      // Word by word, as a model streams its tokens; a word keeps its space, so that the pieces add up to the text.
      let words = text.split(separator: " ")
      for (i, word) in words.enumerated() {
        outbox.send(op, notBefore: due) { op.text(i == 0 ? String(word) : " \(word)", index: i) }
      }
      end(op, "end", tokens: words.count)
    case .call(let name, let arguments):
      outbox.send(op, notBefore: due) { op.toolCall(id: "call_\(chat.messages.count)", name: name, arguments: arguments) }
      end(op, "tool", tokens: 1)
    }
  }

  func cancel(_ op: Op, reason: Reason) { outbox.drop(op) }
  func resume(_ op: Op?) { outbox.drain() }
  func timer(token: UInt64) { outbox.drain() }

  private func end(_ op: Op, _ stop: String, tokens: Int) {
    outbox.send(op) {
      op.usage(VOX_METER_TOKENS_OUT, UInt64(tokens), label: "echo", estimated: true)
      op.completed(["stop": .string(stop)])
      return .ok
    }
  }

  private enum Answer {
    case say(String)
    case call(name: String, arguments: JSONValue)
  }

  private func answer(to chat: ChatRequest) throws -> Answer {
    guard let last = chat.messages.last(where: { $0.speaker == .user || $0.speaker == .tool }) else { return .say("Hello.") }
    if last.speaker == .tool {
      let results = last.parts.compactMap { if case .toolResult(_, let content, _) = $0 { content } else { nil } }
      return .say(results.joined(separator: " "))
    }
    let words = last.text.split(separator: " ", maxSplits: 2)
    guard words.count >= 2, words[0].lowercased() == "call" else { return .say("You said: \(last.text).") }
    do {
      return .call(name: String(words[1]), arguments: try JSONValue(parsing: words.count == 3 ? String(words[2]) : "{}"))
    } catch {
      throw ProviderError(.invalid, "The arguments of the tool call are not JSON: \(error).", code: "bad_arguments")
    }
  }
}
