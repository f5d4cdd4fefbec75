// What the journal's tests share: a folder that disappears, one fact of every kind, a conversation.

import Base
import CommonHarness
import Foundation
import Glibc
import Synchronization

@testable import Journal

/// A new folder under the system's temporary one, removed with this object.
final class Folder: Sendable {
  let path: String

  init() {
    path = FileManager.default.temporaryDirectory.appending(path: "journal-\(UUID().uuidString)").path
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var segments: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).filter { $0.hasSuffix(".facts") }.sorted().map { path + "/" + $0 }
  }

  func entries() throws -> [Entry] {
    let reader = try JournalReader(folder: path)
    var entries: [Entry] = []
    while let entry = try reader.nextEntry() { entries.append(entry) }
    return entries
  }
}

/// A disk that refuses when told to, and otherwise is the real one.
final class FaultyDisk: Sendable {
  let writeError = Mutex<Int32>(0)
  let syncError = Mutex<Int32>(0)

  var disk: Disk {
    Disk(
      write: { file, bytes in
        let error = self.writeError.withLock { $0 }
        guard error != 0 else { return Disk.real.write(file, bytes) }
        // A full disk takes a part before it refuses.
        if bytes.count > 40 { return Disk.real.write(file, UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count / 2)])) }
        errno = error
        return -1
      },
      sync: { file in
        let error = self.syncError.withLock { $0 }
        guard error != 0 else { return Disk.real.sync(file) }
        errno = error
        return -1
      })
  }
}

/// Counts across threads.
final class Counter: Sendable {
  private let number = Atomic<Int>(0)
  var count: Int { number.load(ordering: .acquiring) }
  func add() { number.add(1, ordering: .acquiringAndReleasing) }
}

enum Sample {
  static let clock = VirtualClock()

  /// Distinct ids in ascending order.
  static func calls(_ count: Int, on clock: VirtualClock = VirtualClock()) -> [CallID] {
    var maker = IDMaker(clock: clock, random: Random(seed: 1))
    return (0..<count).map { _ in
      clock.move(to: clock.now.advanced(byMs: 10))
      return maker.make(CallKind.self)
    }
  }

  static func heard(_ text: String, turn: Int = 1) -> Fact {
    .heard(.init(turn: turn, text: text, confidence: 0.9, startMs: 10, endMs: 20, provider: "ears"))
  }

  static let waterfall = Waterfall(
    callerStoppedMs: 4000, endpointMs: 4500, finalTranscriptMs: 4200, firstTokenMs: 4700, firstPieceMs: 4720, firstAudioMs: 4850,
    firstSampleMs: 4853.25, gridMs: 2, hostMs: 1.5)

  /// One fact of every kind, with every optional member set.
  static let all: [Fact] = [
    .callOffered(.init(provider: "line", direction: .out, from: MaskedNumber("+41791234567"), to: "+15550100")),
    .callAnswered(.init(provider: "line", from: MaskedNumber("+41791234567"), to: "+15550100", rateHz: 8000)),
    .dtmf(.init(digit: "#", direction: .in, source: "rtp")),
    .transfer(.init(target: "front desk", outcome: .answered, ms: 4000)),
    .messageTaken(.init(callback: "+15550123", text: "Call me \"back\"\n— soon")),
    .callEnded(.init(cause: .noProvider, durationMs: 61_000, problem: problem)),
    .speechStarted(.init(atMs: 3000, overAgent: true)),
    .speechEnded(.init(atMs: 4000)),
    .heard(.init(turn: 1, text: "zürich", confidence: 0.5, startMs: 3000, endMs: 4000, provider: "ears", use: .askedBack)),
    .turnStarted(.init(turn: 1, cause: .speech)),
    .turnEnded(.init(turn: 1, outcome: .interrupted, waterfall: waterfall)),
    .agentSaid(
      .init(
        turn: 1, text: "Hello there", source: .reply, interrupted: true, interruptedAtWord: 2, generatedBytes: 40, provider: "voice",
        startMs: 1, endMs: 2)),
    .interruption(.init(turn: 1, step: .confirmed, atMs: 5000, latencyMs: 140)),
    .preemptive(.init(turn: 1, outcome: .wasted, units: [Units(meter: "tokens_out", amount: 12, label: "large")])),
    .sessionOpened(.init(role: "stt", provider: "ears", ms: 12)),
    .attempt(
      .init(
        turn: 1, role: "llm", provider: "model", op: "chat", outcome: .lost, cause: problem, startedMs: 1, readyMs: 2, firstOutputMs: 3,
        endedMs: 4, units: [Units(meter: "tokens_in", amount: 7)])),
    .toolCalled(
      .init(
        turn: 1, name: "book", id: "call_1", provider: "calendar", argumentsBytes: 20, resultBytes: 30, outcome: .failed, problem: problem,
        ms: 80)),
    .usage(.init(id: "u1", role: "tts", provider: "voice", meter: "characters", amount: 11, label: "clear", estimated: true)),
    .hostStarted(.init(version: "0.1", pid: 7, providers: 3, ms: 90)),
    .hostStopped(.init(reason: "SIGTERM")),
    .providerLoaded(.init(provider: "voice", plugin: "flite", version: "1", roles: ["tts"], ms: 2)),
    .providerRefused(.init(provider: "voice", reason: "the file is missing")),
    .providerFailed(.init(provider: "voice", problem: problem)),
    .providerEjected(.init(provider: "voice", role: "tts", wholeProvider: false, cause: .unavailable, forMs: 5000)),
    .providerRecovered(.init(provider: "voice", role: "tts")),
    .configurationRefused(.init(file: "agents/a.yaml", problems: ["line 3: unknown key 'nam'"])),
    .factsLost(.init(count: 3, firstWallMs: 1, lastWallMs: 2)),
  ]

  static let problem = Problem(
    .overloaded, scope: .provider, effects: .maybe, code: "busy", "The vendor has no capacity; try again later.", retryAfterMs: 100)

  /// What a short call writes.
  static func conversation(turns: Int = 1) -> [Fact] {
    var facts: [Fact] = [
      .callOffered(.init(provider: "line", from: MaskedNumber("+41791234567"), to: "reception")),
      .callAnswered(.init(provider: "line")),
      .turnStarted(.init(turn: 0, cause: .answer)),
      .agentSaid(.init(turn: 0, text: "I am an assistant.", source: .disclosure, provider: "voice", startMs: 0, endMs: 900)),
      .turnEnded(.init(turn: 0, outcome: .answered, waterfall: Waterfall(callerStoppedMs: 0, firstSampleMs: 20))),
    ]
    for turn in 1..<(turns + 1) {
      facts += [
        .turnStarted(.init(turn: turn, cause: .speech)), heard("question \(turn)", turn: turn),
        .attempt(.init(turn: turn, role: "llm", provider: "model", op: "chat", outcome: .won, startedMs: 4500, endedMs: 4900)),
        .agentSaid(.init(turn: turn, text: "answer \(turn)", source: .reply, provider: "voice", startMs: 4853, endMs: 6000)),
        .turnEnded(.init(turn: turn, outcome: .answered, waterfall: waterfall)),
      ]
    }
    return facts + [.callEnded(.init(cause: .callerHungUp, durationMs: 7000))]
  }
}

/// Waits until `condition` holds; whether it does.
func eventually(_ condition: () -> Bool) -> Bool {
  var patience = Patience()
  while !condition() {
    guard patience.waits() else { return false }
  }
  return true
}
