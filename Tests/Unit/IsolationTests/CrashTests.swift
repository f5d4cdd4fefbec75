// A plugin that dies takes its worker with it, and nothing else.

import Base
import Glibc
import Loader
import PluginABI
import Synchronization
import Testing
import Vox

@testable import Isolation

@Suite struct CrashTests {
  /// Each way of dying is told apart, in code and sentence, and ends the open session once, as `crashed`, with the function named.
  @Test(arguments: [
    ("segv", "crash_segv", "segmentation fault in start"), ("abort", "crash_abort", "called abort() in start"),
    ("trap", "crash_trap", "stopped at a trap in start"), ("exit", "crash_exit", "called exit(3) in start"),
    ("fpe", "crash_arithmetic", "arithmetic error in start"), ("bus", "crash_bus", "bus error in start"),
    ("kill", "crash_memory", "killed by the system in start"), ("hang", "crash_hang", "did not come back in start within 300 ms"),
    ("stop", "crash_hang", "in start within 300 ms"), ("memory", "crash_memory", "64 MiB of memory"),
    ("deaf", "crash_exit", "called exit(71)"),
  ])
  func kinds(_ how: String, _ code: String, _ words: String) throws {
    let rig = try Rig {
      $0.limits.sessionCallMs = how == "deaf" ? 5000 : 300
      if how == "memory" {
        $0.limits.memoryBytes = 64 << 20
        $0.limits.sessionCallMs = 5000
      }
    }
    defer { rig.stop() }
    let session = try #require(rig.open())
    session.start("fail \(how)")
    let failure = try #require(session.waitForFailure())
    #expect(failure.errorClass == UInt16(VOX_ERR_CRASHED))
    #expect(failure.text.contains(words), "\(failure.text)")
    #expect(rig.ear.wait { _, log in log.contains { $0.contains(words) } })
    #expect(rig.ear.wait { _, _ in codes(rig).first == code }, "\(codes(rig))")
    session.destroy()
  }

  /// The codes of its crashes.
  private func codes(_ rig: Rig) -> [String] {
    rig.news.withLock { $0.compactMap { if case .crashed(let crash, _) = $0 { crash.code } else { nil } } }
  }

  /// A worker that may use less memory than its host holds, and aborts, is not taken for one that ran out of it.
  @Test func memoryOfTheHost() throws {
    let limit = 32 << 20
    let held = UnsafeMutableRawPointer.allocate(byteCount: 2 * limit, alignment: 4096)
    memset(held, 1, 2 * limit)
    defer { held.deallocate() }
    let rig = try Rig { $0.limits.memoryBytes = UInt64(limit) }
    defer { rig.stop() }
    let session = try #require(rig.open())
    session.start("fail abort")
    let failure = try #require(session.waitForFailure())
    #expect(failure.text.contains("called abort() in start"), "\(failure.text)")
    session.destroy()
  }

  /// Whichever function of the session the plugin dies in, the session fails once and the next one is served by another worker.
  @Test(arguments: ["open", "start", "push_audio", "push_bytes", "finalize", "cancel", "deliver", "close", "destroy_session"])
  func everySessionFunction(_ function: String) throws {
    let rig = try Rig(settings: ["fault": "segv", "at": .string(function)])
    defer { rig.stop() }
    let session = try #require(rig.open())
    let op = session.start("echo").op
    _ = session.push(op, [1, 2, 3], at: 0)
    withView("bytes") { view in
      var view = view
      _ = session.table.push_bytes?(session.context, op, &view)
    }
    session.finalize(op, mark: 1)
    // What is cancelled before it was handed over is not handed over.
    _ = rig.ear.wait { heard, _ in
      heard.contains {
        $0.op == op && $0.kind == EventKind.flushed.rawValue || $0.target == session.handle && $0.kind == EventKind.failed.rawValue
      }
    }
    session.cancel(op)
    var event = Layout.head(vox_event.self, .resume, target: session.handle)
    _ = session.table.deliver?(session.context, &event)
    session.close()
    // Its events have come once it is destroyed; a session that dies there has closed already.
    if function == "destroy_session" {
      #expect(rig.ear.waitFor(.closed) != nil)
      session.destroy()
    } else {
      let failure = try #require(session.waitForFailure())
      #expect(failure.errorClass == UInt16(VOX_ERR_CRASHED))
      session.destroy()
    }
    #expect(rig.ear.wait { heard, _ in heard.filter { $0.kind == EventKind.accountState.rawValue }.count >= 3 })
    let states = rig.ear.heard.filter { $0.kind == EventKind.accountState.rawValue }.map { $0.text.prefix(1) }
    #expect(states.prefix(3) == ["1", "2", "1"])
    #expect(session.heard.filter { $0.kind == EventKind.failed.rawValue && $0.op == 0 }.count <= 1)
  }

