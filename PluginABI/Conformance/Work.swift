// The piece of work that each role is tried on.

import PluginABI
import Vox

/// What an op is asked to do, and the audio it is fed.
struct Work {
  enum Feed {
    case none
    /// Audio, then a flush, then the end.
    case listen(ms: Int)
    /// The agent's speech at the pace it is heard, then the end.
    case speak(ms: Int)
    /// The rest of a text that is still being written, then its end.
    case text([String])
  }

  var kind: UInt16
  var text = ""
  var body: JSONValue = .object([:])
  var feed = Feed.none
  /// The host ends the op itself when this has passed.
  var deadlineMs = 15_000

  /// Of the request.
  var flags: UInt16 { if case .text = feed { UInt16(VOX_TTS_GROWS) } else { 0 } }

  /// A text for a voice that takes it word by word.
  static let growing = Work(
    kind: OpKind.say, text: "Good", body: ["language": "en-US", "previous": "", "more": true],
    feed: .text([" morning.", " Zoë's", " appointment is at", " ten o'clock."]))

  /// Ordinary work of a role.
  static func usual(_ role: Role) -> Work {
    switch role {
    case .tts:
      Work(
        kind: OpKind.say, text: "Good morning. Your appointment is at ten o'clock.",
        body: ["language": "en-US", "previous": "", "next": "", "more": false])
    case .stt: Work(kind: OpKind.listen, body: ["language": "en-US"], feed: .listen(ms: 1_000))
    case .llm: Work(kind: OpKind.chat, body: chat.json)
    case .tool: invoke("conformance", [:])
    case .room: Work(kind: OpKind.publish, body: ["name": "agent"])
    case .telephony:
      Work(kind: OpKind.dial, body: ["to": "+15550100", "from": "+15550199", "timeout_ms": 2_000], deadlineMs: 4_000)
    }
  }

  static func invoke(_ tool: String, _ arguments: JSONValue) -> Work {
    Work(kind: OpKind.invoke, body: ["name": .string(tool), "arguments": arguments])
  }

  private static let chat = ChatRequest(
    messages: [
      ChatMessage(.system, "You are the reception of a clinic. Answer in one sentence."),
      ChatMessage(.assistant, "Good morning, how may I help you?"),
      ChatMessage(.user, "When are you open tomorrow?", confidence: 950),
    ],
    tools: [
      ToolDescription(
        name: "conformance", description: "Does nothing.",
        schema: ["type": "object", "properties": ["day": ["type": "string"]], "additionalProperties": false])
    ], now: "2030-01-15T10:00:00+01:00")
}

/// Sound for recognisers: made by arithmetic, so that every run is the same.
enum Sound {
  /// Silence, something like speech (a voice of 120 Hz with noise, in four syllables a second), silence.
  static func speechlike(ms: Int, rate: UInt32) -> [Int16] {
    let rate = Int(rate)
    let count = ms * rate / 1000
    var noise: UInt32 = 0x2545_F491
    var samples = [Int16](repeating: 0, count: count)
    for i in count / 5..<max(count - count * 2 / 5, count / 5) {
      // Numerical Recipes' linear congruential generator.
      noise = noise &* 1_664_525 &+ 1_013_904_223
      let syllable = min(i * 8 / rate % 2, 1)
      let voice = (i * 240 / rate % 2 == 0 ? 3_000 : -3_000) + Int(noise >> 20) - 2_048
      samples[i] = Int16(clamping: voice * syllable)
    }
    return samples
  }
}
