// The diary's library as a host sees it: sessions, the file, and what is left after a crash.

import Foundation
import PluginABI
import PluginHarness
import Testing
import Vox

@Suite struct DiaryTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "diary-\(UUID().uuidString)").path
  private var file: String { folder + "/appointments.jsonl" }
  /// Open every day and far ahead, so that the test does not depend on today.
  private var settings: JSONValue {
    [
      "file": .string(file), "days_ahead": 3_650,
      "hours": .object(Dictionary(uniqueKeysWithValues: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map { ($0, "08:00-17:00") })),
    ]
  }

  private func book(_ session: LabSession, _ phone: String, time: String = "10:30", key: String = "") -> JSONValue? {
    let day = Date.now.addingTimeInterval(30 * 86_400).formatted(.iso8601.year().month().day())
    let arguments: JSONValue = ["day": .string(day), "time": .string(time), "phone": .string(phone)]
    let op = session.start(OpKind.invoke, body: ["name": "book_appointment", "arguments": arguments], key: key)
    _ = session.host.wait { session.terminal(op) != nil }
    return session.terminal(op)?.json["result"]
  }

  private func lab() throws -> PluginLab {
    let lab = try PluginLab("Diary", settings: settings, clock: .machine)
    _ = lab.host.wait { lab.host.count(.accountState) > 0 }
    return lab
  }

  private var lines: [String] { ((try? String(contentsOfFile: file, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init) }

  /// What was agreed is in the file when the answer comes, and stands after a restart, as do the answers to its keys.
  @Test func outlivesTheProcess() throws {
    let before = try lab()
    var session = try before.open(.tool)
    let first = book(session, "5550100", key: "call/1")
    #expect(first?["ok"] == true)
    #expect(lines.count == 1)
    before.finish(session)

    let after = try lab()
    session = try after.open(.tool)
    #expect(book(session, "5550101")?["ok"] == false)
    #expect(book(session, "5550100", key: "call/1") == first)
    #expect(lines.count == 1)
    after.finish(session)
  }

  /// A line that a crash left half written is cut off; nobody had been told of it.
  @Test func cutsATornTail() throws {
    let before = try lab()
    var session = try before.open(.tool)
    #expect(book(session, "5550100")?["ok"] == true)
    before.finish(session)
    let whole = try Data(contentsOf: URL(filePath: file))
    try (whole + Data(#"{"what":"booked","pho"#.utf8)).write(to: URL(filePath: file))

    let after = try lab()
    session = try after.open(.tool)
    #expect(try Data(contentsOf: URL(filePath: file)) == whole)
    #expect(book(session, "5550101", time: "11:00")?["ok"] == true)
    #expect(lines.count == 2)
    after.finish(session)
  }

  /// A damaged line in the middle is not skipped: the account fails and says which line it is.
  @Test func refusesADamagedFile() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data("{\"what\":\"nonsense\"}\n".utf8).write(to: URL(filePath: file))
    let lab = try lab()
    let error = try #require(lab.host.events(of: lab.account).last?.error)
    #expect(error.message.hasPrefix("Line 1 of the diary's file \(file) is no entry"))
    lab.close()
  }

  /// A disk that takes nothing fails the call, and the appointment is not made.
  @Test func aFullDiskBooksNothing() throws {
    // A file in memory that is sealed against growing: what a full disk is, without one.
    typealias MemoryFile = @convention(c) (UnsafePointer<CChar>, UInt32) -> Int32
    let symbol = try #require(dlsym(nil, "memfd_create"))
    let memory = unsafeBitCast(symbol, to: MemoryFile.self)("diary", 2)
    defer { close(memory) }
    let addSeals: Int32 = 1_033, growing: Int32 = 4
    #expect(fcntl(memory, addSeals, growing) == 0)

    let lab = try PluginLab("Diary", settings: settings.merging(["file": .string("/proc/self/fd/\(memory)")]), clock: .machine)
    _ = lab.host.wait { lab.host.count(.accountState) > 0 }
    let session = try lab.open(.tool)
    #expect(book(session, "5550100") == nil)
    #expect(session.events(.failed).last?.error?.message.contains("cannot be written") == true)
    lab.finish(session)
  }

  /// A device in the place of the file is refused instead of read for ever.
  @Test func refusesADevice() throws {
    let lab = try PluginLab("Diary", settings: settings.merging(["file": "/dev/zero"]), clock: .machine)
    _ = lab.host.wait { lab.host.count(.accountState) > 0 }
    #expect(lab.host.events(of: lab.account).last?.error?.code == "file")
    lab.close()
  }

  /// Two hosts that keep one file never give the same time away twice.
  @Test func sharesItsFile() throws {
    let labs = [try lab(), try lab()]
    let sessions = try labs.map { try $0.open(.tool) }
    #expect(book(sessions[0], "5550100")?["ok"] == true)
    #expect(book(sessions[1], "5550101")?["ok"] == false)
    #expect(book(sessions[1], "5550101", time: "11:00")?["ok"] == true)
    #expect(book(sessions[0], "5550102", time: "11:00")?["ok"] == false)
    #expect(lines.count == 2)
    for (lab, session) in zip(labs, sessions) { lab.finish(session) }
  }

  /// Tells its tools, and refuses an op it does not know.
  @Test func listsItsTools() throws {
    let lab = try PluginLab("Diary")
    let session = try lab.open(.tool)
    let list = session.start(OpKind.listTools)
    let names = session.terminal(list)?.json["tools"]?.array?.compactMap { $0["name"]?.string }
    #expect(names == ["book_appointment", "cancel_appointment", "move_appointment", "take_message"])
    #expect(session.terminal(session.start(99))?.error?.code == "unknown_op")
    lab.finish(session)
  }

  /// Settings that cannot be meant are refused when the provider is made.
  @Test func refusesSettings() {
    #expect(throws: PluginLab.Refusal.self) { try PluginLab("Diary", settings: ["hours": ["mon": "8 to 5"]]) }
    #expect(throws: PluginLab.Refusal.self) { try PluginLab("Diary", settings: ["closed": ["2027-02-30"]]) }
  }
}
