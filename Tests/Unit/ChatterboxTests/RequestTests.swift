// What is sent, as values.

import ChatterboxWire
import Testing
import Vox

struct RequestTests {
  private func options(_ change: (inout VoiceOptions) -> Void = { _ in }) -> VoiceOptions {
    var options = VoiceOptions()
    (options.model, options.voice) = ("chatterbox-turbo", "Emily.wav")
    change(&options)
    return options
  }

  /// The dialect that all servers take has the members that one of them requires, and nothing that was not chosen.
  @Test func openAI() {
    let request = SpeechRequest("hello", options(), .openAISpeech, .none)
    #expect(request.path == "/v1/audio/speech" && !request.isEvents)
    #expect(request.body == ["model": "chatterbox-turbo", "input": "hello", "voice": "Emily.wav", "response_format": "wav"])
    let events = SpeechRequest("hello", options { $0.extraBody = ["streaming_quality": "fast"] }, .openAISpeech, .sse)
    #expect(events.isEvents && events.body["stream_format"] == "sse" && events.body["streaming_quality"] == "fast")
  }

  /// devnen's own API has other names, and clones a voice when a recording is named.
  @Test func devnen() {
    let request = SpeechRequest("hello", options { ($0.referenceAudio, $0.speed, $0.seed) = ("me.wav", 1.5, 7) }, .devnen, .wav)
    #expect(request.path == "/tts" && request.body["stream"] == true && request.body["voice_mode"] == "clone")
    #expect(request.body["reference_audio_filename"] == "me.wav" && request.body["speed_factor"] == 1.5 && request.body["seed"] == 7)
    #expect(SpeechRequest("hello", options(), .devnen, .none).body["predefined_voice_id"] == "Emily.wav")
  }

  /// A job's input follows the template, at any depth; what stays empty is left out.
  @Test func template() {
    let template: JSONValue = ["args": ["$text", 1, ["v": "$voice"]], "ref": "$reference", "lang": "$language", "fixed": "x"]
    let request = JobRequest("hello", options { $0.inputTemplate = template }, call: .stream, endpoint: "ep", waitMs: 0)
    #expect(request.body == ["input": ["args": ["hello", 1, ["v": "Emily.wav"]], "fixed": "x"]])
    #expect(request.path == "/ep/run" && request.cancelPath("1") == "/ep/cancel/1")
    #expect(JobRequest("hello", options(), call: .runsync, endpoint: "ep", waitMs: 2_000).path == "/ep/runsync?wait=2000")
  }
}
