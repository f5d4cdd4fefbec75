// `patchbay call`, from the command line to the last line it prints.

import CommonHarness
import Base
import Glibc
import Journal
import Sound
import Testing
import Vox

@testable import Commands

@Suite struct CallCommandTests {
  /// A host whose line places every call, and which tells of the call what `facts` say. Other calls are told of first.
  private static func host(_ facts: [Fact] = SampleCall.facts) throws -> ScriptedHost {
    let id = CallID.sample?.text ?? ""
    return try ScriptedHost { request in
      switch (request.method, request.path) {
      case ("POST", "/providers/wavphone/calls"): return .json(201, ["call": "wav-1"])
      case ("GET", "/v1/events"):
        let others = [
          #"{"call":"c_01hzy30000000000000000000b","kind":"callOffered","fact":{"provider":"wavphone","direction":"in","to":"other"}}"#,
          #"{"kind":"hostStopped","fact":{"reason":"no"}}"#,
        ]
        return .events(others + SampleCall.events(facts), staysOpen: true)
      case ("GET", "/v1/calls/\(id)/events"): return .events(SampleCall.events(facts), staysOpen: true)
      case ("GET", "/v1/calls/\(id)"): return (try? CallRecord.sample()).map { .json(200, JSONValue(encoding: $0)) }
      default: return nil
      }
    }
  }

  private static func recording(_ scratch: Scratch) throws -> String {
    let path = scratch.path + "/hello.wav"
    let writer = try WAVWriter(path: path, sampleRate: 16_000)
    try writer.append([Int16](repeating: 1000, count: 16_000))
    try writer.close()
    return path
  }

  /// The turns reach the line in their order; the conversation is printed with its times, then the latencies; the command ends with 0.
  @Test func printsTheConversation() throws {
    let scratch = Scratch()
    let host = try Self.host()
    let wav = try Self.recording(scratch)
    let heard = scratch.path + "/heard.wav"
    let result = try Program.run(
      ["call", "--dtmf", "12#", "--wav", wav, "--out", heard, "--to", "reception"], in: scratch, state: host.folder)
    #expect(result.code == 0)
    #expect(result.complaint == "")
    #expect(result.lines.first == "00:00.0  call    answered")
    #expect(result.lines.contains("00:03.2  caller  book an appointment"))
    #expect(result.lines.contains("p50         505         100   250   151   8.5  1009"))
    #expect(result.lines.last == "What the caller heard is in \(heard).")
    let order = try #require(host.requests.first { $0.method == "POST" }).body
    let expected: JSONValue = [
      "to": "reception", "from": "+15550100199", "turns": [["dtmf": "12#"], ["file": .string(wav)]], "record": .string(heard),
    ]
    #expect(try JSONValue(parsing: order) == expected)
  }

  /// For programs: every fact as the host told it, then one value with the latencies.
  @Test func printsJSON() throws {
    let scratch = Scratch()
    let host = try Self.host()
    let result = try Program.run(["call", "--dtmf", "1", "--json"], in: scratch, state: host.folder)
    #expect(result.code == 0)
    let values = try result.lines.map { try JSONValue(parsing: $0) }
    #expect(values.count == SampleCall.facts.count + 1)
    #expect(values.first?["kind"] == "callOffered")
    #expect(values.last?["latency"]?["p50"]?["e2e_ms"]?.double == 1009)
  }

  /// A call that fails is told as far as it went, and the command ends with 1 and the reason.
  @Test func failsWithTheCall() throws {
    let scratch = Scratch()
    let host = try Self.host([
      SampleCall.facts[0],
      .callEnded(.init(cause: .noProvider, durationMs: 0, problem: Problem(.unavailable, "no provider for stt: none is configured"))),
    ])
    let result = try Program.run(["call", "--dtmf", "1"], in: scratch, state: host.folder)
    #expect(result.code == 1)
    #expect(result.complaint == "patchbay: the call failed: no provider for stt: none is configured\n")
    #expect(result.lines.first == "00:00.0  call    ended: no provider could serve")
  }

  /// Of two calls at once to the same number each command follows its own, by the line's own name for it.
  @Test func followsItsOwnCall() throws {
    let scratch = Scratch()
    let id = CallID.sample?.text ?? ""
    let host = try ScriptedHost { request in
      func offered(_ call: String, _ reference: String) -> String {
        #"{"call":"\#(call)","kind":"callOffered","fact":{"provider":"wavphone","direction":"in","to":"reception","reference":"\#(reference)"}}"#
      }
      switch request.path {
      case "/providers/wavphone/calls": return .json(201, ["call": "wav-2"])
      case "/v1/events": return .events([offered("c_01hzy30000000000000000000b", "wav-1"), offered(id, "wav-2")], staysOpen: true)
      case "/v1/calls/\(id)/events": return .events(SampleCall.events(), staysOpen: true)
      case "/v1/calls/\(id)": return (try? CallRecord.sample()).map { .json(200, JSONValue(encoding: $0)) }
      default: return nil
      }
    }
    #expect(try Program.run(["call", "--dtmf", "1"], in: scratch, state: host.folder).code == 0)
  }

