// A call for tests: two answered turns, a tool, an interruption, a lost attempt.

import Base
import Glibc
import Journal
import Vox

@testable import Commands

extension ID<CallKind> {
  static let sample = CallID("c_01hzy30000000000000000000a")
}

extension Waterfall {
  static let sample = Waterfall(
    callerStoppedMs: 1000, endpointMs: 1500, finalTranscriptMs: 1700, firstTokenMs: 1950, firstPieceMs: 1980, firstAudioMs: 2100,
    firstSampleMs: 2105, hostMs: 4)
}

/// The facts of a call, in order.
enum SampleCall {
  static let facts: [Fact] = [
    .callOffered(.init(provider: "wavphone", from: MaskedNumber("+15550100199"), to: "reception", reference: "wav-1")),
    .callAnswered(.init(provider: "wavphone", rateHz: 16_000)), .turnStarted(.init(turn: 0, cause: .answer)),
    .agentSaid(.init(turn: 0, text: "You are talking to a computer.", source: .disclosure, provider: "flite", startMs: 300, endMs: 2500)),
    .turnEnded(.init(turn: 0, outcome: .answered, waterfall: Waterfall(callerStoppedMs: 0))),
    .turnStarted(.init(turn: 1, cause: .speech)),
    .heard(.init(turn: 1, text: "book an appointment", confidence: 0.83, startMs: 3240, endMs: 5000, provider: "pocketsphinx")),
    .attempt(.init(turn: 1, role: "llm", provider: "script", op: "chat", outcome: .won, startedMs: 5200, endedMs: 5300)),
    .attempt(
      .init(
        turn: 1, role: "tts", provider: "other", op: "say", outcome: .lost, cause: Problem(.unavailable, "it is away"), startedMs: 5300,
        endedMs: 5400)),
    .toolCalled(.init(turn: 1, name: "book", id: "t1", provider: "appointments", argumentsBytes: 20, outcome: .done, ms: 12)),
    .agentSaid(
      .init(turn: 1, text: "Which day", source: .reply, interrupted: true, provider: "flite", startMs: 6105, endMs: 7000)),
    .interruption(.init(turn: 1, step: .provisional, atMs: 6900)),
    .interruption(.init(turn: 1, step: .confirmed, atMs: 7000, latencyMs: 140)),
    .turnEnded(.init(turn: 1, outcome: .interrupted, waterfall: .sample)), .turnStarted(.init(turn: 2, cause: .speech)),
    .heard(.init(turn: 2, text: "monday\u{1B}[2J", startMs: 8000, endMs: 8500, provider: "pocketsphinx", use: .askedBack)),
    .dtmf(.init(digit: "5")),
    .agentSaid(.init(turn: 2, text: "Did you say monday?", source: .question, provider: "flite", startMs: 9413, endMs: 10_400)),
    .turnEnded(
      .init(
        turn: 2, outcome: .answered,
        waterfall: Waterfall(
          callerStoppedMs: 8500, endpointMs: 9010, finalTranscriptMs: 8900, firstTokenMs: 9260, firstPieceMs: 9292, firstAudioMs: 9412,
          firstSampleMs: 9413, hostMs: 13))), .messageTaken(.init(callback: "5550100", text: "Call me back.")),
    .usage(.init(id: "u1", role: "tts", provider: "flite", meter: "characters", amount: 40)),
    .callEnded(.init(cause: .callerHungUp, durationMs: 65_000)),
  ]

  /// The facts as entries of a journal.
  static func entries(_ facts: [Fact] = facts) throws -> [Entry] {
    let subject = Subject(call: CallID.sample, tenant: "demo", agent: "reception")
    return facts.enumerated().map { i, fact in
      Entry(sequence: UInt64(i + 1), wallMs: 1_800_000_000_000, at: Instant(ns: UInt64(i + 1)), subject: subject, fact: fact)
    }
  }

  /// The facts as the events of a host.
  static func events(_ facts: [Fact] = facts) -> [String] {
    facts.enumerated().map { i, fact in
      let json: JSONValue = [
        "seq": .int(Int64(i + 1)), "call": .string(CallID.sample?.text ?? ""), "kind": .string(fact.kind.rawValue),
        "fact": JSONValue(encoding: Payload(fact)),
      ]
      return json.text
    }
  }

  private struct Payload: Encodable {
    let fact: Fact
    init(_ fact: Fact) { self.fact = fact }
    func encode(to encoder: any Encoder) throws { try fact.payload.encode(to: encoder) }
  }
}

extension CallRecord {
  static func sample() throws -> CallRecord {
    guard let id = CallID.sample else { throw Problem(.internal, "the sample's id is none") }
    var record = CallRecord(id)
    for entry in try SampleCall.entries() { record.apply(entry) }
    return record
  }
}
