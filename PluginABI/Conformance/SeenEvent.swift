// An event of the plugin as the host keeps it: a copy with everything it pointed to.

import PluginABI
import Vox

/// A copied event.
struct SeenEvent {
  struct Words {
    var text: String
    var start: UInt64
    var end: UInt64
    var isFinal: Bool
    var words: [vox_word]
  }

  enum Payload {
    case head
    case text(String, index: UInt32)
    case mark(position: UInt64, value: UInt64)
    case failure(ProviderError)
    case account(state: UInt32, detail: String, error: ProviderError?)
    case usage(seq: UInt32, amount: UInt64, meter: String, label: String)
    case audio(rate: UInt32, count: UInt32, position: UInt64)
    case words(Words)
    case tool(id: String, name: String, arguments: String)
    case leg(state: UInt16)
  }

  let kind: EventKind
  let target: vox_handle
  let op: vox_handle
  let payload: Payload

  /// Only these may be answered WOULD_BLOCK: audio, text and words.
  var mayBeRefused: Bool {
    switch kind {
    case .ttsAudio, .lineAudio, .text, .progress, .ttsWords, .transcript: true
    default: false
    }
  }

  /// Everything that may be refused, but interim transcripts: a newer one replaces them.
  var mustNotBeLost: Bool {
    if case .words(let words) = payload, kind == .transcript { return words.isFinal }
    return mayBeRefused
  }

  /// Two offers of the same piece of output have the same mark, whatever the plugin did to its size meanwhile.
  var mark: String {
    switch payload {
    case .audio(_, _, let position): "\(kind.rawValue)@\(position)"
    case .text(_, let index): "\(kind.rawValue)#\(index)"
    case .words(let words): "\(kind.rawValue)@\(words.start)-\(words.end)"
    default: "\(kind.rawValue)"
    }
  }

  var text: String { if case .text(let text, _) = payload { text } else { "" } }
  var failure: ProviderError? { if case .failure(let error) = payload { error } else { nil } }
  /// The JSON of a text event; an empty object when it is none.
  var json: JSONValue { (try? JSONValue(parsing: text)) ?? .object([:]) }
}