  /// The key of a line whose file names one is sent along, and so are the wanted rate and codec; what the line answers is passed on.
  @Test func asksTheLine() throws {
    let scratch = Scratch()
    let secret = try scratch.write("key", "sesame-open\n")
    #expect(chmodPrivate(secret))
    try scratch.write("plugins.d/narrow.yaml", "library: libWavPhone.so\nsecrets: {control_key: 'file:\(secret)'}\n")
    let host = try ScriptedHost {
      $0.path == "/providers/narrow/calls"
        ? .json(401, ["error": "Not today."]) : $0.path == "/v1/events" ? .events([], staysOpen: true) : nil
    }
    let order = ["call", "--dtmf", "1", "--line", "narrow", "--rate", "8000", "--codec", "ulaw"]
    let result = try Program.run(order, in: scratch, state: host.folder)
    #expect(result.code == 69)
    #expect(result.complaint == "patchbay: the line 'narrow' did not place the call: Not today.\n")
    let request = try #require(host.requests.first { $0.method == "POST" })
    #expect(request.authorization == "Bearer sesame-open")
    #expect(try JSONValue(parsing: request.body)["rate"] == 8000)
    #expect(try JSONValue(parsing: request.body)["codec"] == "ulaw")
    #expect(unlink(secret) == 0)
    let none = try Program.run(order, in: scratch, state: host.folder)
    #expect(none.code == 78)
    #expect(none.complaint.contains("plugins.d/narrow.yaml: secrets.control_key: cannot open the secret file"))
  }

  /// A caller without a recording is given a voice: the text becomes a WAV file that the line can read.
  @Test func speaksTexts() throws {
    let scratch = Scratch()
    try scratch.write("plugins.d/echo.yaml", "library: libEcho.so\n")
    let seen = Seen()
    let host = try ScriptedHost { request in
      if request.method == "POST" { seen.look(request.body) }
      return request.method == "POST" ? .json(400, ["error": "Enough."]) : request.path == "/v1/events" ? .events([], staysOpen: true) : nil
    }
    let result = try Program.run(["call", "--say", "one two", "--dtmf", "1", "--say", "three"], in: scratch, state: host.folder)
    #expect(result.complaint == "The caller speaks with echo.\npatchbay: Enough.\n")
    #expect(result.code == 65)
    #expect(seen.seconds.count == 2)
    #expect(seen.seconds.allSatisfy { $0 > 0.1 && $0 < 30 })
    let silent = try Program.run(["call", "--say", "one", "--speaker", "nobody"], in: scratch, state: host.folder)
    #expect(silent.code == 69)
    #expect(silent.complaint.contains("the provider 'nobody' cannot speak; --say needs a working provider of the role tts in"))
  }

  /// Everything wrong with the command line or its files is found before any host is asked, with a code that says which kind it is.
  @Test func refusesBadInput() throws {
    let scratch = Scratch()
    let empty = try scratch.write("empty.wav", "")
    let text = try scratch.write("text.wav", "hello, this is no sound")
    let huge = try scratch.write("huge.wav", "RIFF")
    #expect(grow(huge, to: 3 << 30))
    let cases: [([String], Int32, String)] = [
      ([], 64, "Say something"), (["--say", " "], 64, "A turn is empty"), (["--dtmf", "x"], 64, "--dtmf:"),
      (["--dtmf", "1", "--rate", "44100"], 64, "--rate is 8000 or 16000, not 44100."), (["--dtmf", "1", "--codec", "opus"], 64, "opus"),
      (["--dtmf", "1", "--out", "heard.mp3"], 64, "--out must name a file that ends in .wav"),
      (["--wav", scratch.path + "/none.wav"], 66, "none.wav: cannot be opened: No such file or directory."),
      (["--wav", scratch.path], 66, "is not a regular file"), (["--wav", empty], 65, "empty.wav: is empty (0 bytes)"),
      (["--wav", text], 65, "text.wav: is not a WAV file: it starts with \"hell\""), (["--wav", huge], 65, "more than the 2 GB"),
      (["--dtmf", "1", "--out", scratch.path + "/no/heard.wav"], 73, "no/heard.wav: cannot be opened"),
    ]
    for (arguments, code, sentence) in cases {
      let result = try Program.run(["call"] + arguments, in: scratch)
      #expect(result.code == code, "\(arguments): \(result.complaint)")
      #expect(result.complaint.contains(sentence), "\(arguments): \(result.complaint)")
      #expect(result.output == "")
    }
  }

  /// Ctrl-C ends the call and then the command, with the code shells know it by.
  @Test func hangsUpWhenInterrupted() throws {
    let id = CallID.sample?.text ?? ""
    let host = try ScriptedHost { request in
      let facts = SampleCall.events(Array(SampleCall.facts.prefix(2)))
      switch request.path {
      case "/providers/wavphone/calls": return .json(201, ["call": "wav-1"])
      case "/v1/events", "/v1/calls/\(id)/events": return .events(facts, staysOpen: true)
      case "/v1/calls/\(id)/hangup": return .json(202, [:])
      default: return nil
      }
    }
    let result = try Program.run(["call", "--dtmf", "1", "--state", host.folder], interruptAfter: "answered")
    #expect(result.code == 130)
    #expect(result.complaint == "patchbay: interrupted\n")
    #expect(host.requests.last == ScriptedHost.Request(method: "POST", path: "/v1/calls/\(id)/hangup", body: ""))
  }

  /// A host that does not answer as one, or serves no such line, is named.
  @Test func refusesOtherHosts() throws {
    let scratch = Scratch()
    let mail = try ScriptedHost { _ in .raw("220 mail.example\r\n\r\n") }
    let other = try Program.run(["call", "--dtmf", "1"], in: scratch, state: mail.folder)
    #expect(other.code == 69)
    #expect(other.complaint == "patchbay: \(mail.socket): the answer is not HTTP\n")
    let plain = try ScriptedHost { $0.path == "/v1/events" ? .events([], staysOpen: true) : nil }
    let lineless = try Program.run(["call", "--dtmf", "1", "--line", "nobody"], in: scratch, state: plain.folder)
    #expect(lineless.code == 69)
    #expect(lineless.complaint.hasPrefix("patchbay: the line 'nobody' places no calls here;"))
  }
}
