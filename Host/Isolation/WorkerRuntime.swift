// The worker's main thread: reads what the host wants and has it done on the right thread.

import Base
import CLinux
import Glibc
import Loader
import PluginABI
import Synchronization
import Vox

/// Three threads run in a worker: this one reads the socket and always answers; the provider thread runs the `[provider]` functions,
/// one at a time; the session thread runs the `[session]` functions of all sessions and their timers.
final class WorkerRuntime: @unchecked Sendable {
  let socket: ControlSocket
  let clock = SystemClock()
  private var loaded: LoadedPlugin?

  /// What there is once the library is loaded.
  final class LoadedPlugin: @unchecked Sendable {
    let library: Library
    let board: Board
    let sessions: SessionThread
    let lane: ThreadLane
    let host: WorkerHost

    // The provider thread's.
    var provider: UnsafeMutableRawPointer?
    var accounts: [vox_handle: UnsafeMutableRawPointer] = [:]

    init(library: Library, board: Board, sessions: SessionThread, lane: ThreadLane, host: WorkerHost) {
      self.library = library
      self.board = board
      self.sessions = sessions
      self.lane = lane
      self.host = host
    }
  }

  /// EX_OSERR of sysexits.h: the process leaves because its socket is not there any more.
  private static let lostSocket: Int32 = 71

  init(_ socket: ControlSocket) { self.socket = socket }

  /// Reads until the socket ends.
  func serve() -> Never {
    while true {
      var wait = pollfd(fd: socket.descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&wait, 1, -1) > 0 || errno == EINTR else { _exit(1) }
      do throws(ControlSocket.Fault) {
        while let message = try socket.receive() { hear(message) }
      } catch {
        // The host is gone, or the plugin has closed the socket: there is nothing left to do.
        _exit(error == .closed && fcntl(socket.descriptor, F_GETFD) >= 0 ? 0 : Self.lostSocket)
      }
    }
  }

  private func hear(_ message: Message) {
    if message.kind == .load, loaded == nil { return load(message) }
    guard let loaded else { _exit(2) }
    switch message.kind {
    case .ping: reply(message, .pong)
    case .answer: loaded.host.services.answered(message)
    case .spill: spill(message, loaded)
    default:
      // Through the session thread, so that a session is forgotten there before it is destroyed.
      let destroyed = message.kind == .destroySession ? destroyedSession(message) : nil
      loaded.sessions.submit {
        let session = destroyed.flatMap { loaded.sessions.forget(lane: $0.lane, slot: $0.slot) }
        loaded.lane.async { self.run(message, session, loaded) }
      }
    }
  }

  func reply(_ message: Message, _ kind: MessageKind, _ payload: [UInt8] = []) {
    if (try? socket.send(kind, id: message.id, payload, patienceMs: 60_000)) == nil { _exit(0) }
  }

  // MARK: Loading

  private func load(_ message: Message) {
    guard let order = LoadOrder(message.payload), message.descriptors.count == 2 + order.loops,
      let memory = SharedMemory(adopting: message.descriptors[1], bytes: Board.bytes)
    else { _exit(2) }
    let board = Board(memory)
    board.noteMemoryAtDeath()
    let folder = order.libraryPath.lastIndex(of: "/").map { String(order.libraryPath[..<$0]) } ?? "."
    let report = order.sandbox.enter(order.limits, namespaceError: order.namespaceError, folder: folder)
    if order.sandbox.isStrict, let gap = report.gaps.first {
      let error = ProviderError(
        .unavailable, "\(order.libraryPath) may not run here: its sandbox is strict, and this machine does not offer \(gap)",
        code: "sandbox_incomplete")
      return reply(message, .refused, LoadAnswer.pack(error))
    }
    let lane = ThreadLane(name: "provider", clock: clock)
    let sessions = SessionThread(board: board, hosts: Array(message.descriptors[2...]), clock: clock)
    let host = WorkerHost(socket: socket, sessions: sessions, lane: lane, clock: clock)
    board.providerCall.enter(.load, at: clock.now.ns)
    let opened: Library
    do { opened = try Self.open(message.descriptors[0], order) } catch {
      board.providerCall.leave()
      return reply(message, .refused, LoadAnswer.pack(error))
    }
    board.providerCall.leave()
    let plugin = LoadedPlugin(library: opened, board: board, sessions: sessions, lane: lane, host: host)
    host.plugin = plugin
    loaded = plugin
    sessions.start()
    reply(message, .loaded, LoadAnswer(manifest: opened.manifest.json.text, report: report).packed)
  }

  /// Opens the very file the host has checked; the sentences name it as the operator does.
  private static func open(_ fd: Int32, _ order: LoadOrder) throws(ProviderError) -> Library {
    let place = "/proc/self/fd/\(fd)"
    do { return try Library.open(place, package: order.package) } catch {
      throw ProviderError(error.cls, error.message.replacing(place, with: order.libraryPath), scope: .provider, code: error.code)
    }
  }

  // MARK: The provider thread

  private func run(_ message: Message, _ session: WorkerSession?, _ loaded: LoadedPlugin) {
    switch message.kind {
    case .create: answer(message, create(message, loaded))
    case .openAccount: answer(message, openAccount(message, loaded))
    case .updateAccount: updateAccount(message, loaded)
    case .deliverToAccount: deliverToAccount(message, loaded)
    case .closeAccount: closeAccount(message, loaded)
    case .open: open(message, loaded)
    case .destroySession:
      if let session { call(.destroySession, loaded) { session.table.destroy?(session.context) } }
    case .destroy:
      call(.destroy, loaded) { loaded.library.table.pointee.destroy?(loaded.provider) }
      answer(message, vox_status(VOX_OK))
    default: _exit(2)
    }
  }

