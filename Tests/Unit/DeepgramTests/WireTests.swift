// The vendor's messages as values: requests, readers, clocks, marks and sound, without a connection.

import DeepgramWire
import Testing
import Vox

struct WireTests {
  /// Options are percent-encoded, repeated where there are several, and only those of the model's API are sent.
  @Test func listenRequest() {
    var request = ListenRequest()
    request.language = "en"
    request.keyterms = ["Straße & Söhne", "a,b"]
    request.endpointingMs = 0
    request.switches = ["punctuate"]
    #expect(
      request.url("wss://x", rate: 8_000)
        == "wss://x/v1/listen?model=nova-3&encoding=linear16&sample_rate=8000&interim_results=true&language=en&endpointing=false"
        + "&keyterm=Stra%C3%9Fe%20%26%20S%C3%B6hne&keyterm=a%2Cb&punctuate=true")
    request.model = "nova-2"
    #expect(request.url("", rate: 8_000).contains("&keywords=a%2Cb"))
    request.model = "flux-general-en"
    (request.eagerThreshold, request.endTimeoutMs) = (0.4, 900)
    #expect(
      request.url("", rate: 8_000).hasPrefix(
        "/v2/listen?model=flux-general-en&encoding=linear16&sample_rate=8000&eager_eot_threshold=0.4&eot_timeout_ms=900&keyterm="))
  }

  /// A language has its region where the vendor tells regions of it apart; a pair that it does not know would be refused.
  @Test(arguments: [
    ("en-US", "en-US"), ("en-gb", "en-GB"), ("de-DE", "de"), ("de-CH", "de-CH"), ("zh-hant", "zh-Hant"), ("fi", "fi"), ("", ""),
  ])
  func languages(_ tag: String, _ name: String) { #expect(ListenRequest.language(of: tag) == name) }

  /// A request asks for bare samples, a socket is not asked for a container at all.
  @Test func speakRequest() {
    var request = SpeakRequest()
    request.speed = 1.1
    #expect(
      request.url("https://x", rate: 16_000, isSocket: false)
        == "https://x/v1/speak?model=aura-2-thalia-en&encoding=linear16&sample_rate=16000&container=none&speed=1.1")
    #expect(!request.url("wss://x", rate: 16_000, isSocket: true).contains("container"))
    #expect(request.speak("a \"b\"\n") == #"{"text":"a \"b\"\n","type":"Speak"}"#)
  }

  /// Interims, finals and answers to a flush are told apart; a final may be empty.
  @Test func novaResults() throws {
    var reader = NovaReader(turnEnd: .none)
    let interim = try reader.read(results("hello", start: 1, duration: 0.5))
    let transcript = Transcript(
      text: "Hello.", start: 1, end: 1.5, confidence: 0.5,
      words: [HeardWord(text: "Hello.", start: 1, end: 1.5, confidence: 0.9, speaker: nil)])
    #expect(interim == [.interim(transcript)])
    #expect(
      try reader.read(results("hello", start: 1, duration: 0.5, "is_final", "speech_final")) == [.final(transcript, isFlushed: false)])
    let empty = Transcript(text: "", start: 2, end: 3, confidence: 0.5, words: [])
    #expect(try reader.read(results("", start: 2, duration: 1, "is_final", "from_finalize")) == [.final(empty, isFlushed: true)])
  }

  /// A pause or UtteranceEnd ends a turn as the setting says, once, and never one without words.
  @Test func novaTurnEnds() throws {
    var reader = NovaReader(turnEnd: .speechFinal)
    #expect(try reader.read(results("", start: 0, duration: 1, "is_final", "speech_final")).count == 1)
    let ended = try reader.read(results("one", start: 1, duration: 1, "is_final", "speech_final"))
    #expect(ended.last == .turnEnd(at: 2, confidence: 0, isEager: false))
    // It comes after speech_final for the same words.
    #expect(try reader.read(utteranceEnd(2)).isEmpty)
    _ = try reader.read(results("two", start: 3, duration: 1, "is_final"))
    // Noise hid the pause.
    #expect(try reader.read(utteranceEnd(4)) == [.turnEnd(at: 4, confidence: 0, isEager: false)])
    _ = try reader.read(results("three", start: 5, duration: 1, "is_final"))
    _ = try reader.read(results("four", start: 6, duration: 1))
    // Newer words are being said; and -1 is no time.
    #expect(try reader.read(utteranceEnd(6)).isEmpty && reader.read(utteranceEnd(-1)).isEmpty)
    var other = NovaReader(turnEnd: .utteranceEnd)
    #expect(try other.read(results("one", start: 0, duration: 1, "is_final", "speech_final")).count == 1)
    #expect(try other.read(utteranceEnd(1)).count == 1)
  }

  /// A guess that heard a word too many does not keep a turn open once the words are settled without it.
  @Test func novaGuessTakenBack() throws {
    var reader = NovaReader(turnEnd: .utteranceEnd)
    _ = try reader.read(results("guess", start: 0, duration: 2))
    _ = try reader.read(results("word", start: 0, duration: 1, "is_final"))
    #expect(try reader.read(utteranceEnd(1)) == [.turnEnd(at: 1, confidence: 0, isEager: false)])
    _ = try reader.read(results("next", start: 2, duration: 1, "is_final"))
    // A pause without words takes nothing back that is settled.
    _ = try reader.read(results("", start: 3, duration: 1))
    #expect(try reader.read(utteranceEnd(2)).isEmpty && reader.read(utteranceEnd(3)).count == 1)
  }

  /// Marks, the count and warnings of Nova are read; types that nobody knows mean nothing.
  @Test func novaOthers() throws {
    var reader = NovaReader(turnEnd: .none)
    #expect(try reader.read(#"{"type":"SpeechStarted","channel":[0,1],"timestamp":1.5}"#) == [.speechStarted(at: 1.5)])
    #expect(try reader.read(#"{"type":"Metadata","duration":2.25}"#) == [.counted(seconds: 2.25)])
    #expect(try reader.read(#"{"type":"Novelty","x":[1]}"#).isEmpty)
    guard case .warned(let error) = try reader.read(#"{"type":"Error","variant":"SchemaError","description":"d"}"#).first else {
      Issue.record("an error that leaves the stream open is a warning")
      return
    }
    #expect(error.code == "SchemaError" && error.message == "d")
  }

  /// A turn of Flux begins, grows, perhaps ends, goes on and ends.
  @Test func fluxTurns() throws {
    var reader = FluxReader()
    #expect(try reader.read(#"{"type":"Connected","request_id":"r","sequence_id":0}"#) == [.connected(requestID: "r")])
    let heard = Transcript(
      text: "hi", start: 1, end: 2, confidence: 0.8, words: [HeardWord(text: "hi", start: 1.2, end: 1.4, confidence: 0.8, speaker: nil)])
    #expect(try reader.read(turn("StartOfTurn")) == [.speechStarted(at: 1.2), .interim(heard)])
    #expect(try reader.read(turn("Update")) == [.interim(heard)])
    #expect(try reader.read(turn("EagerEndOfTurn")) == [.interim(heard), .turnEnd(at: 2, confidence: 0.5, isEager: true)])
    #expect(try reader.read(turn("TurnResumed")) == [.turnResumed(at: 2), .interim(heard)])
    #expect(
      try reader.read(turn("EndOfTurn", trigger: "manual"))
        == [.final(heard, isFlushed: true), .turnEnd(at: 2, confidence: 0.5, isEager: false)])
    #expect(try reader.read(turn("Novelty")).isEmpty)
    #expect(try reader.read(#"{"type":"Error","code":"X","description":"d"}"#).count == 1)
  }

  /// What is no message fails as the vendor's trouble, however it is broken; nothing of it traps.
  @Test func brokenMessages() {
    let whole = results("hello", start: 1, duration: 0.5, "is_final")
    let prefixes = (0..<whole.utf8.count).map { String(decoding: Array(whole.utf8.prefix($0)), as: UTF8.self) }
    for text in prefixes + ["null", "[]", "7", "{}", #"{"type":7}"#, "\u{FFFD}\u{0}", #"{"type":"Results""#] {
      var nova = NovaReader(turnEnd: .speechFinal)
      var flux = FluxReader()
      #expect(throws: ProviderError.self) { try nova.read(text) }
      #expect(throws: ProviderError.self) { try flux.read(text) }
      #expect(throws: ProviderError.self) { try SpeakEvent(text) }
    }
    // Members of the wrong type, and times that are none.
    for text in [
      #"{"type":"Results","start":"x","duration":1e999,"is_final":1,"channel":[]}"#, #"{"type":"Results","start":-1,"channel":{}}"#,
      #"{"type":"Results","is_final":true,"channel":{"alternatives":[{"words":[7,{"word":1},{"word":"a","start":2,"end":1}]}]}}"#,
      #"{"type":"TurnInfo","event":"EndOfTurn","audio_window_start":9,"audio_window_end":1,"words":{},"end_of_turn_confidence":"x"}"#,
    ] {
      var nova = NovaReader(turnEnd: .speechFinal)
      var flux = FluxReader()
      let events = ((try? nova.read(text)) ?? []) + ((try? flux.read(text)) ?? [])
      for case .final(let transcript, _) in events { #expect(transcript.end >= transcript.start && transcript.words.isEmpty) }
    }
  }

  /// The vendor's seconds become the host's samples, without the silence that kept the stream alive.
  @Test func clockLeavesSilenceOut() {
    var clock = StreamClock(rate: 1_000)
    clock.fill(100)
    clock.fill(100)
    clock.push(500)
    clock.fill(50)
    clock.push(500)
    #expect(clock.position(0.1) == 0 && clock.position(0.2) == 0 && clock.position(0.3) == 100)
    #expect(clock.position(0.7) == 500 && clock.position(0.73) == 500 && clock.position(0.75) == 500 && clock.position(0.85) == 600)
    #expect(clock.position(1.25) == 1_000 && clock.position(1e300) == 1_000 && clock.position(-.infinity) == 0 && clock.position(.nan) == 0)
    #expect(clock.sentMs == 1_250 && clock.pushed == 1_000)
  }

  /// A flush is answered by a result that says so, by one that reaches as far, or by time; never twice, and in order.
  @Test func flushMarks() {
    var marks = FlushMarks(waitMs: 10)
    var given = [marks.ask(1, at: 100, now: 0), marks.ask(2, at: 200, now: 5_000_000), marks.settled(to: 50, isAnswer: false)]
    #expect(given == [[], [], []])
    given = [marks.settled(to: 90, isAnswer: true), marks.settled(to: 200, isAnswer: false)]
    #expect(given == [[1], [2]] && marks.due == nil)
    given = [marks.ask(3, at: 300, now: 0), marks.expire(now: 9_999_999)]
    #expect(given == [[], []] && marks.due == 10_000_000)
    given = [marks.expire(now: 10_000_000)]
    #expect(given == [[3]])
    let full = (0..<40).flatMap { marks.ask(UInt64($0), at: 0, now: 0) }
    #expect(full == Array(0..<8))
  }

  /// Words are found in their order, with punctuation and in any script; a word that is not there has no place.
  @Test func wordPlaces() {
    let text = "Ünï, ab ab. 日本"
    let places = WordPlaces.of(["Ünï,", "ab", "ab.", "zz", "日本", ""], in: text)
    let bytes = Array(text.utf8)
    #expect(places.map { $0.map { String(decoding: bytes[$0], as: UTF8.self) } } == ["Ünï,", "ab", "ab.", nil, "日本", nil])
  }

  /// A socket is left before its limits of characters, texts and age, and a minute later it may be used again.
  @Test func budget() {
    var limits = SpeakBudget.Limits()
    (limits.charactersPerMinute, limits.flushesPerMinute, limits.lifeMs) = (100, 5, 3_600_000)
    let second: UInt64 = 1_000_000_000
    var budget = SpeakBudget(limits, now: 0)
    #expect(budget.allows(500, now: 0) && !budget.isLow(now: 0))
    budget.spend(79, now: 0)
    #expect(budget.allows(21, now: 1) && !budget.allows(22, now: 1) && !budget.isLow(now: 1))
    budget.spend(1, now: second)
    #expect(budget.isLow(now: second))
    #expect(budget.allows(99, now: 60 * second) && !budget.isLow(now: 60 * second))
    for _ in 0..<5 { budget.spend(1, now: 62 * second) }
    #expect(!budget.allows(1, now: 63 * second) && budget.isLow(now: 63 * second))
    #expect(budget.isLow(now: 3_421 * second) && budget.allows(1, now: 3_421 * second) && !budget.allows(1, now: 3_600 * second))
  }

  private func plain(_ text: String, _ step: Int) -> String {
    var controls = InlineControls(areTaken: false)
    var out = ""
    var rest = text[...]
    while !rest.isEmpty {
      out += controls.append(String(rest.prefix(step)))
      rest = rest.dropFirst(step)
    }
    return out + controls.finish()
  }

  /// Commands to the voice are no part of a text, whoever wrote them.
  @Test func spokenText() {
    for step in [1, 2, 3, 100] {
      #expect(plain(#"a \{pause:500ms\} b \{"word":"x"\}c \n"#, step) == #"a  b c \n"#)
      #expect(plain("plain {text}", step) == "plain {text}" && plain(#"open \{ended"#, step) == "open ended")
      let long = String(repeating: "x", count: 300)
      #expect(plain(#"no \{"# + long + "} end\\", step) == "no " + long + "} end\\")
    }
    var controls = InlineControls(areTaken: true)
    #expect(controls.append(#"a \{pause:500ms\}"#) == #"a \{pause:500ms\}"#)
    #expect(SpokenText.isSpeakable("5 €") && !SpokenText.isSpeakable(" … - !\n") && SpokenText.characters("añ😀") == 3)
  }

  private func results(_ word: String, start: Double, duration: Double, _ flags: String...) -> String {
    let words: JSONValue =
      word.isEmpty
      ? []
      : [
        [
          "word": .string(word), "punctuated_word": .string(shown(word)), "start": .number(start), "end": .number(start + duration),
          "confidence": 0.9,
        ]
      ]
    return JSONValue.object([
      "type": "Results", "start": .number(start), "duration": .number(duration), "channel_index": [0, 1],
      "is_final": .bool(flags.contains("is_final")), "speech_final": .bool(flags.contains("speech_final")),
      "from_finalize": .bool(flags.contains("from_finalize")),
      "channel": ["alternatives": [["transcript": .string(shown(word)), "confidence": 0.5, "words": words]]],
    ]).text
  }

  private func shown(_ word: String) -> String { word.isEmpty ? "" : word.prefix(1).uppercased() + word.dropFirst() + "." }

  private func utteranceEnd(_ seconds: Double) -> String {
    JSONValue.object(["type": "UtteranceEnd", "channel": [0, 1], "last_word_end": .number(seconds)]).text
  }

  private func turn(_ event: String, trigger: String = "model") -> String {
    JSONValue.object([
      "type": "TurnInfo", "event": .string(event), "turn_index": 0, "audio_window_start": 1, "audio_window_end": 2, "transcript": "hi",
      "words": [["word": "hi", "confidence": 0.8, "start": 1.2, "end": 1.4]], "end_of_turn_confidence": 0.5, "trigger": .string(trigger),
    ]).text
  }
}
