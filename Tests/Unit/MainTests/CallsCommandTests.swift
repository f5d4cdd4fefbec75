// `patchbay calls`, with a host and without one.

import CommonHarness
import Base
import Journal
import Testing
import Vox

@testable import Commands

@Suite struct CallsCommandTests {
  /// A state folder with a journal in which one call ended and another was cut off by the host's death.
  private static func journal(_ scratch: Scratch) throws {
    let clock = VirtualClock()
    let journal = try Journal(folder: scratch.path + "/state/journal", clock: clock)
    for entry in try SampleCall.entries() { journal.append(entry.fact, about: entry.subject) }
    let lost = Subject(call: CallID("c_01hzy30000000000000000000b"), tenant: "demo", agent: "reception")
    journal.append(.callOffered(.init(provider: "wavphone", to: "*")), about: lost)
    journal.append(.hostStarted(.init(version: "1", pid: 1, providers: 0, ms: 1)), about: .host)
    try journal.close()
  }

  /// Without a host the journal tells, newest first, and is not changed by being read.
  @Test func readsTheJournal() throws {
    let scratch = Scratch()
    try scratch.write("state/x", "")
    try Self.journal(scratch)
    let list = try Program.run(["calls"], in: scratch)
    #expect(list.code == 0)
    #expect(list.complaint == "")
    #expect(list.lines.count == 3)
    #expect(list.lines[1].hasPrefix("c_01hzy30000000000000000000b"))
    #expect(list.lines[1].hasSuffix("cut off when the host died"))
    #expect(list.lines[2].hasSuffix("the caller hung up"))
    let json = try JSONValue(parsing: try Program.run(["calls", "list", "--limit", "1", "--json"], in: scratch).output)
    #expect(json["calls"]?.array?.map { $0["id"] } == ["c_01hzy30000000000000000000b"])
    let older = try Program.run(["calls", "list", "--before", "c_01hzy30000000000000000000b"], in: scratch)
    #expect(older.lines.count == 2)
    let show = try Program.run(["calls", "show", "c_01hzy30000000000000000000a"], in: scratch)
    #expect(show.lines == CallView(try readBack(scratch)).lines)
    let whole = try JSONValue(parsing: try Program.run(["calls", "show", "c_01hzy30000000000000000000a", "--json"], in: scratch).output)
    #expect(whole["turns"]?.array?.count == 3)
  }

  private func readBack(_ scratch: Scratch) throws -> CallRecord {
    let id = try #require(CallID.sample)
    return try #require(try CallHistory(folder: scratch.path + "/state/journal").record(of: id))
  }

  /// A running host is asked first, and what it says of an unknown call is passed on.
  @Test func asksTheHost() throws {
    let scratch = Scratch()
    let host = try ScriptedHost { request in
      guard let summary = try? CallRecord.sample().summary else { return nil }
      return request.path == "/v1/calls?limit=20" ? .json(200, ["calls": [JSONValue(encoding: summary)]]) : nil
    }
    let list = try Program.run(["calls"], in: scratch, state: host.folder)
    #expect(list.code == 0)
    #expect(list.lines.count == 2)
    let show = try Program.run(["calls", "show", "c_01hzy30000000000000000000a"], in: scratch, state: host.folder)
    #expect(show.code == 1)
    #expect(show.complaint == "patchbay: /v1/calls/c_01hzy30000000000000000000a: there is nothing here\n")
  }

  /// A host of another version, an id that is none, a limit that is none, a state folder without a journal: a sentence and a code each.
  @Test func refusesBadInput() throws {
    let scratch = Scratch()
    let strange = try ScriptedHost { $0.path.hasPrefix("/v1/calls") ? .json(200, ["calls": 5]) : nil }
    let other = try Program.run(["calls"], in: scratch, state: strange.folder)
    #expect(other.code == 69)
    #expect(other.complaint.contains("use the command of the host's version"))
    let empty = try Program.run(["calls"], in: scratch)
    #expect(empty.code == 66)
    #expect(
      empty.complaint
        == "patchbay: no host runs in \(scratch.path)/state, and there is no journal in it; start one with `patchbay serve`, or name its folder with --state\n"
    )
    let id = try Program.run(["calls", "show", "seven"], in: scratch)
    #expect(id.code == 64)
    #expect(id.complaint.contains("'seven' is not a call's id"))
    #expect(try Program.run(["calls", "list", "--limit", "0"], in: scratch).code == 64)
    try scratch.write("state/x", "")
    try Self.journal(scratch)
    let unknown = try Program.run(["calls", "show", "c_01hzy3000000000000000000zz"], in: scratch)
    #expect(unknown.code == 1)
    #expect(unknown.complaint.hasSuffix("knows no call c_01hzy3000000000000000000zz\n"))
  }
}
