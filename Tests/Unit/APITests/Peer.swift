// The far end of a connection in tests: raw bytes, HTTP replies and WebSocket frames, each awaited with a deadline.

import Foundation
import NIOCore
import NIOPosix
import Testing

/// One connection to the server. A read that takes longer than the deadline ends as if the server had closed.
final class Peer {
  struct Reply {
    var status: Int
    var headers: [String: String]
    var body: [UInt8]
    var text: String { String(decoding: body, as: UTF8.self) }
  }

  struct Frame: Equatable {
    var opcode: UInt8
    var payload: [UInt8]
    var isFinal = true

    static func text(_ text: String) -> Frame { Frame(opcode: 1, payload: Array(text.utf8)) }
    static func binary(_ bytes: [UInt8]) -> Frame { Frame(opcode: 2, payload: bytes) }
    static func close(_ code: Int, _ reason: String = "") -> Frame {
      Frame(opcode: 8, payload: [UInt8(code >> 8), UInt8(code & 255)] + Array(reason.utf8))
    }

    var string: String { String(decoding: payload, as: UTF8.self) }
    var closeCode: Int? { opcode == 8 && payload.count >= 2 ? Int(payload[0]) << 8 | Int(payload[1]) : nil }
  }

  private let channel: any Channel
  private var chunks: AsyncStream<[UInt8]>.Iterator
  private var buffer: [UInt8] = []

