// I3: what the agent says is heard, once and in order, or cut.

import Base
import Journal
import Vox

/// Holds the receiver against the journal, and both against the answer that was planned.
final class AgentWordsOnce: Invariant {
  override var id: String { "I3" }
  override var sentence: String { "every word the agent decides to speak is heard once and in order, or is recorded as cut" }

  private struct State {
    var said: [Int16] = []
    /// So many words were compared with what was heard.
    var compared = 0
    var lastModelWord = 0
    /// The model's words by the turn they answer.
    var turns: [Int: [Int]] = [:]
  }

  private var states: [Int: State] = [:]

  override func heard(_ call: CallRecord, _ level: Int16) {
    guard let word = Words.modelWord(level) else { return }
    if word <= states[call.number, default: State()].lastModelWord { return report(call, "a\(word) was heard again, or late") }
    states[call.number, default: State()].lastModelWord = word
  }

  override func fact(_ call: CallRecord, _ entry: Entry) {
    switch entry.fact {
    case .agentSaid(let said): note(call, said)
    case .turnEnded(let end):
      if end.outcome == .answered { complete(call, end.turn) }
      states[call.number]?.turns[end.turn] = nil
    case .callEnded: close(call)
    default: break
    }
  }

  private func note(_ call: CallRecord, _ said: Fact.AgentSaid) {
    if !said.interrupted, said.text.utf8.count != said.generatedBytes {
      report(call, "'\(said.text)' is recorded as whole and has \(said.text.utf8.count) of \(said.generatedBytes) bytes")
    }
    let levels = Words.levels(said.text)
    states[call.number, default: State()].said += levels
    states[call.number, default: State()].turns[said.turn, default: []] += levels.compactMap(Words.modelWord)
    compare(call)
  }

  private func compare(_ call: CallRecord) {
    guard var state = states[call.number] else { return }
    while state.compared < min(state.said.count, call.heard.count) {
      let (said, heard) = (state.said[state.compared], call.heard[state.compared])
      guard said == heard else {
        return report(call, "word \(state.compared + 1) is \(Words.text(said)) in the journal, and the caller heard \(Words.text(heard))")
      }
      state.compared += 1
    }
    states[call.number] = state
  }

  /// The turn was answered in full: every plan that was begun was said to its end.
  private func complete(_ call: CallRecord, _ turn: Int) {
    var words = states[call.number]?.turns[turn] ?? []
    while let first = words.first, let plan = call.plan(of: first) {
      let part = words.prefix { $0 <= plan.last }
      if first != plan.first || part.last != plan.last || part.count != plan.last - plan.first + 1 {
        return report(call, "the turn is recorded as answered, and of a\(plan.first) to a\(plan.last) there are \(Array(part))")
      }
      words.removeFirst(part.count)
    }
  }

  private func close(_ call: CallRecord) {
    compare(call)
    let (said, heard) = (states[call.number]?.said.count ?? 0, call.heard.count)
    // Of the word at the moment of the end nobody can tell.
    if abs(said - heard) > 1 { report(call, "the journal has \(said) words of the agent, and the caller heard \(heard)") }
    states[call.number] = nil
  }
}
