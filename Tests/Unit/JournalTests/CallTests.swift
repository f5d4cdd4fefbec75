// Calls as projections of the journal.

import Base
import Foundation
import Testing

@testable import Journal

@Suite struct CallTests {
  private func entries(_ facts: [(CallID?, Fact)], tenant: String = "clinic") -> [Entry] {
    facts.enumerated().map { index, fact in
      Entry(
        sequence: UInt64(index) + 1, wallMs: 1_800_000_000_000 + UInt64(index), at: Instant(ns: UInt64(index)),
        subject: Subject(call: fact.0, tenant: tenant, agent: "reception"), fact: fact.1)
    }
  }

  /// A call's record holds its turns in order with what was heard, said and who served, and its summary the ending.
  @Test func record() {
    let call = Sample.calls(1)[0]
    var record = CallRecord(call)
    for entry in entries(Sample.conversation(turns: 3).map { (call, $0) }) { record.apply(entry) }
    #expect(record.turns.map(\.number) == [0, 1, 2, 3])
    #expect(record.turns[2].heard.map(\.text) == ["question 2"])
    #expect(record.turns[2].said.map(\.text) == ["answer 2"])
    #expect(record.turns[2].waterfall == Sample.waterfall)
    #expect(record.turns[2].served == [CallRecord.Served(role: "llm", provider: "model")])
    #expect(record.served.count == 1)
    #expect(record.summary.turns == 3)
    #expect(record.summary.state == .ended)
    #expect(record.summary.cause == .callerHungUp)
    #expect(record.summary.durationMs == 7000)
    #expect(record.summary.from?.description == "+41•••••••67")
  }

  /// Every kind of fact finds its place in the record, facts out of turn order too, and a usage id counts once.
  @Test func recordTakesEveryKind() {
    let call = Sample.calls(1)[0]
    var record = CallRecord(call)
    for entry in entries((Sample.all + Sample.all).map { (call, $0) }) { record.apply(entry) }
    record.apply(entries([(call, Sample.heard("early", turn: 0))])[0])
    #expect(record.turns.map(\.number) == [0, 1])
    #expect(record.usage.count == 1)
    #expect(record.turns[1].tools.count == 2)
    #expect(record.turns[1].interruptions.count == 2)
    #expect(record.turns[1].preemptive.count == 2)
    #expect(record.messages.count == 2 && record.transfers.count == 2 && record.digits.count == 2 && record.sessions.count == 2)
    #expect(record.problem == Sample.problem)
  }

  /// The index keeps the newest calls within its bound, lists them newest first, by page and by tenant.
  @Test func index() {
    let calls = Sample.calls(30)
    var index = CallIndex(capacity: 20)
    for (number, call) in calls.enumerated() {
      for entry in entries(Sample.conversation().map { (call, $0) }, tenant: number % 2 == 0 ? "even" : "odd") { index.apply(entry) }
    }
    #expect(index.count == 20)
    #expect(index[calls[9]] == nil)
    #expect(index.newest(5).map(\.id) == Array(calls.reversed().prefix(5)))
    #expect(index.newest(5, before: calls[12]).map(\.id) == [calls[11], calls[10]])
    let odd = stride(from: 29, to: 10, by: -2).map { calls[$0] }
    #expect(index.newest(100, tenant: "odd").map(\.id) == odd)
    #expect(index.live.isEmpty)
    // A late fact of a call that has left does not bring it back.
    index.apply(entries([(calls[0], Sample.heard("late"))])[0])
    #expect(index.count == 20)
  }

  /// A call without an end is live until a host starts again; then it was cut off.
  @Test func cutOff() {
    let call = Sample.calls(1)[0]
    var index = CallIndex()
    for entry in entries(Sample.conversation().dropLast().map { (call, $0) }) { index.apply(entry) }
    #expect(index.live.map(\.id) == [call])
    index.apply(entries([(nil, .hostStarted(.init(version: "0.1", pid: 1, providers: 0, ms: 1)))])[0])
    #expect(index[call]?.state == .cutOff)
    #expect(index.live.isEmpty)
  }

  /// From disk, over several segments, history lists the same as an index that saw every fact, page by page,
  /// and finds each call's record whole.
  @Test func history() async throws {
    let folder = Folder()
    let clock = VirtualClock()
    let journal = try Journal(folder: folder.path, clock: clock, disk: .real, segmentBytes: 60_000)
    var maker = IDMaker(clock: clock, random: Random(seed: 3))
    var live: [(CallID, ArraySlice<Fact>)] = []
    var random = Random(seed: 4)
    // Calls overlap, so that some cross the border of a segment; the host dies once.
    for step in 0..<4000 {
      clock.move(to: clock.now.advanced(byMs: 500))
      if live.count < 5 { live.append((maker.make(CallKind.self), Sample.conversation(turns: 2)[...])) }
      let at = Int.random(in: 0..<live.count, using: &random)
      if let fact = live[at].1.popFirst() {
        journal.append(fact, about: Subject(call: live[at].0, tenant: step % 2 == 0 ? nil : "clinic"))
      } else {
        live.remove(at: at)
      }
      if step % 100 == 0 { try await journal.flush() }
      if step == 2000 {
        live = []
        journal.append(.hostStarted(.init(version: "0.1", pid: 2, providers: 0, ms: 1)), about: .host)
      }
    }
    try journal.close()
    #expect(folder.segments.count > 5)
    var index = CallIndex()
    let all = try folder.entries()
    for entry in all { index.apply(entry) }

    let history = CallHistory(folder: folder.path)
    #expect(try history.newest(10_000) == index.newest(10_000))
    #expect(try history.newest(7) == index.newest(7))
    let page = try history.newest(20)
    #expect(try history.newest(20, before: page[19].id) == index.newest(20, before: page[19].id))
    #expect(index.newest(10_000).contains { $0.state == .cutOff })
    for id in [page[0].id, page[10].id, try #require(index.newest(10_000).last).id] {
      var expected = CallRecord(id)
      for entry in all where entry.subject.call == id { expected.apply(entry) }
      let record = try #require(try history.record(of: id))
      #expect(record.turns == expected.turns)
      #expect(record.summary.turns == expected.summary.turns)
    }
    #expect(try history.record(of: Sample.calls(1)[0]) == nil)
  }

  /// A call that was going on when the host died was cut off, also when the next host began in another segment.
  @Test func cutOffInHistory() throws {
    let folder = Folder()
    let call = Sample.calls(1)[0]
    let journal = try Journal(folder: folder.path, clock: VirtualClock(), disk: .real, segmentBytes: 1)
    for fact in Sample.conversation().dropLast() { journal.append(fact, about: Subject(call: call)) }
    try journal.close()
    let before = folder.segments.count
    let history = CallHistory(folder: folder.path)
    #expect(try history.newest(1).map(\.state) == [.live])
    let next = try Journal(folder: folder.path, clock: VirtualClock(), disk: .real, segmentBytes: 1)
    next.append(.hostStarted(.init(version: "0.1", pid: 1, providers: 0, ms: 1)), about: .host)
    try next.close()
    #expect(folder.segments.count == before + 1)
    #expect(try history.newest(1).map(\.state) == [.cutOff])
    #expect(try history.record(of: call)?.summary.state == .cutOff)
  }

  /// A folder without a journal has no calls and no record, and that is no error.
  @Test func emptyHistory() throws {
    let history = CallHistory(folder: "/nowhere/journal")
    #expect(try history.newest(10).isEmpty)
    #expect(try history.record(of: Sample.calls(1)[0]) == nil)
  }
}
