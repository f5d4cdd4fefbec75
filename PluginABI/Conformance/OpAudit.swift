// What one op has emitted so far, held against the rules of its role.

import PluginABI
import Vox

/// Judges the events of one op in their order; performs nothing.
struct OpAudit {
  let role: Role
  let kind: UInt16
  /// The request's text, to which the word times of a voice point.
  private var text: [UInt8]
  /// Hz the host asked for; 0 = none.
  private let rate: UInt32
  /// Samples the host has pushed.
  var pushed: UInt64 = 0
  /// Marks the host has asked for and got no answer to.
  var marks: Set<UInt64> = []

  private var nextSample: UInt64 = 0
  private var lastWordEnd: UInt64 = 0
  private var finalsEnd: UInt64 = 0
  private var nextIndex: UInt32 = 0
  private var toolCalls = 0
  private var lastSeq: UInt32 = 0
  private var amounts: [String: UInt64] = [:]
  private var breaches: [Breach] = []

  init(role: Role, kind: UInt16, text: String, rate: UInt32) {
    self.role = role
    self.kind = kind
    self.text = Array(text.utf8)
    self.rate = rate
  }

  /// Samples of audio emitted so far.
  var samples: UInt64 { nextSample }

  /// The host has pushed more of the text.
  mutating func grow(_ more: String) { text += more.utf8 }

  /// Takes in the next event; answers what it breaks.
  mutating func note(_ event: SeenEvent) -> [Breach] {
    breaches = []
    switch (event.kind, event.payload) {
    case (.usage, .usage(let seq, let amount, let meter, let label)): usage(seq, amount, meter, label)
    case (.ttsAudio, .audio(let rate, let count, let position)): audio(rate, count, position)
    case (.ttsWords, .words(let words)): wordTimes(words)
    case (.transcript, .words(let words)): transcript(words)
    case (.flushed, .mark(let position, let value)): flushed(position, value)
    case (.speechStarted, .mark(let position, _)), (.turnEnd, .mark(let position, _)): heard(position)
    case (.text, .text(_, let index)): piece(index)
    case (.toolCall, .tool(let id, let name, let arguments)): toolCall(id, name, arguments)
    case (.completed, .text(let text, _)): completed(text)
    default: break
    }
    return breaches
  }

  private mutating func breach(_ clause: Clause, _ sentence: String) { breaches.append(Breach(clause, sentence)) }

  private mutating func usage(_ seq: UInt32, _ amount: UInt64, _ meter: String, _ label: String) {
    if meter.isEmpty { breach(.usage, "usage is told without a meter") }
    if seq <= lastSeq, !amounts.isEmpty { breach(.usage, "usage came with seq \(seq) after \(lastSeq)") }
    let key = "\(meter)/\(label)"
    if let before = amounts[key], amount < before { breach(.usage, "\(meter) shrank from \(before) to \(amount)") }
    lastSeq = max(lastSeq, seq)
    amounts[key] = amount
  }

  private mutating func audio(_ rate: UInt32, _ count: UInt32, _ position: UInt64) {
    if self.rate != 0, rate != self.rate { breach(.audio, "audio came at \(rate) Hz, asked for were \(self.rate)") }
    if count == 0 { breach(.audio, "a piece of audio is empty") }
    if UInt64(count) * 1000 > UInt64(rate) * 200 { breach(.audio, "a piece of audio has \(count) samples, more than 200 ms at \(rate) Hz") }
    if position != nextSample { breach(.audio, "audio came with position \(position), \(nextSample) is next") }
    nextSample = position &+ UInt64(count)
  }

  private mutating func wordTimes(_ event: SeenEvent.Words) {
    for word in event.words {
      let end = Int(word.text_at) + Int(word.text_len)
      if end > text.count || !isBoundary(Int(word.text_at)) || !isBoundary(end) {
        breach(.speaks, "a word is at bytes \(word.text_at) to \(end) of a text of \(text.count) bytes, or cuts a character")
      }
      if word.end < word.start { breach(.speaks, "a word ends at sample \(word.end), before it begins (\(word.start))") }
      lastWordEnd = max(lastWordEnd, word.end)
    }
  }

