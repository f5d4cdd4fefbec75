// One worker process as the host holds it: its socket, its board, its end.

import Base
import CLinux
import Glibc
import Loader
import PluginABI
import Synchronization
import Vox

/// Lives until its process was reaped and every session of it was destroyed.
final class WorkerProcess: @unchecked Sendable {
  let pid: Int32
  /// Becomes readable when the process has ended.
  let pidfd: Int32
  let socket: ControlSocket
  let board: Board
  /// Why the process has no namespaces of its own; 0 = it has, or was not to.
  let namespaceError: Int32
  private let memoryLimit: UInt64
  private let isUp = Atomic(true)

  private struct State {
    var crash: Crash?
    /// Why the host ends it.
    var verdict: Crash.Cause?
    var isReaped = false
    /// The host asked it to leave.
    var isDismissed = false
    var lastID: UInt32 = 0
    var pending: [UInt32: @Sendable (Message?) -> Void] = [:]
    var lanes: [SessionLane] = []
  }
  private let state = Mutex(State())

  /// Starts a process that waits for its first message.
  init(_ order: WorkerOrder) throws(ProviderError) {
    func refuse(_ what: String, _ error: Int32) -> ProviderError {
      ProviderError(.internal, "no worker can be started: \(what): \(String(cString: strerror(error)))", code: "worker_start")
    }
    var mine: Int32 = -1
    var theirs: Int32 = -1
    let paired = clinux_socket_pair(&mine, &theirs)
    guard paired == 0 else { throw refuse("no socket", paired) }
    defer { close(theirs) }
    socket = ControlSocket(mine)
    guard let memory = SharedMemory(name: "vox-board", bytes: Board.bytes) else { throw refuse("no shared memory", errno) }
    board = Board(memory)
    memoryLimit = order.limits.memoryBytes
    let child = Self.spawn(order, theirs)
    guard child.error == 0 else { throw refuse("\(order.program) cannot be run", child.error) }
    pid = child.pid
    pidfd = child.pidfd
    namespaceError = child.namespace_error
  }

  /// No variable of the host reaches the plugin. Swift's backtracer would make a crash take a hundred times as long to be noticed;
  /// the folder of the library is where its own libraries lie, which a descriptor cannot tell the dynamic linker.
  private static func spawn(_ order: WorkerOrder, _ socket: Int32) -> clinux_child {
    let folder = order.libraryPath.lastIndex(of: "/").map { String(order.libraryPath[..<$0]) } ?? "."
    var arguments = Self.cStrings([order.program] + order.arguments)
    var variables = Self.cStrings(["SWIFT_BACKTRACE=enable=no", "LD_LIBRARY_PATH=\(folder)"])
    defer { for text in arguments + variables { free(text) } }
    return clinux_spawn(order.program, &arguments, &variables, socket, order.sandbox.ownNamespaces ? 1 : 0)
  }

  /// A list that ends with nil, as exec wants it; each text is freed by the caller.
  private static func cStrings(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
    var list: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) }
    list.append(nil)
    return list
  }

  deinit { close(pidfd) }

  // MARK: From any thread

  /// False from the moment its death was noticed.
  @inline(__always) var isAlive: Bool { isUp.load(ordering: .acquiring) }
  var crash: Crash? { state.withLock { $0.crash } }
  var lanes: [SessionLane] { state.withLock { $0.lanes } }
  func setLanes(_ lanes: [SessionLane]) { state.withLock { $0.lanes = lanes } }

  /// Sends a message that has no answer; false when the worker takes none.
  @discardableResult
  func post(_ kind: MessageKind, id: UInt32 = 0, _ payload: [UInt8] = []) -> Bool { send(kind, id, payload, []) }

  /// Sends a request. `then` is called once: with the answer, on the thread that receives, or with nil when the worker dies first.
  func request(_ kind: MessageKind, _ payload: [UInt8] = [], descriptors: [Int32] = [], then: @escaping @Sendable (Message?) -> Void) {
    let id: UInt32? = state.withLock {
      guard $0.crash == nil else { return nil }
      $0.lastID &+= 1
      $0.pending[$0.lastID] = then
      return $0.lastID
    }
    guard let id else { return then(nil) }
    // A worker that cannot be sent to is dying, and its death answers.
    _ = send(kind, id, payload, descriptors)
  }

  private func send(_ kind: MessageKind, _ id: UInt32, _ payload: [UInt8], _ descriptors: [Int32]) -> Bool {
    do throws(ControlSocket.Fault) {
      try socket.send(kind, id: id, payload, descriptors: descriptors)
      return true
    } catch {
      if error == .stuck { end(.silent(ms: 1000)) }
      return false
    }
  }

  /// The worker wrote what its runtime never writes.
  func breached(_ reason: String) { end(.breach(reason)) }

  /// Kills the process for `cause`; the first cause stands.
  func end(_ cause: Crash.Cause) {
    state.withLock {
      if $0.verdict == nil { $0.verdict = cause }
      // A process that was not reaped keeps its number, so this cannot hit another.
      if !$0.isReaped { kill(pid, SIGKILL) }
    }
  }

  /// Lets the process go: it leaves when its socket ends, and this is no crash.
  func dismiss() {
    state.withLock { $0.isDismissed = true }
    shutdown(socket.descriptor, Int32(SHUT_RDWR))
  }

  var isDismissed: Bool { state.withLock { $0.isDismissed } }

  // MARK: On the thread that receives

  /// The answer's function to call; nil for an answer nobody waits for.
  func answer(_ message: Message) {
    let then = state.withLock { $0.pending.removeValue(forKey: message.id) }
    then?(message)
  }

  /// Looks whether the process has ended. Its sessions then fail, and what was asked of it is answered with nil.
  func reap() -> Bool {
    let death = clinux_reap(pid, 0)
    guard death.ended != 0 else { return false }
    let function = board.sessionCall.function ?? board.providerCall.function ?? ""
    let pending = state.withLock {
      $0.isReaped = true
      if let verdict = $0.verdict {
        $0.crash = Crash(verdict, in: function)
      } else {
        $0.crash = Crash(death, memory: board.memoryAtDeath, memoryLimit: memoryLimit, function: function)
      }
      let pending = $0.pending
      $0.pending = [:]
      return pending
    }
    isUp.store(false, ordering: .releasing)
    for lane in lanes { lane.wakeReader() }
    for then in pending.values { then(nil) }
    return true
  }
}
