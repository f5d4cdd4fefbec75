// A plugin in a worker behaves as it does in the host's own process.

import Base
import Glibc
import Loader
import PluginABI
import Synchronization
import Testing
import Vox

@testable import Isolation

@Suite struct SameEventsTests {
  /// A conversation with a plugin: each kind of call once, and what was heard of it, without handles.
  private func converse(_ rig: Rig) throws -> [String] {
    let session = try #require(rig.open())
    let line = session.start("echo").op
    for frame in 0..<50 {
      let samples = (0..<320).map { Int16(truncatingIfNeeded: frame * 320 + $0) }
      #expect(session.push(line, samples, at: UInt64(frame * 320)) == 0)
    }
    session.finalize(line, mark: 5)
    session.finalize(line)
    #expect(rig.ear.waitFor(.completed, op: line) != nil)
    let refused = session.start("refuse")
    let again = session.start("echo").op
    session.cancel(again)
    #expect(rig.ear.waitFor(.cancelled, op: again) != nil)
    session.close()
    #expect(rig.ear.waitFor(.closed) != nil)
    session.destroy()
    // In a worker a refused start is told by an event, here by the status: both mean FAILED.
    return session.heard.filter { $0.op != refused.op }.map { "\($0.kind) \($0.text) \($0.samples) \($0.position)" }
  }

  /// Every call has the same effect in a worker as in this process: the same events, in the same order, sample for sample.
  @Test func echo() throws {
    let here = try converse(Rig(Library.open(Fixtures.worker)))
    let rig = try Rig()
    let there = try converse(rig)
    rig.stop()
    #expect(here.count > 50)
    #expect(here == there, "\(here.count) events here, \(there.count) there")
  }

  /// The account hears the same, and its secrets reach the plugin.
  @Test func account() throws {
    let rig = try Rig()
    defer { rig.stop() }
    #expect(rig.ear.waitFor(.accountState)?.text == "1 {\"secrets\":1}")
  }

  /// Timers of the account come due once, those taken back or put off do not; nobody's are stale, and there is an end to how many may be
  /// set: in a worker as in this process.
  @Test func accountTimers() throws {
    let told = [
      "taken back with 0", "put off with 0", "nobody's with \(VOX_STALE)", "set with 0", "full with \(VOX_WOULD_BLOCK)", "timer 7",
    ]
    let rig = try Rig(settings: ["at": "timers"])
    defer { rig.stop() }
    #expect(rig.ear.wait { _, log in log.contains("timer 7") })
    #expect(rig.ear.log.filter { $0 != "news" } == told)
    let here = Diary()
    let clock = VirtualClock()
    let lane = SteppedLane(clock: clock)
    let registry = Registry(
      context: HostContext(clock: clock, tables: []), owner: here, makeLane: { _ in lane }, resolveSecret: { _ in "" })
    _ = try registry.add(
      ProviderFile(name: "p", path: "p.yaml", library: Fixtures.worker, settings: ["at": "timers"]), Library.open(Fixtures.worker))
    while lane.step() {}
    clock.move(to: clock.now.advanced(byMs: 1000))
    while lane.step() {}
    #expect(here.lines.withLock { $0 } == told)
  }

  /// Keeps what a plugin writes into the log.
  private final class Diary: AccountOwner {
    let lines = Mutex<[String]>([])

    func provider(_ provider: Provider, offers call: JSONValue) {}
    func provider(_ provider: Provider, withdrawsOffer id: String) {}
    func provider(_ provider: Provider, accountIs state: Provider.AccountState) {}
    func provider(_ provider: Provider, logs text: String, level: Int32) { lines.withLock { $0.append(text) } }
  }

  /// New secrets and settings of an account reach the plugin, and bytes that are no sound.
  @Test func updatesAndBytes() throws {
    let rig = try Rig()
    defer { rig.stop() }
    var conf = vox_account_conf()
    conf.struct_size = UInt32(MemoryLayout<vox_account_conf>.size)
    #expect(rig.library.table.pointee.update_account?(rig.accountContext, &conf) == 0)
    #expect(rig.ear.wait { _, log in log.contains("updated with secrets 0") })
    let session = try #require(rig.open())
    let op = session.start("echo").op
    let pushed = withView("twelve bytes") { bytes in
      var bytes = bytes
      return session.table.push_bytes?(session.context, op, &bytes)
    }
    #expect(pushed == 0)
    session.finalize(op)
    #expect(rig.ear.waitFor(.completed, op: op)?.text == "{\"pushed\":12}")
  }

  /// The one symbol that stands for a plugin in workers, as `plugins check` tries it, answers as the plugin's own does.
  @Test func entry() throws {
    let isolation = Isolation(program: Fixtures.program, arguments: [], loops: [], clock: SystemClock())
    let entry = try WorkerEntry.of(Fixtures.worker, isolation)
    var why = vox_view(ptr: nil, len: 0)
    #expect(entry(99, 100, &why) == nil)
    #expect(why.string.contains("draft \(VOX_ABI_DRAFT)"))
    let table = try #require(entry(0, 100, &why)).assumingMemoryBound(to: vox_plugin_v0.self)
    withView("vox.stt/9") { id in
      var id = id
      #expect(table.pointee.role?(&id) == nil)
    }
    withView(Role.stt.rawValue) { id in
      var id = id
      #expect(table.pointee.role?(&id) != nil)
    }
    let library = Library(
      path: Fixtures.worker, manifest: try Manifest(table.pointee.manifest.string), table: table, sessions: ProxyTable.sessions,
      context: nil)
    let rig = try Rig(library)
    defer { rig.stop() }
    #expect(try #require(rig.open()).start("echo").status == 0)
  }

