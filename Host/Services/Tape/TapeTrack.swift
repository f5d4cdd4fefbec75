// One request or socket on a tape.

import Base
import Vox

/// Writes what happens, or tells what happened. On the network's thread.
final class TapeTrack: @unchecked Sendable {
  private let id: Int
  private let writer: TapeWriter?
  private let takes: Takes?
  private let startedAt: Instant
  private let clock: any Clock
  private var steps: [Take.Step] = []
  private var at = 0
  private(set) var isFound = false
  /// Messages the plugin has sent.
  private(set) var sent = 0

  init(id: Int, writer: TapeWriter?, takes: Takes?, startedAt: Instant, clock: any Clock) {
    self.id = id
    self.writer = writer
    self.takes = takes
    self.startedAt = startedAt
    self.clock = clock
  }

  // MARK: Recording

  private func write(_ what: String, _ fields: [String: JSONValue] = [:]) {
    guard let writer else { return }
    let ms = clock.now.ms(since: startedAt)
    writer.write(["id": .int(Int64(id)), "at_ms": .int(Int64(ms)), "what": .string(what)], fields)
  }

  func request(_ request: HTTPRequest) {
    write(
      "request",
      [
        "method": .string(request.method), "url": .string(request.address.url), "headers": TapeWriter.json(request.headers),
        "body": TapeWriter.json(UnsafeRawBufferPointer(request.body), writer),
      ])
  }

  func connect(_ address: Address, _ headers: [(name: String, value: String)]) {
    write("connect", ["method": "CONNECT", "url": .string(address.url), "headers": TapeWriter.json(headers)])
  }

  func head(_ head: AnswerHead) { write("head", ["status": .int(Int64(head.status)), "headers": TapeWriter.json(head.headers)]) }
  func body(_ bytes: UnsafeRawBufferPointer) { write("body", ["data": TapeWriter.json(bytes, writer)]) }

  func received(_ bytes: UnsafeRawBufferPointer, isText: Bool) {
    write("received", ["data": TapeWriter.json(bytes, writer), "text": .bool(isText)])
  }

  func sent(_ bytes: UnsafeRawBufferPointer) {
    sent += 1
    write("sent", ["data": TapeWriter.json(bytes, writer)])
  }

  func closed(_ code: Int, _ reason: String) { write("closed", ["code": .int(Int64(code)), "reason": .string(reason)]) }
  func cancelled() { write("cancelled") }

  func ended(_ error: ProviderError?) {
    guard let error else { return write("done") }
    write(
      "failed",
      [
        "class": .string(error.cls.name), "effects": .int(Int64(error.effects.rawValue)), "code": .string(error.code),
        "message": .string(error.message), "wire_status": .int(Int64(error.wireStatus)),
      ])
  }

  // MARK: Replay

  var isReplay: Bool { takes != nil }

  /// Finds what was recorded for a request; false when nothing is left for it.
  func find(_ request: HTTPRequest) -> Bool { find(request.method, request.address) }

  func find(_ method: String, _ address: Address) -> Bool {
    guard let take = takes?.take(method, Self.path(address.target)) else { return false }
    steps = take.steps
    isFound = true
    return true
  }

  func missing(_ method: String, _ address: Address) -> ProviderError {
    ProviderError(
      .invalid, "the recording has no further answer to \(method) \(Self.path(address.target))", code: "not_recorded")
  }

  var next: Take.Step? { at < steps.count ? steps[at] : nil }
  func advance() { at += 1 }

  static func path(_ target: String) -> String { String(target.prefix { $0 != "?" }) }
}
