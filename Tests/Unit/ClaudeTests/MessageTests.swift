// The stream of a message, as values: whole, in pieces, and broken.

import ClaudeWire
import PluginKit
import ProviderHarness
import Testing
import Vox

struct MessageTests {
  private static let stream = """
    event: message_start
    data: {"type":"message_start","message":{"id":"m","model":"claude-sonnet-5-5","usage":{"input_tokens":9,"output_tokens":1,\
    "cache_creation_input_tokens":7,"cache_read_input_tokens":5,"cache_creation":{"ephemeral_5m_input_tokens":4,"ephemeral_1h_input_tokens":3}}}}

    event: content_block_start
    data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}

    data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}

    data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"S"}}

    data: {"type":"content_block_stop","index":0}

    event: ping
    data: {"type":"ping"}

    data: {"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}

    data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Grüß "}}

    data: {"type":"something_new","x":[1,null]}

    data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Gott"}}

    data: {"type":"content_block_stop","index":1}

    data: {"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"t1","name":"book","input":{}}}

    data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":""}}

    data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\\"day\\":\\"mo"}}

    data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"nday\\"}"}}

    data: {"type":"content_block_stop","index":2}

    data: {"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"t2","name":"ask","input":{}}}

    data: {"type":"content_block_stop","index":3}

    data: {"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":40}}

    event: message_stop
    data: {"type":"message_stop"}


    """

  private func read(_ bytes: [UInt8], by size: Int) throws -> (Message, [Message.Output]) {
    var message = Message()
    var parser = SSEParser()
    var outputs: [Message.Output] = []
    for start in stride(from: 0, to: bytes.count, by: size) {
      for event in try parser.feed(bytes[start..<min(start + size, bytes.count)]) {
        outputs += try message.take(StreamEvent(data: event.data))
      }
    }
    return (message, outputs)
  }

  /// Wherever the stream is cut into pieces, the same text, thinking, calls and usage come of it.
  @Test(arguments: [1, 2, 3, 7, 64, 1 << 20]) func anyPieces(size: Int) throws {
    let (message, outputs) = try read(Array(Self.stream.utf8), by: size)
    #expect(
      outputs == [
        .echo(["type": "thinking", "thinking": "hm", "signature": "S"]), .text("Grüß "), .text("Gott"),
      ])
    #expect(
      message.end()
        == .completed(
          stop: "tool",
          calls: [.init(id: "t1", name: "book", arguments: ["day": "monday"]), .init(id: "t2", name: "ask", arguments: [:])]))
    #expect(message.usage.input == 9 && message.usage.read == 5 && message.usage.output == 40)
    #expect(message.usage.written5m == 4 && message.usage.written1h == 3)
    #expect(message.label == "claude-sonnet-5-5")
  }

  /// A stream that ends anywhere before its stop reason is an error, and never a call.
  @Test func cutAnywhere() throws {
    for cut in try Damage.cuts(of: Self.stream, before: "\"stop_reason\"") {
      let (message, _) = try read(cut, by: 4096)
      guard case .failed(let error) = message.end(isCut: true) else { return #expect(Bool(false), "cut at \(cut.count)") }
      #expect(error.cls == .unavailable && error.code == "truncated")
    }
  }

  /// A byte gone wrong anywhere ends in an answer or in a classified error, never in a trap.
  @Test func wrongByteAnywhere() {
    Damage.wrongBytes(in: Self.stream) { _ = try read($0, by: 512).0.end(isCut: true) }
  }

  private func message(_ events: String...) throws -> Message {
    var message = Message()
    for event in events { _ = try message.take(StreamEvent(data: event)) }
    return message
  }

  private let call = #"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"book","input":{}}}"#
  private let half = #"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"da"}}"#
  private let stop = #"{"type":"content_block_stop","index":0}"#

  /// An answer at its limit makes no call, even if what came of one is valid JSON.
  @Test func noCallAtTheLimit() throws {
    let limit = #"{"type":"message_delta","delta":{"stop_reason":"max_tokens"},"usage":{}}"#
    let end = #"{"type":"message_stop"}"#
    #expect(try message(call, half, stop, limit, end).end() == .completed(stop: "length", calls: []))
    #expect(try message(call, stop, limit, end).end() == .completed(stop: "length", calls: []))
  }

  /// Arguments that are not JSON are an error of the provider, not a call without arguments.
  @Test func brokenArguments() throws {
    let ended = try message(call, half, stop, #"{"type":"message_delta","delta":{"stop_reason":"tool_use"}}"#, #"{"type":"message_stop"}"#)
    guard case .failed(let error) = ended.end() else { return #expect(Bool(false)) }
    #expect(error.code == "bad_arguments")
  }

  /// A stop reason is enough: the last event may be missing; an unknown reason is an end.
  @Test func lastEventMayBeMissing() throws {
    let reason = #"{"type":"message_delta","delta":{"stop_reason":"new_reason"},"usage":{}}"#
    #expect(try message(reason).end() == nil)
    #expect(try message(reason).end(isCut: true) == .completed(stop: "end", calls: []))
  }

  /// A call with members that the host does not keep is echoed whole.
  @Test func unknownMembersOfCalls() throws {
    var message = Message()
    let block = #"{"type":"tool_use","id":"t","name":"book","input":{},"caller":{"type":"direct"}}"#
    _ = try message.take(StreamEvent(data: #"{"type":"content_block_start","index":0,"content_block":\#(block)}"#))
    #expect(try message.take(StreamEvent(data: stop)) == [.echo(JSONValue(parsing: block))])
  }

  /// An endless answer is ended, not kept.
  @Test func endlessAnswer() throws {
    var message = Message()
    _ = try message.take(StreamEvent(data: #"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#))
    let piece = StreamEvent.delta(index: 0, .text(String(repeating: "x", count: 100_000)))
    let error = #expect(throws: ProviderError.self) { for _ in 0..<20 { _ = try message.take(piece) } }
    #expect(error?.code == "answer_too_long")
  }

  /// Pieces of a block that was never begun are refused.
  @Test func pieceOfNothing() {
    var message = Message()
    #expect(throws: ProviderError.self) { try message.take(.delta(index: 4, .text("x"))) }
  }
}