  /// What the plugin refuses at once comes as the op's failure.
  @Test func refusedStart() throws {
    let rig = try Rig()
    defer { rig.stop() }
    let session = try #require(rig.open())
    let op = session.start("refuse").op
    let failure = try #require(rig.ear.waitFor(.failed, op: op))
    #expect(failure.errorClass == UInt16(VOX_ERR_INTERNAL))
  }

  /// A request that is longer than the ring arrives whole and in its order.
  @Test func longRequest() throws {
    let rig = try Rig()
    defer { rig.stop() }
    let session = try #require(rig.open(.llm))
    let body = String(repeating: "0123456789", count: 90_000)
    let first = session.start("measure", body: "abc").op
    let long = session.start("measure", body: body).op
    let last = session.start("measure", body: "abc").op
    #expect(rig.ear.waitFor(.completed, op: last) != nil)
    let order = session.heard.filter { $0.kind == EventKind.completed.rawValue }.map(\.op)
    #expect(order == [first, long, last])
    let sum = 90_000 * (48...57).reduce(0, +)
    #expect(rig.ear.waitFor(.completed, op: long)?.text == "{\"bytes\":900000,\"sum\":\(sum)}")
  }

  /// Sound that the host has no room for waits in the worker; nothing is lost or doubled, and the op ends once, last.
  @Test func backPressure() throws {
    let rig = try Rig()
    defer { rig.stop() }
    let session = try #require(rig.open(.tts))
    rig.ear.limitSound(to: 10)
    let frames = 3000
    let op = session.start("speak \(frames * 320)").op
    #expect(rig.ear.wait { heard, log in heard.filter { $0.op == op }.count == 10 && log.contains("refused") })
    rig.ear.limitSound(to: nil)
    session.resume(op)
    #expect(rig.ear.waitFor(.completed, op: op) != nil)
    let heard = session.heard.filter { $0.op == op }
    let sound = heard.filter { $0.kind == EventKind.ttsAudio.rawValue }
    #expect(sound.map(\.position) == (0..<frames).map { UInt64($0 * 320) })
    #expect(heard.last?.kind == EventKind.completed.rawValue)
    #expect(heard.filter { EventKind(rawValue: $0.kind).isTerminal }.count == 1)
  }

  /// A plugin that cannot take pushed sound makes the host wait, and a RESUME follows.
  @Test func refusedPush() throws {
    let rig = try Rig()
    defer { rig.stop() }
    let session = try #require(rig.open())
    let op = session.start("slow").op
    let frame = [Int16](repeating: 1, count: 320)
    var sent = 0
    while session.push(op, frame, at: UInt64(sent * 320)) == 0, sent < 10_000 { sent += 1 }
    #expect(sent < 10_000, "the ring never filled")
    #expect(rig.ear.waitFor(.resume, op: op) != nil)
    #expect(session.push(op, frame, at: UInt64(sent * 320)) == 0)
    session.finalize(op)
    #expect(rig.ear.waitFor(.completed, op: op)?.text == "{\"pushed\":\((sent + 1) * 320)}")
  }

  /// What follows a refused push waits behind it: the end of the sound never overtakes the sound.
  @Test func finalizeAfterRefusedPush() throws {
    let rig = try Rig()
    defer { rig.stop() }
    let session = try #require(rig.open())
    let op = session.start("slow").op
    // The first is refused by the plugin; from then on the ring may be.
    let taken = (0..<3).count { session.push(op, [Int16](repeating: 1, count: 320), at: UInt64($0 * 320)) == 0 }
    session.finalize(op)
    #expect(taken > 0)
    #expect(rig.ear.waitFor(.completed, op: op)?.text == "{\"pushed\":\(taken * 320)}")
  }

  /// A cancel and a close do not wait behind the sound that was pushed before: most of it never reaches the plugin.
  @Test(arguments: [false, true]) func overtaking(_ closes: Bool) throws {
    let rig = try Rig()
    defer { rig.stop() }
    let session = try #require(rig.open())
    let op = session.start("tired").op
    let frame = [Int16](repeating: 1, count: 320)
    var sent = 0
    while session.push(op, frame, at: UInt64(sent * 320)) == 0, sent < 10_000 { sent += 1 }
    #expect(sent > 100)
    session.cancel(op)
    if closes { session.close() }
    let cancelled = try #require(rig.ear.waitFor(.cancelled, op: op))
    #expect(cancelled.position < UInt64(sent * 320 / 2))
    if closes {
      #expect(rig.ear.waitFor(.closed) != nil)
    } else {
      // What comes next finds its place behind what was skipped.
      let next = session.start("echo").op
      #expect(session.push(next, frame, at: 0) == 0)
      session.finalize(next)
      #expect(rig.ear.waitFor(.completed, op: next)?.text == "{\"pushed\":320}")
    }
  }

  /// A worker cannot speak in the host's name: `crashed` in its mouth is a fault of its own.
  @Test func forgedClass() throws {
    let rig = try Rig()
    defer { rig.stop() }
    let session = try #require(rig.open())
    let op = session.start("liar").op
    #expect(rig.ear.waitFor(.failed, op: op)?.errorClass == UInt16(VOX_ERR_INTERNAL))
  }

  /// An op ends once, however often the plugin says so.
  @Test func doubleTerminal() throws {
    let rig = try Rig()
    defer { rig.stop() }
    let session = try #require(rig.open())
    let twice = session.start("twice").op
    let after = session.start("measure").op
    #expect(rig.ear.waitFor(.completed, op: after) != nil)
    #expect(session.heard.filter { $0.op == twice && EventKind(rawValue: $0.kind).isTerminal }.count == 1)
  }
}
