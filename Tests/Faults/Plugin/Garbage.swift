// Events that the ABI forbids, in every role: the host must neither believe them nor be hurt.

import PluginABI
import PluginKit
import Vox

/// Bypasses the kit, which would not send these. Each role ends with a good-bye as if the work had been done.
struct Garbage {
  private let op: Op

  init(_ op: Op) { self.op = op }

  /// Not UTF-8: a lone continuation byte, an overlong slash, a surrogate, and a letter cut in two.
  private static let notText: [UInt8] = [0x80, 0xC0, 0xAF, 0xED, 0xA0, 0x80, 0xC3]

  func asVoice(rate: Int, text: String) {
    // Sound from nowhere, from the future, of no rate, too long for one event, and without samples.
    audio(Array(repeating: 9000, count: rate / 50), rate: rate, position: .max - 7)
    audio(Array(repeating: 9000, count: rate / 50), rate: rate, position: 1 << 40)
    audio(Array(repeating: 9000, count: rate / 50), rate: 1, position: 0)
    audio(Array(repeating: 9000, count: rate), rate: rate, position: 0)
    audio([], rate: rate, position: 0)
    // Words outside the text, at times that run backwards.
    let word = vox_word(
      start: .max, end: 0, text_at: .max, text_len: .max, confidence: .max, speaker: 0, flags: .max, zero: .max)
    op.words(.ttsWords, text: text, start: .max, end: 0, words: [word])
    strangers()
    goodbye("{\"samples\": -1}")
  }

  func asModel() {
    text(Self.notText, .text)
    text(Array(repeating: UInt8(ascii: "x"), count: 70_000), .text)
    tool(.toolCall, name: "", arguments: "{\"day\":")
    tool(.toolCall, name: "book", arguments: "[1")
    strangers()
    goodbye("{\"stop\": ")
  }

  func asRecogniser(rate: Int) {
    op.words(.transcript, text: "x1 x2 x3", start: .max, end: .max - 1, final: true, confidence: .max)
    op.words(.transcript, text: "x4 x5 x6", start: 1 << 40, end: 1 << 41, final: true)
    op.words(.transcript, text: "x7", start: 500, end: 10)
    withBytes(Self.notText) { view in
      var event = vox_ev_words()
      event.h = Layout.head(vox_ev_words.self, .transcript, target: op.session, op: op.handle)
      event.end = 10
      event.text = view
      op.host.emit(event)
    }
    op.mark(.turnEnd, position: .max, value: .max)
    op.mark(.flushed, position: .max, value: .max)
    strangers()
  }

  func asTool() {
    text(Self.notText, .progress)
    strangers()
    goodbye("{\"result\": ")
  }

  func toolBegin(name: String) { tool(.toolBegin, name: name, arguments: "") }

  /// Kinds of other roles, kinds of nobody, a length without bytes, a size that is none.
  private func strangers() {
    op.mark(.played, position: 1)
    var event = vox_ev_text()
    event.h = Layout.head(vox_ev_text.self, EventKind(rawValue: 60_000), target: op.session, op: op.handle)
    op.host.emit(event)
    event.h = Layout.head(vox_ev_text.self, .text, target: op.session, op: op.handle)
    event.text = vox_view(ptr: nil, len: 1 << 50)
    op.host.emit(event)
    event.text = vox_view()
    event.h.struct_size = 3
    op.host.emit(event)
    event.h.struct_size = UInt32(MemoryLayout<vox_ev_text>.size)
    event.h.op = .max
    op.host.emit(event)
  }

  /// Done, twice, and something more after that.
  private func goodbye(_ result: String) {
    for _ in 0..<2 { text(Array(result.utf8), .completed) }
    text(Array("x9".utf8), .text)
  }

  private func text(_ bytes: [UInt8], _ kind: EventKind) {
    withBytes(bytes) { view in
      var event = vox_ev_text()
      event.h = Layout.head(vox_ev_text.self, kind, target: op.session, op: op.handle)
      event.text = view
      op.host.emit(event)
    }
  }

  private func tool(_ kind: EventKind, name: String, arguments: String) {
    withBytes(Array(name.utf8)) { name in
      withBytes(Array(arguments.utf8)) { arguments in
        var event = vox_ev_tool()
        event.h = Layout.head(vox_ev_tool.self, kind, target: op.session, op: op.handle)
        event.id = vox_view("call_1")
        event.name = name
        event.arguments = arguments
        op.host.emit(event)
      }
    }
  }

  private func audio(_ samples: [Int16], rate: Int, position: UInt64) {
    samples.withUnsafeBufferPointer { _ = op.audio($0, rate: rate, position: position) }
  }

  private func withBytes(_ bytes: [UInt8], _ body: (vox_view) -> Void) {
    bytes.withUnsafeBufferPointer { body(vox_view(ptr: $0.baseAddress, len: UInt64($0.count))) }
  }
}