  private func answer(_ message: Message, _ status: vox_status) {
    var packer = Packer()
    packer.number(UInt64(UInt32(bitPattern: status)))
    reply(message, .answer, packer.bytes)
  }

  private func call<R>(_ function: PluginFunction, _ loaded: LoadedPlugin, _ body: () -> R) -> R {
    loaded.board.providerCall.enter(function, at: clock.now.ns)
    defer { loaded.board.providerCall.leave() }
    return body()
  }

  private func create(_ message: Message, _ loaded: LoadedPlugin) -> vox_status {
    var unpacker = Unpacker(message.payload)
    let settings = unpacker.text()
    return withView(settings) { view in
      var view = view
      return call(.create, loaded) {
        loaded.library.table.pointee.create?(loaded.host.table, &view, &loaded.provider) ?? vox_status(VOX_INTERNAL)
      }
    }
  }

  private func openAccount(_ message: Message, _ loaded: LoadedPlugin) -> vox_status {
    var unpacker = Unpacker(message.payload)
    let handle = unpacker.number()
    let conf = AccountConf(&unpacker)
    var context: UnsafeMutableRawPointer?
    loaded.host.open(account: handle)
    let status = conf.withVox { conf in
      call(.openAccount, loaded) {
        loaded.library.table.pointee.open_account?(loaded.provider, handle, conf, &context) ?? vox_status(VOX_INTERNAL)
      }
    }
    if status == vox_status(VOX_OK) { loaded.accounts[handle] = context } else { loaded.host.close(account: handle) }
    return status
  }

  private func updateAccount(_ message: Message, _ loaded: LoadedPlugin) {
    var unpacker = Unpacker(message.payload)
    guard let account = loaded.accounts[unpacker.number()] else { return }
    _ = AccountConf(&unpacker).withVox { conf in
      call(.updateAccount, loaded) { loaded.library.table.pointee.update_account?(account, conf) ?? vox_status(VOX_INTERNAL) }
    }
  }

  private func deliverToAccount(_ message: Message, _ loaded: LoadedPlugin) {
    var unpacker = Unpacker(message.payload)
    let handle = unpacker.number()
    let bytes = unpacker.block()
    bytes.withUnsafeBytes { block in
      let memory = UnsafeMutableRawPointer.allocate(byteCount: max(block.count, 8), alignment: 8)
      defer { memory.deallocate() }
      if let base = block.baseAddress { memory.copyMemory(from: base, byteCount: block.count) }
      if let e = EventCopy.adopt(memory, count: block.count) { loaded.deliver(e, to: handle, at: clock.now.ns) }
    }
  }

  private func closeAccount(_ message: Message, _ loaded: LoadedPlugin) {
    var unpacker = Unpacker(message.payload)
    let handle = unpacker.number()
    loaded.host.close(account: handle)
    guard let account = loaded.accounts.removeValue(forKey: handle) else { return }
    call(.closeAccount, loaded) { loaded.library.table.pointee.close_account?(account) }
  }

  private func open(_ message: Message, _ loaded: LoadedPlugin) {
    var unpacker = Unpacker(message.payload)
    let numbers = (0..<8).map { _ in unpacker.number() }
    let texts = (0..<4).map { _ in unpacker.text() }
    guard unpacker.isAtEnd, let fd = message.descriptors.first, let memory = SessionMemory(adopting: fd) else {
      return answer(message, vox_status(VOX_NO_MEMORY))
    }
    memory.closeDescriptor()
    guard let account = loaded.accounts[numbers[2]], let role = Role(rawValue: texts[0]), let table = loaded.library.sessions[role] else {
      return answer(message, vox_status(VOX_UNSUPPORTED))
    }
    let session = WorkerSession(
      handle: numbers[3], lane: Int(clamping: numbers[0]), slot: Int(clamping: numbers[1]), table: table.pointee, memory: memory,
      thread: loaded.sessions)
    // Known before `open` runs, because READY and timers may come from inside it.
    loaded.host.add(session)
    let status = withView(texts[1]) { settings in
      withView(texts[2]) { context in
        withView(texts[3]) { offer in
          var open = vox_open(
            struct_size: UInt32(MemoryLayout<vox_open>.size), flags: UInt16(truncatingIfNeeded: numbers[4]), zero: 0, settings: settings,
            context: context, offer: offer, in_rate: UInt32(truncatingIfNeeded: numbers[5]),
            out_rate: UInt32(truncatingIfNeeded: numbers[6]), deadline: numbers[7])
          return call(.open, loaded) {
            table.pointee.open?(account, session.handle, &open, &session.context) ?? vox_status(VOX_UNSUPPORTED)
          }
        }
      }
    }
    if status == vox_status(VOX_OK) { loaded.sessions.add(session) } else { loaded.host.remove(session) }
    answer(message, status)
  }

  // MARK: Sessions

  private func destroyedSession(_ message: Message) -> (lane: Int, slot: Int)? {
    var unpacker = Unpacker(message.payload)
    let place = (lane: Int(clamping: unpacker.number()), slot: Int(clamping: unpacker.number()))
    return unpacker.isAtEnd ? place : nil
  }

  private func spill(_ message: Message, _ loaded: LoadedPlugin) {
    var unpacker = Unpacker(message.payload)
    let (lane, slot, number) = (Int(clamping: unpacker.number()), Int(clamping: unpacker.number()), unpacker.number())
    let record = Array(unpacker.block())
    loaded.sessions.submit { loaded.sessions.take(spilled: record, number: number, lane: lane, slot: slot) }
  }
}
