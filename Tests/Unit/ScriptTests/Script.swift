// Conversations as text: read, replayed against the dialogue, and written back with the agent's real lines.

import Dialogue
import FoundationEssentials

/// One conversation in text, a line per event.
///
/// `at 2026-03-02 10:00` sets the moment; `caller`, `caller?` (unsure), `caller??` (poor), `keys`, `host` (the host speaks after
/// us), `other` (another provider speaks instead of us), `called TOOL` (by another provider), `and` (more words before anything
/// is played), `result`, `failed` are given; `cut N` says that only the first N words of the agent's last line were played;
/// `agent`, `call`, `expect`, `transfer`, `end` are the dialogue's answers.
struct Script {
  static let given = ["at", "caller", "caller?", "caller??", "keys", "host", "other", "called", "result", "failed", "cut", "and", "#"]

  let lines: [String]

  init(_ text: String) { lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) }

  /// The conversation with the agent's lines as they come out now.
  func replayed(_ dialogue: Dialogue) throws -> [String] { try played(dialogue).lines }

  /// Every chat context that the conversation asks the dialogue to answer.
  func chats(_ dialogue: Dialogue) throws -> [(chat: Chat, moment: Moment)] { try played(dialogue).chats }

  private func played(_ dialogue: Dialogue) throws -> (lines: [String], chats: [(chat: Chat, moment: Moment)]) {
    var out: [String] = [], chats: [(chat: Chat, moment: Moment)] = []
    var chat = Chat(), pending = "", waiting = false, calls = 0
    var moment: Moment?
    func say() throws {
      guard waiting else { return }
      waiting = false
      guard let moment else { throw Fault(text: "The script does not begin with \"at\".") }
      chats.append((chat, moment))
      let reply = dialogue.reply(to: chat, at: moment)
      if !reply.sentences.isEmpty { out.append("agent \(reply.text)") }
      if let call = reply.toolCall {
        calls += 1
        chat.entries.append(.call(id: "c\(calls)", tool: call.name))
        out.append("call \(call.name) " + call.arguments.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " "))
      } else {
        out.append("expect \(reply.expect.grammar ?? "open")")
      }
      if let target = reply.transfer { out.append("transfer \(target)") }
      if let end = reply.end { out.append("end \(end.rawValue)") }
      pending = reply.text
    }
    func play() {
      if !pending.isEmpty { chat.entries.append(.agent(pending)) }
      pending = ""
    }
    for line in lines {
      let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
      guard let word = parts.first else {
        try say()
        out.append("")
        continue
      }
      guard Script.given.contains(word) else { continue }
      let rest = parts.count > 1 ? parts[1] : ""
      switch word {
      case "cut", "and": break
      case "other", "called":
        // What we would have said was never played: somebody else spoke.
        waiting = false
        pending = ""
      default:
        try say()
        play()
      }
      switch word {
      case "at":
        let fields = rest.split(separator: " ")
        guard fields.count == 2, let day = CivilDate(iso: fields[0]), let time = CivilTime(iso: fields[1]) else {
          throw Fault(text: "Bad moment: \(rest)")
        }
        moment = Moment(today: day, time: time)
        waiting = true
      case "caller": chat.entries.append(.caller(rest, .sure)); waiting = true
      case "caller?": chat.entries.append(.caller(rest, .unsure)); waiting = true
      case "caller??": chat.entries.append(.caller(rest, .poor)); waiting = true
      case "and": chat.entries.append(.caller(rest, .sure))
      case "keys": chat.entries.append(.caller("[dtmf \(rest)]", .sure)); waiting = true
      case "host", "other": chat.entries.append(.agent(rest))
      case "called":
        calls += 1
        chat.entries.append(.call(id: "c\(calls)", tool: rest))
      case "result", "failed":
        chat.entries.append(.result(id: "c\(calls)", content: rest, failed: word == "failed"))
        waiting = true
      case "cut":
        try say()
        pending = pending.split(separator: " ").prefix(Int(rest) ?? 0).joined(separator: " ")
      default: break
      }
      out.append(line)
    }
    try say()
    return (out, chats)
  }

  struct Fault: Error { let text: String }
}