  /// A plugin that dies while its provider is made is refused with a sentence, nothing of it is left, and whoever lets go of it all the
  /// same does not wait for anybody.
  @Test(arguments: ["segv", "exit", "hang"])
  func create(_ how: String) throws {
    let rig = try Rig(settings: ["fault": .string(how), "at": "create"]) { $0.limits.providerCallMs = 300 }
    #expect(rig.created == vox_status(VOX_INTERNAL))
    #expect(rig.ear.wait { _, log in log.contains { $0.contains("in create") } }, "\(rig.ear.log)")
    rig.stop()
  }

  /// Settings that the plugin refuses are told as such, with the plugin's own words in the log.
  @Test func refusedSettings() throws {
    let rig = try Rig(settings: ["at": "never"])
    #expect(rig.created == vox_status(VOX_INVALID))
    #expect(rig.ear.wait { _, log in log.contains("these settings are not for me") })
  }

  /// What a plugin had said before it died is heard before its end.
  @Test func lastWords() throws {
    let rig = try Rig()
    defer { rig.stop() }
    let session = try #require(rig.open())
    let op = session.start("echo").op
    for i in 0..<100 { _ = session.push(op, [Int16](repeating: Int16(i), count: 320), at: UInt64(i * 320)) }
    session.start("fail segv")
    _ = try #require(session.waitForFailure())
    let heard = session.heard
    #expect(heard.filter { $0.kind == EventKind.lineAudio.rawValue }.count == 100)
    #expect(heard.last?.kind == EventKind.failed.rawValue)
  }

  /// Every session of a dead worker fails, each exactly once, and calls to a dead one are harmless.
  @Test func fiftySessions() throws {
    let rig = try Rig()
    defer { rig.stop() }
    let sessions = (0..<50).compactMap { _ in rig.open() }
    #expect(sessions.count == 50)
    sessions[7].start("fail abort")
    #expect(rig.ear.wait { heard, _ in heard.filter { $0.kind == EventKind.failed.rawValue }.count == 50 })
    for session in sessions {
      _ = session.push(1, [0], at: 0)
      session.close()
      session.destroy()
    }
    let again = try #require(serving(rig, after: 1))
    #expect(rig.ear.waitFor(.completed, op: again.start("measure").op) != nil)
    #expect(rig.ear.heard.filter { $0.kind == EventKind.failed.rawValue }.count == 50)
  }

  /// A session of the worker that serves after so many deaths.
  private func serving(_ rig: Rig, after deaths: Int) -> RigSession? {
    _ = rig.ear.wait { heard, _ in
      heard.filter { $0.kind == EventKind.accountState.rawValue && $0.text.hasPrefix("1") }.count > deaths
    }
    return rig.open()
  }

  /// With a spare the next session is served at once: the account is never reported as failed.
  @Test func spare() throws {
    let rig = try Rig { $0.spares = 1 }
    defer { rig.stop() }
    for round in 1...3 {
      #expect(rig.ear.wait { _, _ in spareIsReady(rig) })
      let session = try #require(rig.open())
      session.start("fail segv")
      _ = try #require(session.waitForFailure())
      session.destroy()
      #expect(rig.ear.wait { _, _ in rig.news.withLock { $0.filter { if case .promoted = $0 { true } else { false } }.count } == round })
      let next = try #require(rig.open())
      #expect(rig.ear.waitFor(.completed, op: next.start("measure").op) != nil)
      next.destroy()
    }
    #expect(!rig.ear.heard.contains { $0.kind == EventKind.accountState.rawValue && !$0.text.hasPrefix("1") })
  }

