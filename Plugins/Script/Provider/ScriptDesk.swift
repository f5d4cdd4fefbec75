// Where a session's work is done: chat contexts in, sentences and tool calls out.

import Dialogue
import FoundationEssentials
import PluginABI
import PluginKit
import Vox

/// The working half of a session. Every method runs on the session's own queue, one at a time; that is why it may be shared.
final class ScriptDesk: @unchecked Sendable {
  private let port: SessionPort
  private let entry: FlowLibrary.Entry
  private let reading: ChatReading
  private let dictionary: String
  private var memory = Dialogue.Memory()
  /// Events the host had no room for, in order.
  private var waiting: [() -> PushResult] = []

  init(_ port: SessionPort, _ entry: FlowLibrary.Entry) {
    self.port = port
    self.entry = entry
    reading = ChatReading(
      surePermille: port.settings["sure_permille"]?.int ?? 500, poorPermille: port.settings["poor_permille"]?.int ?? 150)
    dictionary = port.settings["dictionary"]?.string ?? "/usr/share/pocketsphinx/model/en-us/cmudict-en-us.dict"
  }

  /// Answers a chat context: its sentences one by one, then the tool call if there is one, then what may be expected next.
  func chat(_ op: Op, _ request: ChatRequest) {
    if op.isCancelled { return }
    let reply = entry.dialogue.reply(to: reading.chat(request), at: reading.moment(request.now), remembering: &memory)
    if !reply.considered.isEmpty {
      port.host.log(.debug, "considered: " + reply.considered.joined(separator: ", "), about: port.handle)
    }
    // The blank stays with the sentence that follows, so that the pieces add up to the text.
    for (index, sentence) in reply.sentences.enumerated() {
      send { op.text(index == 0 ? sentence : " " + sentence, index: index) }
    }
    if let call = reply.toolCall {
      // The context's length tells the calls of a conversation apart, and is the same when the same turn is asked for again.
      let id = "script_\(request.messages.count)"
      send { op.toolCall(id: id, name: call.name, arguments: .object(call.arguments.mapValues(JSONValue.string))) }
    }
    send {
      op.completed(ScriptDesk.result(of: reply))
      return .ok
    }
  }

  private static func result(of reply: Reply) -> JSONValue {
    let digits = if case .digits(let count) = reply.expect { count } else { 0 }
    var result: [String: JSONValue] = [
      "stop": .string(reply.toolCall == nil ? "end" : "tool"),
      "expect": [
        "kind": .string(reply.expect.kind), "digits": .int(Int64(digits)), "grammar": .string(reply.expect.grammar ?? ""),
      ],
    ]
    if let target = reply.transfer { result["transfer"] = .string(target) } else if reply.end != nil { result["end_call"] = true }
    return .object(result)
  }

  /// Writes what recognisers need to understand this flow's callers into a folder of its own inside `directory`.
  func vocabulary(_ op: Op, directory: String?) {
    guard let directory, !directory.isEmpty else {
      return op.failed(ProviderError(.invalid, "The vocabulary needs \"directory\", the folder to write into.", code: "no_directory"))
    }
    let bytes: [UInt8]
    do {
      bytes = Array(try Data(contentsOf: URL(filePath: dictionary)))
    } catch {
      return op.failed(
        ProviderError(
          .unavailable,
          "The pronouncing dictionary \(dictionary) cannot be read; install the Debian package pocketsphinx-en-us or set \"dictionary\".",
          scope: .account, code: "no_dictionary"))
    }
    let vocabulary = Vocabulary(entry.flow, dictionary: bytes)
    for problem in vocabulary.problems { port.host.log(.warning, problem.description, about: port.handle) }
    do {
      let folder = try vocabulary.write(into: directory)
      op.completed([
        "id": .string(vocabulary.id), "directory": .string(folder), "keyterms": .array(vocabulary.keyterms.map(JSONValue.string)),
      ])
    } catch {
      op.failed(ProviderError(.internal, "\(error)", code: "vocabulary_unwritten"))
    }
  }

  /// Emits at once, or in turn when the host has room again.
  private func send(_ emit: @escaping () -> PushResult) {
    waiting.append(emit)
    drain()
  }

  /// Emits what can go. Anything but "no room" is final: the events of a cancelled op answer `.stale` and vanish here.
  func drain() {
    while let first = waiting.first {
      if first() == .wouldBlock { return }
      waiting.removeFirst()
    }
  }
}
