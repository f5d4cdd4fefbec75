// Answers with sound and transcripts as values, and answers that are none.

import OpenAIWire
import Testing
import Vox

struct SoundTests {
  /// What says that it is something else is not played.
  @Test func contentTypes() {
    for type in ["audio/pcm", "audio/wav", "", "application/octet-stream", "text/html; charset=utf-8"] {
      #expect(SpeechRequest.isSound(contentType: type))
    }
    for type in ["application/json", "audio/mpeg", "audio/ogg", "text/event-stream"] { #expect(!SpeechRequest.isSound(contentType: type)) }
  }

  private func transcript(_ text: String, isPlain: Bool = false) throws -> Transcript { try Transcript(Array(text.utf8), isPlain: isPlain) }

  /// Words are found in the text with their bytes; what makes no sense is left out.
  @Test func words() throws {
    let told = try transcript(
      #"{"text":" Grüß Gott, Welt. ","usage":{"type":"duration","seconds":2},"words":[{"word":"Grüß","start":0,"end":0.4},"#
        + #"{"word":" Gott","start":0.4,"end":0.8},{"word":"nobody","start":1,"end":2},{"word":"Welt","start":2,"end":1},7]}"#)
    #expect(told.text == "Grüß Gott, Welt." && told.seconds == 2)
    #expect(told.words.map(\.at) == [0, 7] && told.words.map(\.length) == [6, 4] && told.words.map(\.end) == [0.4, 0.8])
  }

  /// A plain answer is the text; JSON without a text is none.
  @Test func answers() throws {
    #expect(try transcript(" hello\n", isPlain: true).text == "hello")
    #expect(try transcript(#"{"text":"","usage":{"input_tokens":5,"output_tokens":0}}"#).tokensIn == 5)
    let endless = #"{"text":"\#(String(repeating: "x", count: 20_000))"}"#
    for bad in ["", "hello", "[]", #"{"text":7}"#, endless] { #expect(throws: ProviderError.self) { try transcript(bad) } }
  }
}
