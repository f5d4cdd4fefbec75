// What an event must say besides having the right shape. A provider that breaks a rule is not believed in anything else.

import PluginABI
import Vox

/// The rules of `vox/event.h` and the roles' headers that can be judged by one event alone.
///
/// Text that is no UTF-8, a result that is no JSON, words that end before they begin: whoever sends these has lost the thread, of
/// its vendor's answer or of its own memory. The host could pick out what is readable, and would speak it to a caller.
enum EventRules {
  /// The rule that the event breaks, as the end of the sentence "it sent an event …"; nil when it breaks none.
  /// Pure; runs on the plugin's thread. `e` has the shape of its kind (`EventCopy.bytes`).
  static func breach(_ e: UnsafePointer<vox_event>) -> String? {
    let raw = UnsafeRawPointer(e)
    switch EventKind(rawValue: e.pointee.kind) {
    case .ttsAudio, .lineAudio: return audio(raw.load(as: vox_ev_audio.self).audio)
    case .transcript, .ttsWords: return words(raw.load(as: vox_ev_words.self))
    case .text, .progress: return text(raw.load(as: vox_ev_text.self).text)
    case .completed, .ready: return json(raw.load(as: vox_ev_text.self).text)
    case .toolBegin: return text(raw.load(as: vox_ev_tool.self).name)
    case .toolCall:
      let tool = raw.load(as: vox_ev_tool.self)
      if tool.name.len == 0 { return "that calls a tool without a name" }
      return text(tool.id) ?? text(tool.name) ?? json(tool.arguments)
    default: return nil
    }
  }

  /// At most 200 ms at a rate sound has (`vox/audio.h`).
  private static func audio(_ audio: vox_audio) -> String? {
    guard audio.rate >= 8000, audio.rate <= 48000 else { return "with sound of \(audio.rate) Hz (8000 to 48000 are allowed)" }
    return audio.count <= audio.rate / 5 ? nil : "with more than 200 ms of sound"
  }

  private static func words(_ words: vox_ev_words) -> String? {
    if words.start > words.end { return "whose words end before they begin" }
    for i in 0..<Int(words.nwords) {
      guard let word = words.words?[i] else { break }
      if word.start > word.end { return "with a word that ends before it begins" }
    }
    return text(words.text)
  }

  private static func text(_ view: vox_view) -> String? {
    String(validating: view.bytes, as: UTF8.self) == nil ? "whose text is not UTF-8" : nil
  }

  /// Results are a few members, but a tool's may be 64 KiB: the plugin's thread pays for the look.
  private static func json(_ view: vox_view) -> String? {
    (try? view.json()) == nil ? "whose text is not JSON" : nil
  }
}
