// The events of a speech, as values.

import ChatterboxWire
import Testing
import Vox

struct EventTests {
  /// Format, sound and end are told apart; kinds that nobody knows are passed over.
  @Test func kinds() throws {
    #expect(try SpeechEvent(#"{"type":"speech.audio.info","sample_rate":24000,"channels":1}"#) == .info(sampleRate: 24_000))
    #expect(try SpeechEvent(#"{"type":"speech.audio.delta","audio":"AAAA"}"#) == .delta(audio: "AAAA"))
    #expect(try SpeechEvent(#"{"type":"speech.audio.done","usage":{"total_tokens":1}}"#) == .done)
    #expect(try SpeechEvent(#"{"type":"something_new"}"#) == .other)
    guard case .failed(let error) = try SpeechEvent(#"{"error":{"message":"CUDA out of memory","type":"generation_error"}}"#) else {
      return #expect(Bool(false), "an error is one")
    }
    #expect(error.cls == .overloaded)
  }

  /// Cut anywhere, an event is refused and nothing traps; so is what is no object.
  @Test func garbage() {
    let good = Array(#"{"type":"speech.audio.delta","audio":"AAAA"}"#.utf8)
    for count in 0..<good.count {
      #expect(throws: ProviderError.self) { _ = try SpeechEvent(String(decoding: good[..<count], as: UTF8.self)) }
    }
    for bad in ["[]", "7", "null", "[DONE]", "\u{FFFD}{"] { #expect(throws: ProviderError.self) { _ = try SpeechEvent(bad) } }
  }

  /// Lists of voices in their three shapes; anything else is none.
  @Test func voices() {
    #expect(VoiceList.names(["voices": ["a.wav", ["filename": "b.wav"], ["name": "c"], 7]]) == ["a.wav", "b.wav", "c"])
    #expect(VoiceList.names(["a.wav"]) == ["a.wav"])
    #expect(VoiceList.names(["x": 1]) == nil)
  }
}
