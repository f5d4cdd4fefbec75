// What a plugin in a worker cannot do.

import Glibc
import Synchronization
import Testing
import Vox

@testable import Isolation

@Suite struct SandboxTests {
  private func attempt(_ act: String, _ session: RigSession, _ rig: Rig) throws -> Int32 {
    let op = session.start("try \(act)").op
    let text = try #require(rig.ear.waitFor(.completed, op: op)?.text)
    return Int32(try JSONValue(parsing: text)["errno"]?.int ?? -1)
  }

  /// Programs, other processes, mounts, sockets, files outside its own, the kernel's back doors: each is tried and fails.
  @Test(arguments: [
    ("execve", EPERM), ("fork", EPERM), ("clone3", ENOSYS), ("ptrace", EPERM), ("mount", EPERM), ("unshare", EPERM), ("inet", EPERM),
    ("udp", EPERM), ("unix", EPERM), ("netlink", EPERM), ("packet", EPERM), ("kill-parent", EPERM), ("bpf", EPERM), ("io_uring", EPERM),
    ("userfaultfd", EPERM), ("keyctl", EPERM), ("pidfd", EPERM), ("vm-read", EPERM), ("read-passwd", EACCES), ("read-root", EACCES),
    ("read-parent", EACCES), ("write-tmp", EACCES), ("core", EPERM), ("files", EMFILE), ("environment", ENOENT), ("inherited", EBADF),
    ("capabilities", EPERM), ("threads", EAGAIN),
  ])
  func forbidden(_ act: String, _ expected: Int32) throws {
    let rig = try Rig()
    defer { rig.stop() }
    let session = try #require(rig.open())
    #expect(try attempt(act, session, rig) == expected, "\(act)")
  }

  /// What an honest plugin needs still works: libraries, connected pairs, its own signals.
  @Test(arguments: ["pair", "kill-self", "read-lib"])
  func allowed(_ act: String) throws {
    let rig = try Rig()
    defer { rig.stop() }
    let session = try #require(rig.open())
    #expect(try attempt(act, session, rig) == 0)
  }

  /// A provider that is granted the network gets internet sockets and no others.
  @Test(arguments: [("inet", 0), ("udp", 0), ("netlink", 0), ("unix", EPERM), ("packet", EPERM), ("execve", EPERM)])
  func ownNetwork(_ act: String, _ expected: Int32) throws {
    let rig = try Rig { $0.sandbox.network = .own }
    defer { rig.stop() }
    let session = try #require(rig.open())
    #expect(try attempt(act, session, rig) == expected)
  }

  /// TCP ports that the operator did not name can be neither bound nor asked; the report says what no kernel holds a process to.
  /// Lower ports than the system gives to who asks for any (from 32768): another test may have that one.
  @Test(arguments: [
    ("bind-tcp 17211", 0), ("bind-tcp 17212", 0), ("bind-tcp 17213", EACCES), ("connect-tcp 17211", ECONNREFUSED),
    ("connect-tcp 17213", EACCES), ("bind-udp 17213", 0),
  ])
  func ownPorts(_ act: String, _ expected: Int32) throws {
    let rig = try Rig {
      $0.sandbox.network = .own
      $0.sandbox.tcpPorts = [17211...17212]
    }
    defer { rig.stop() }
    let session = try #require(rig.open())
    let report = rig.news.withLock { $0.lazy.compactMap { if case .ready(_, _, let report) = $0 { report } else { nil } }.first }
    #expect(report?.gaps.contains { $0.hasPrefix("UDP ports") } == true)
    guard report?.standing.contains("TCP ports") == true else {
      #expect(report?.gaps.contains { $0.hasPrefix("TCP ports") } == true)
      return
    }
    #expect(try attempt(act, session, rig) == expected)
  }

  /// A folder that the operator names may be read or written, as he said.
  @Test func grantedFolders() throws {
    let rig = try Rig {
      $0.sandbox.readable = ["/etc/passwd"]
      $0.sandbox.writable = ["/tmp"]
    }
    defer { rig.stop() }
    let session = try #require(rig.open())
    #expect(try attempt("read-passwd", session, rig) == 0)
    #expect(try attempt("write-tmp", session, rig) == 0)
    unlink("/tmp/vox-worker-fixture")
  }

  /// The report says which walls stand; on this machine's kernel a wall that is missing is named, with the kernel's word.
  @Test func report() throws {
    let rig = try Rig()
    defer { rig.stop() }
    var report: SandboxReport?
    _ = rig.ear.wait { _, _ in
      report = rig.news.withLock { $0.lazy.compactMap { if case .ready(_, _, let report) = $0 { report } else { nil } }.first }
      return report != nil
    }
    let found = try #require(report)
    #expect(found.standing.contains("system call filter") && found.standing.contains("no new privileges"))
    #expect(found.standing.contains("one thread"))
    #expect(found.gaps.allSatisfy { $0.contains(": ") })
    #expect(SandboxReport(found.json) == found)
  }
}
