// What is sent and read, as values.

import ResembleWire
import Testing
import Vox

struct MessageTests {
  /// A request over HTTP always tells precision and rate, whose documented defaults differ, and leaves out what was not chosen.
  @Test func httpBody() {
    var request = SynthesisRequest()
    request.voice = "v"
    request.extraBody = ["title": "t"]
    let stream = request.body("hello", .stream)
    #expect(
      stream == [
        "voice_uuid": "v", "data": "hello", "precision": "PCM_16", "sample_rate": 16_000, "wav_encoded_timestamps": true, "title": "t",
      ])
    #expect(request.body("hello", .sync)["output_format"] == "wav")
    #expect(request.body("hello", .sync)["wav_encoded_timestamps"] == nil)
  }

  /// A frame carries the number of its request and says how it wants its sound.
  @Test func frame() {
    let frame = SynthesisRequest().frame("hello", id: 7)
    #expect(frame["request_id"] == 7 && frame["binary_response"] == false && frame["no_audio_header"] == false && frame["data"] == "hello")
  }

  /// Messages that are no JSON objects are refused, unknown kinds passed over, and no truncation of a good one traps.
  @Test func messages() throws {
    let good =
      #"{"type":"audio","audio_content":"AAAA","audio_timestamps":{"graph_chars":["h"],"graph_times":[[0,0.1]]},"sample_rate":16000,"request_id":3}"#
    guard case .audio("AAAA", sampleRate: 16_000, let times, id: 3) = try VoiceMessage(good) else { throw ErrorTests.Missing() }
    #expect(times.letters.count == 1)
    for count in 0..<good.utf8.count {
      let cut = String(decoding: Array(good.utf8)[..<count], as: UTF8.self)
      #expect(throws: ProviderError.self) { _ = try VoiceMessage(cut) }
    }
    guard case .other = try VoiceMessage(#"{"type":"something_new","more":{}}"#) else { throw ErrorTests.Missing() }
    for bad in ["", "[]", "7", "\u{FFFD}", "{\"type\":\"audio\""] { #expect(throws: ProviderError.self) { _ = try VoiceMessage(bad) } }
  }

  /// A sync answer without sound is an error, one that failed with a good status is its own error, and issues are no error.
  @Test func sync() throws {
    let good = try SyncAnswer(#"{"success":true,"audio_content":"UklGRg==","issues":["odd"]}"#)
    #expect(good.audio == "UklGRg==" && good.issues == ["odd"] && good.times.isEmpty)
    let error = #expect(throws: ProviderError.self) { _ = try SyncAnswer(#"{"success":false,"error_name":"X","message":"no"}"#) }
    #expect(error?.code == "X" && error?.cls == .unavailable)
    #expect(throws: ProviderError.self) { _ = try SyncAnswer(#"{"success":true}"#) }
  }
}