  private init(_ bootstrap: (ClientBootstrap) -> EventLoopFuture<any Channel>) async throws {
    let (stream, continuation) = AsyncStream<[UInt8]>.makeStream()
    let group = MultiThreadedEventLoopGroup.singleton
    channel = try await bootstrap(
      ClientBootstrap(group: group).channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Collector(continuation)) }
      }
    ).get()
    chunks = stream.makeAsyncIterator()
    channel.eventLoop.scheduleTask(in: Self.patience) { continuation.finish() }
  }

  /// Generous, for machines that do other things as well: what comes later is lost.
  private static let patience = TimeAmount.minutes(1)

  static func connect(port: Int) async throws -> Peer {
    try await Peer({ $0.connect(host: "127.0.0.1", port: port) })
  }

  static func connect(unix path: String) async throws -> Peer {
    try await Peer({ $0.connect(unixDomainSocketPath: path) })
  }

  deinit { channel.close(promise: nil) }

  func close() async { try? await channel.close() }

  /// Stops taking bytes from the kernel, as a peer does that is stuck.
  func stopReading() async throws { try await channel.setOption(.autoRead, value: false).get() }
  func goOnReading() async throws { try await channel.setOption(.autoRead, value: true).get() }

  func send(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }
  func send(_ text: String) async throws { try await send(Array(text.utf8)) }

  /// Sends without waiting until the kernel has taken it.
  func post(_ bytes: [UInt8]) { channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil) }

  // MARK: HTTP

  func request(_ method: String, _ path: String, headers: [String: String] = [:], body: [UInt8]? = nil, then more: [UInt8] = [])
    async throws -> Reply
  {
    var head = "\(method) \(path) HTTP/1.1\r\nhost: anywhere\r\n"
    for (name, value) in headers { head += "\(name): \(value)\r\n" }
    if let body { head += "content-length: \(body.count)\r\n" }
    try await send(Array((head + "\r\n").utf8) + (body ?? []) + more)
    return try #require(await reply(hasBody: method != "HEAD"))
  }

  /// Nil when the server closed or the deadline passed before the reply was whole.
  func reply(hasBody: Bool = true) async -> Reply? {
    guard var reply = await head() else { return nil }
    guard hasBody, reply.status != 101 else { return reply }
    if reply.headers["transfer-encoding"] == "chunked" {
      while let line = await take(through: "\r\n"), let size = Int(String(decoding: line.dropLast(2), as: UTF8.self), radix: 16) {
        guard let piece = await take(size + 2) else { return nil }
        if size == 0 { return reply }
        reply.body += piece.dropLast(2)
      }
      return nil
    }
    guard let body = await take(Int(reply.headers["content-length"] ?? "0") ?? 0) else { return nil }
    reply.body = body
    return reply
  }

  /// Status and headers alone.
  func head() async -> Reply? {
    guard let head = await take(through: "\r\n\r\n") else { return nil }
    let lines = String(decoding: head, as: UTF8.self).components(separatedBy: "\r\n")
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
    }
    return Reply(status: Int(lines[0].split(separator: " ").dropFirst().first ?? "") ?? 0, headers: headers, body: [])
  }

  // MARK: WebSocket

  /// Asks for a WebSocket, with `more` right behind the request; 101 when it is granted.
  func upgrade(_ path: String, headers: [String: String] = [:], then more: [UInt8] = []) async throws -> Reply {
    var fields = ["connection": "Upgrade", "upgrade": "websocket", "sec-websocket-version": "13"]
    // The key and the answer to it are the example of RFC 6455, section 1.3.
    fields["sec-websocket-key"] = "dGhlIHNhbXBsZSBub25jZQ=="
    return try await request("GET", path, headers: fields.merging(headers) { $1 }, then: more)
  }

  func send(_ frame: Frame, mask: [UInt8]? = [0x12, 0xAB, 0x34, 0xCD]) async throws { try await send(Self.bytes(frame, mask: mask)) }

  static func bytes(_ frame: Frame, mask: [UInt8]? = [0x12, 0xAB, 0x34, 0xCD]) -> [UInt8] {
    var out = [frame.opcode | (frame.isFinal ? 0x80 : 0)]
    let maskBit: UInt8 = mask == nil ? 0 : 0x80
    switch frame.payload.count {
    case ..<126: out.append(maskBit | UInt8(frame.payload.count))
    case ...0xFFFF: out += [maskBit | 126, UInt8(frame.payload.count >> 8), UInt8(frame.payload.count & 255)]
    default: out += [maskBit | 127] + (0..<8).reversed().map { UInt8(truncatingIfNeeded: frame.payload.count >> ($0 * 8)) }
    }
    guard let mask else { return out + frame.payload }
    return out + mask + frame.payload.enumerated().map { $1 ^ mask[$0 % 4] }
  }

  /// The next frame; nil when the server closed or the deadline passed.
  func frame() async -> Frame? {
    guard let head = await take(2) else { return nil }
    var count = Int(head[1])
    if count >= 126 {
      guard let long = await take(count == 126 ? 2 : 8) else { return nil }
      count = long.reduce(0) { $0 << 8 | Int($1) }
    }
    guard let payload = await take(count) else { return nil }
    return Frame(opcode: head[0] & 15, payload: payload, isFinal: head[0] & 0x80 != 0)
  }

  /// True when the server has closed the connection and sent nothing more.
  func isClosed() async -> Bool { await take(1) == nil }

  // MARK: bytes

  func take(_ count: Int) async -> [UInt8]? {
    while buffer.count < count {
      guard let more = await chunks.next() else { return nil }
      buffer += more
    }
    defer { buffer.removeFirst(count) }
    return Array(buffer.prefix(count))
  }

  func take(through end: String) async -> [UInt8]? {
    let end = Array(end.utf8)
    var searched = 0
    while true {
      while searched + end.count <= buffer.count {
        if Array(buffer[searched..<(searched + end.count)]) == end { return await take(searched + end.count) }
        searched += 1
      }
      guard let more = await chunks.next() else { return nil }
      buffer += more
    }
  }

  private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let continuation: AsyncStream<[UInt8]>.Continuation

    init(_ continuation: AsyncStream<[UInt8]>.Continuation) { self.continuation = continuation }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      continuation.yield(Array(unwrapInboundIn(data).readableBytesView))
    }

    func channelInactive(context: ChannelHandlerContext) { continuation.finish() }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
  }
}
