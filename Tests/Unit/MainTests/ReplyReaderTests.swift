// HTTP replies taken apart, however they are cut.

import Testing

@testable import Terminal

@Suite struct ReplyReaderTests {
  private static func read(_ text: String, step: Int, closes: Bool = false) throws -> (status: Int, body: String, isDone: Bool) {
    var reader = ReplyReader(from: "test")
    var body: [UInt8] = []
    let bytes = Array(text.utf8)
    for start in stride(from: 0, to: bytes.count, by: step) {
      try reader.feed(Array(bytes[start..<min(start + step, bytes.count)]))
      body += reader.takeBody()
    }
    if closes { try reader.ended() }
    return (reader.status, String(decoding: body, as: UTF8.self), reader.isDone)
  }

  /// A body of a known length is read to its end, in whatever pieces it comes, and nothing beyond it.
  @Test(arguments: [1, 2, 3, 7, 1000]) func readsCountedBody(step: Int) throws {
    let reply = try Self.read("HTTP/1.1 201 Created\r\nContent-Length: 5\r\nX: y\r\n\r\nhelloTRAILING", step: step)
    #expect(reply == (201, "hello", true))
  }

  /// A chunked body is put together, in whatever pieces it comes; extensions and trailers are passed over.
  @Test(arguments: [1, 2, 3, 5, 1000]) func readsChunkedBody(step: Int) throws {
    let text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n1\r\n!\r\n0\r\nT: x\r\n\r\n"
    #expect(try Self.read(text, step: step) == (200, "hello!", true))
  }

  /// Without a length the body ends with the connection.
  @Test func readsOpenBody() throws {
    #expect(try Self.read("HTTP/1.0 200 OK\r\n\r\nall of it", step: 4, closes: true) == (200, "all of it", true))
  }

  /// Answers without a body are over with their head, and an interim answer is not taken for the real one.
  @Test func readsEmptyAndInterimAnswers() throws {
    #expect(try Self.read("HTTP/1.1 204 No Content\r\n\r\n", step: 9) == (204, "", true))
    #expect(try Self.read("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", step: 9) == (200, "", true))
    #expect(try Self.read("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 409 C\r\ncontent-length: 1\r\n\r\nx", step: 6) == (409, "x", true))
  }

  /// What is no HTTP, lies about its sizes or never ends is refused, not waited for.
  @Test(arguments: [
    "SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
    "HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\n", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nfffffffff\r\n",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nab\r\n",
    String(repeating: "x", count: 20_000), "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + String(repeating: "1", count: 2000),
  ])
  func refusesNonsense(text: String) {
    #expect(throws: ControlError.self) { try Self.read(text, step: 1000) }
  }

  /// A connection that ends in the middle is an error, never a shorter answer.
  @Test(arguments: [
    "HTTP/1.1 200", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
  ])
  func refusesCutAnswers(text: String) {
    #expect(throws: ControlError.self) { try Self.read(text, step: 1000, closes: true) }
  }
}
