// The first opening of a library, in a process that may die of it.

import Base
import CLinux
import Glibc
import Loader
import Vox

/// Opens a library in a throw-away worker, within the walls it is to run in.
public enum Probe {
  /// Opening a library takes milliseconds; one that takes so long hangs.
  public static let deadlineMs = 10_000

  /// What a library says of itself, and which walls stood around it.
  public struct Finding: Sendable {
    public let manifest: String
    public let report: SandboxReport
  }

  /// Blocks until the library was opened, at most `deadlineMs`. A crash, a hang, an exit, a missing dependency and a refusal each throw
  /// their own code and sentence.
  static func open(_ library: SealedLibrary, _ order: WorkerOrder, deadlineMs: Int = deadlineMs) throws(ProviderError) -> Finding {
    let worker = try WorkerProcess(order)
    defer { end(worker) }
    let doorbell = clinux_doorbell()
    defer { close(doorbell) }
    let load = LoadOrder(order, namespaceError: worker.namespaceError, loops: 1)
    let answer = Answer<Message?>()
    worker.request(
      .load, load.packed, descriptors: [library.descriptor, worker.board.memory.descriptor, doorbell]
    ) { answer.bring($0) }
    guard let reply = listen(worker, until: SystemClock().now.advanced(byMs: deadlineMs)) else {
      if worker.isAlive {
        throw ProviderError(
          .crashed, "\(library.path) did not come back within \(deadlineMs) ms of being opened; rebuild it, or remove its file",
          scope: .provider, code: "load_hang")
      }
      let crash = worker.crash ?? Crash(.killed)
      throw ProviderError(
        .crashed, "\(library.path) \(crash.sentence) while it was opened; rebuild it, or remove its file", scope: .provider,
        code: crash.code)
    }
    guard reply.kind == .loaded, let found = LoadAnswer(reply.payload) else { throw LoadAnswer.refusal(reply.payload) }
    return Finding(manifest: found.manifest, report: found.report)
  }

  /// The worker's answer; nil when it died or the time is over.
  private static func listen(_ worker: WorkerProcess, until deadline: Instant) -> Message? {
    let clock = SystemClock()
    var rang: [UInt8] = [0, 0]
    while true {
      let now = clock.now
      guard now < deadline else { return nil }
      _ = clinux_wait_any([worker.socket.descriptor, worker.pidfd], 2, deadline.ns - now.ns, &rang)
      var isClosed = false
      do throws(ControlSocket.Fault) {
        while let message = try worker.socket.receive() {
          for fd in message.descriptors { close(fd) }
          if message.kind == .loaded || message.kind == .refused { return message }
        }
      } catch {
        isClosed = true
      }
      if rang[1] != 0, worker.reap() { return nil }
      // The process is ending; its socket would ring for ever.
      if isClosed { _ = clinux_wait_any([worker.pidfd], 1, deadline.ns - now.ns, &rang) }
    }
  }

  private static func end(_ worker: WorkerProcess) {
    guard worker.isAlive else { return }
    worker.end(.killed)
    var rang: [UInt8] = [0]
    // A killed process ends; nothing of it is needed any more.
    while !worker.reap() { _ = clinux_wait_any([worker.pidfd], 1, 100_000_000, &rang) }
  }
}