  private func spareIsReady(_ rig: Rig) -> Bool {
    rig.news.withLock { news in
      let spares = news.filter { if case .ready(_, true, _) = $0 { true } else { false } }.count
      let promoted = news.filter { if case .promoted = $0 { true } else { false } }.count
      return spares > promoted
    }
  }

  /// A spare that its plugin does not want to be is let go and tried again: one that is on its way out keeps no other from standing by.
  @Test func spareThatIsRefused() throws {
    var policy = Supervisor.Policy()
    policy.intensity = 1000
    let services = FakeServices()
    services.leases.withLock { $0 = 1 }
    let rig = try Rig(settings: ["at": "licence"], policy: policy, services: services) { $0.spares = 1 }
    defer { rig.stop() }
    #expect(rig.created == vox_status(VOX_OK))
    let refusal = "a new worker refused the settings"
    #expect(rig.ear.wait { _, log in log.count { $0.hasPrefix(refusal) } > 1 }, "\(rig.ear.log)")
    services.leases.withLock { $0 = nil }
    #expect(rig.ear.wait { _, _ in spareIsReady(rig) })
    let session = try #require(rig.open())
    #expect(rig.ear.waitFor(.completed, op: session.start("measure").op) != nil)
  }

  /// A session that is opened while the worker is replaced, with a spare or without, waits for the next one.
  @Test(arguments: [0, 1]) func openedMeanwhile(_ spares: Int) throws {
    var policy = Supervisor.Policy()
    // However long a busy machine takes to start one.
    policy.replacementMs = 600_000
    let rig = try Rig(policy: policy) { $0.spares = spares }
    defer { rig.stop() }
    if spares == 1 { #expect(rig.ear.wait { _, _ in spareIsReady(rig) }) }
    for _ in 0..<3 {
      let session = try #require(rig.open())
      session.start("fail segv")
      _ = try #require(session.waitForFailure())
      session.destroy()
      let next = try #require(rig.open())
      #expect(rig.ear.waitFor(.completed, op: next.start("measure").op) != nil)
      next.destroy()
    }
  }

  /// A plugin that dies again and again is left alone, the account says so, and it is served again when the time is over.
  @Test func quarantine() throws {
    var policy = Supervisor.Policy()
    policy.firstQuarantineMs = 300
    // However long the deaths take on a busy machine.
    policy.windowMs = 600_000
    let rig = try Rig(policy: policy)
    defer { rig.stop() }
    for deaths in 0...policy.intensity {
      let session = try #require(serving(rig, after: deaths))
      session.start("fail trap")
      _ = try #require(session.waitForFailure())
      session.destroy()
    }
    #expect(rig.ear.wait { heard, _ in heard.contains { $0.text.contains("died too often") } })
    let lost = try #require(rig.open())
    #expect(lost.waitForFailure()?.errorClass == UInt16(VOX_ERR_CRASHED))
    #expect(lost.start("measure").status == vox_status(VOX_OK))
    lost.destroy()
    #expect(serving(rig, after: policy.intensity + 1) != nil)
  }

  /// Nothing is left of workers that came and went: no process, no descriptor.
  @Test func nothingLeaks() throws {
    // Only what this room makes: other tests of this process open files and sockets meanwhile.
    func descriptors() -> Int {
      guard let directory = opendir("/proc/self/fd") else { return -1 }
      defer { closedir(directory) }
      var count = 0
      var target = [CChar](repeating: 0, count: 64)
      while let entry = readdir(directory) {
        let name = withUnsafePointer(to: entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        let length = readlink("/proc/self/fd/\(name)", &target, target.count - 1)
        let text = String(decoding: target.prefix(max(length, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        if text.hasPrefix("/memfd:vox") { count += 1 }
      }
      return count
    }
    func round() throws {
      let rig = try Rig()
      let session = try #require(rig.open())
      session.start("fail segv")
      _ = try #require(session.waitForFailure())
      session.destroy()
      rig.stop()
    }
    try round()
    // Other tests run beside this one, so only a leak that grows with the rounds is one.
    let before = descriptors()
    for _ in 0..<100 { try round() }
    #expect(descriptors() < before + 60)
  }
}