  /// Whether a character of UTF-8 begins or the text ends at `at`.
  private func isBoundary(_ at: Int) -> Bool { at == text.count || (at < text.count && text[at] & 0xC0 != 0x80) }

  private mutating func transcript(_ event: SeenEvent.Words) {
    heard(event.end)
    if event.end < event.start { breach(.listens, "a transcript ends at \(event.end), before it begins (\(event.start))") }
    for word in event.words where Int(word.text_at) + Int(word.text_len) > event.text.utf8.count || word.end < word.start {
      breach(.listens, "a word of \"\(event.text)\" lies outside its text or ends before it begins")
    }
    guard event.isFinal else { return }
    if event.start < finalsEnd { breach(.listens, "a final begins at sample \(event.start), the one before it ended at \(finalsEnd)") }
    finalsEnd = max(finalsEnd, event.end)
  }

  private mutating func heard(_ position: UInt64) {
    if position > pushed { breach(.listens, "it heard up to sample \(position), only \(pushed) were pushed") }
  }

  private mutating func flushed(_ position: UInt64, _ mark: UInt64) {
    heard(position)
    if marks.remove(mark) == nil { breach(.listens, "FLUSHED came with mark \(mark), which nobody waits for") }
    if position < finalsEnd { breach(.listens, "FLUSHED is at sample \(position), a final before it ended at \(finalsEnd)") }
  }

  private mutating func piece(_ index: UInt32) {
    if index != nextIndex { breach(.answers, "a piece of text came with index \(index), \(nextIndex) is next") }
    nextIndex = index &+ 1
  }

  private mutating func toolCall(_ id: String, _ name: String, _ arguments: String) {
    toolCalls += 1
    if id.isEmpty || name.isEmpty { breach(.answers, "a tool call has no id or no name") }
    if (try? JSONValue(parsing: arguments))?.object == nil { breach(.answers, "the arguments of tool call \(id) are not a JSON object") }
  }

  private mutating func completed(_ text: String) {
    guard let result = text.isEmpty ? .object([:]) : try? JSONValue(parsing: text), result.object != nil else {
      return breach(.plainEvents, "the result of COMPLETED is not a JSON object: \(text.prefix(60))")
    }
    switch role {
    case .tts where kind == OpKind.say: said(result)
    case .llm where kind == OpKind.chat: answered(result)
    case .tool where kind == OpKind.invoke:
      if result["result"] == nil { breach(.works, "the result of a call has no member \"result\": \(text.prefix(60))") }
    case .telephony: lined(result)
    default: break
    }
  }

  private mutating func said(_ result: JSONValue) {
    if result["samples"]?.int != Int(exactly: nextSample) {
      breach(.speaks, "COMPLETED counts \(result["samples"]?.text ?? "no") samples, \(nextSample) came")
    }
    if lastWordEnd > nextSample { breach(.speaks, "a word ends at sample \(lastWordEnd), the audio at \(nextSample)") }
  }

  private mutating func answered(_ result: JSONValue) {
    let stops = ["end", "tool", "length", "refused", "sequence"]
    let stop = result["stop"]?.string ?? "nothing"
    if !stops.contains(stop) { breach(.answers, "it stopped for \(stop); known are \(stops.joined(separator: ", "))") }
    if stop == "tool", toolCalls == 0 { breach(.answers, "it stopped for a tool and called none") }
  }

  private mutating func lined(_ result: JSONValue) {
    switch kind {
    case OpKind.dial:
      let outcomes = ["answered", "busy", "no_answer", "declined", "unreachable"]
      let outcome = result["outcome"]?.string ?? "nothing"
      if !outcomes.contains(outcome) {
        breach(.dials, "the outcome of a dial is \(outcome); known are \(outcomes.joined(separator: ", "))")
      }
    case OpKind.answer:
      if (result["rate"]?.int ?? 0) <= 0 { breach(.takesCalls, "COMPLETED of ANSWER names no rate") }
    case OpKind.speak:
      if result["played"]?.int != Int(exactly: pushed) {
        breach(.takesCalls, "COMPLETED of SPEAK says \(result["played"]?.text ?? "nothing") was played, \(pushed) samples were pushed")
      }
    default: break
    }
  }
}
