// What workflows answer, however it comes in.

import N8NWire
import Testing
import Vox

struct AnswerTests {
  private func read(
    _ text: String, type: String = "application/json; charset=utf-8", streams: Bool = false, limit: Int = 10_000, piece: Int = .max
  ) throws -> ToolResult {
    var answer = WebhookAnswer(contentType: type, streams: streams, limit: limit)
    let bytes = Array(text.utf8)
    for start in stride(from: 0, to: bytes.count, by: min(piece, max(bytes.count, 1))) {
      _ = try answer.feed(Array(bytes[start..<min(bytes.count, start + min(piece, bytes.count))]))
    }
    return try answer.end(id: "t1")
  }

  private func failure(_ text: String, type: String = "application/json", streams: Bool = false, limit: Int = 10_000) -> ProviderError? {
    #expect(throws: ProviderError.self) { try read(text, type: type, streams: streams, limit: limit) }
  }

  /// A result, a bare object, a list, text, nothing at all.
  @Test func shapes() throws {
    #expect(try read(#"{"result":"yes"}"#).result == "yes")
    #expect(try read(#"{"result":{"a":[1]}}"#).result == ["a": [1]])
    #expect(try read(#"[{"result":"yes"}]"#).result == "yes")
    #expect(try read(#"{"slots":["9:00"]}"#).result == ["slots": ["9:00"]])
    #expect(try read(#"[{"a":1},{"a":2}]"#).result == [["a": 1], ["a": 2]])
    #expect(try read("7").result == 7)
    #expect(try read("").result == .null && read(" \n").result == .null)
    #expect(try read("It is done.", type: "text/html").result == "It is done.")
    #expect(try read(#"{"result":1}"#, type: "text/plain").result == 1)
    #expect(try read("{not json}", type: "text/plain").result == "{not json}")
  }

  /// Vapi's results: by the call's id, the only one without, an error that the model is told.
  @Test func vapi() throws {
    #expect(try read(#"{"results":[{"toolCallId":"x","result":1},{"toolCallId":"t1","result":2}]}"#).result == 2)
    #expect(try read(#"{"results":[{"toolCallId":"other","result":1}]}"#).result == 1)
    #expect(try read(#"{"results":[{"toolCallId":"x"},{"toolCallId":"y"}]}"#).result == .null)
    #expect(try read(#"{"results":[1,2]}"#).result == ["results": [1, 2]])
    let error = failure(#"{"results":[{"toolCallId":"t1","error":"no such patient"}]}"#)
    #expect(error?.message == "no such patient" && error?.cls == .internal)
  }

  /// What else a workflow may want is taken over and is no part of a bare result; wrong types are passed over.
  @Test func controls() throws {
    let all = try read(#"{"result":1,"say":"Bye.","end_call":true,"transfer":"desk"}"#)
    #expect(all.say == "Bye." && all.endsCall && all.transfer == "desk")
    #expect(try all.completed() == ["result": 1, "say": "Bye.", "end_call": true, "transfer": "desk"])
    #expect(try read(#"{"say":"One moment.","slots":1}"#).result == ["slots": 1])
    #expect(try read(#"{"end_call":true}"#).completed() == ["result": .null, "end_call": true])
    #expect(try read(#"{"result":1,"say":7,"end_call":"yes","transfer":""}"#).completed() == ["result": 1])
  }

  /// JSON that is none, a picture, and an answer beyond a limit end as errors that say that the workflow has run.
  @Test func unusable() {
    for broken in [#"{"result": "#, "<html>", "\u{0}", String(repeating: "[", count: 5000)] {
      let error = failure(broken)
      #expect(error?.code == "unparseable" && error?.effects == .yes && error?.cls == .internal)
    }
    #expect(failure("x", type: "image/png")?.code == "not_text")
    #expect(failure(String(repeating: "7", count: 11), limit: 10)?.code == "answer_too_long")
    let long = ToolResult(.string(String(repeating: "\u{1}", count: 20_000)))
    #expect(throws: ProviderError.self) { try long.completed() }
  }

  private static let stream = """
    {"type":"begin","metadata":{"nodeName":"Agent"}}
    {"type":"item","content":"Grüße, "}
    {"type":"novelty","content":"not for us"}

    {"type":"item","content":"you are booked."}
    {"type":"item","content":null}
    {"type":"end"}
    """

  /// A stream says the same whatever the pieces, down to single bytes; unknown kinds and empty lines are passed over.
  @Test(arguments: [1, 2, 3, 7, 64, 10_000]) func pieces(_ size: Int) throws {
    #expect(try read(Self.stream, streams: true, piece: size).result == "Grüße, you are booked.")
  }

  /// The chunks' words come out as they come in.
  @Test func asTheyCome() throws {
    var answer = WebhookAnswer(contentType: "application/json", streams: true, limit: 1000)
    #expect(try answer.feed(Array(#"{"type":"item","content":"One "}"#.utf8)) == "")
    #expect(try answer.feed(Array("\n".utf8)) == "One ")
    #expect(
      try answer.feed(Array("{\"type\":\"item\",\"content\":\"two\"}\n{\"type\":\"item\",\"content\":{\"a\":1}}\n".utf8)) == #"two{"a":1}"#)
  }

  /// A workflow that was to stream and answered whole is understood; a stream of JSON text is read as JSON.
  @Test func streamsThatAreNone() throws {
    #expect(try read(#"{"result":"yes"}"#, streams: true).result == "yes")
    #expect(try read(#"{"type":"item","content":"{\"result\":3}"}"#, streams: true).result == 3)
    #expect(failure("{\"type\":\"item\",\"content\":\"a\"}\ngarbage\n", streams: true)?.code == "unparseable")
    #expect(failure("{\"type\":\"error\",\"content\":\"The node failed.\"}\n", streams: true)?.message == "The node failed.")
    #expect(
      failure(String(repeating: "{\"type\":\"item\",\"content\":\"aaaa\"}\n", count: 400), streams: true, limit: 1000)?.code
        == "answer_too_long")
  }

  /// Bytes that are no UTF-8 do not trap, whatever they are sent as.
  @Test func invalidText() throws {
    for (type, streams) in [("text/plain", false), ("application/json", false), ("application/json", true)] {
      var answer = WebhookAnswer(contentType: type, streams: streams, limit: 100)
      let bytes: [UInt8] = [0x22, 0xFF, 0xC3, 0x28, 0x22, 0x0A]
      do throws(ProviderError) {
        _ = try answer.feed(bytes)
        #expect(try answer.end(id: "").result.string != nil)
      } catch { #expect(error.code == "unparseable") }
    }
  }

  /// Sentences are cut behind their marks and white space, at line ends, and when they have no end.
  @Test func sentences() {
    var sentences = Sentences()
    #expect(sentences.feed("At 9.30 a.m") == [] && sentences.feed(". Or at ten? ") == ["At 9.30 a.m.", "Or at ten?"])
    #expect(sentences.feed("One\nTwo") == ["One"] && sentences.end() == ["Two"] && sentences.end() == [])
    #expect(sentences.feed(String(repeating: "a", count: 1000)).count == 2)
  }
}
