// A provider whose plugin runs in worker processes: what its functions do, on the provider's lane.

public import Base
import Glibc
import Loader
import PluginABI
import Synchronization
import Vox

/// The context that the provider functions of an isolated plugin are given. It outlives its workers: what the host told it once, it
/// tells each new one.
final class IsolatedProvider: @unchecked Sendable {
  let order: WorkerOrder
  let manifest: Manifest
  let loops: [CallLoop]
  let clock: any Clock
  let thread = WatchThread()
  let news: @Sendable (WorkerNews) -> Void

  // Set by `create`, before anything else runs.
  private(set) var host: UnsafePointer<vox_host_v0>?
  private(set) var settings = ""

  /// The worker that new sessions go to, once its provider and accounts are made.
  let current = Mutex<WorkerProcess?>(nil)
  let accounts = AccountList()
  let services = ServiceDesk()

  // The watching thread's.
  /// Let go of when the provider is destroyed.
  var library: SealedLibrary?
  var crew: [WorkerLife] = []
  var retired: [SessionLane] = []
  var supervisor: Supervisor
  var random: Random
  var firstCreate: Answer<vox_status>?
  /// Sessions that wait for the next worker; until then since the last one died.
  var waiting: [Answer<WorkerProcess?>] = []
  var waitUntil = Instant(ns: 0)
  var leaving: (by: Instant, done: Answer<Void>)?

  init(
    order: WorkerOrder, library: SealedLibrary, manifest: Manifest, loops: [CallLoop], clock: any Clock, policy: Supervisor.Policy,
    random: Random, news: @escaping @Sendable (WorkerNews) -> Void
  ) {
    self.order = order
    self.library = library
    self.manifest = manifest
    self.loops = loops
    self.clock = clock
    self.random = random
    self.news = news
    supervisor = Supervisor(policy)
  }

  // MARK: Provider and accounts

  /// Starts the first worker and has the plugin make its provider. A plugin that dies of its settings is refused, not restarted.
  func create(_ host: UnsafePointer<vox_host_v0>, settings: String) -> vox_status {
    self.host = host
    self.settings = settings
    guard startWatching() else {
      tell("no thread is left that could watch its worker")
      library = nil
      return vox_status(VOX_INTERNAL)
    }
    let answer = Answer<vox_status>()
    thread.submit { [self] in
      firstCreate = answer
      hire(isSpare: false)
    }
    let status = answer.wait()
    if status != vox_status(VOX_OK) { destroy() }
    return status
  }

  /// Lets every worker go; those that do not leave in time are killed.
  func destroy() {
    let done = Answer<Void>()
    thread.submit { [self] in dismissAll(done) }
    done.wait()
  }

  /// Opens the account in the worker that serves. One that dies over it, or is just being replaced, is followed by another, which
  /// opens every account itself: the account's state tells.
  func openAccount(_ account: AccountProxy) -> vox_status {
    let answer = Answer<vox_status?>()
    let payload = Self.payload(account)
    thread.submit { [self] in
      accounts.add(account)
      guard let life = crew.first(where: { !$0.isSpare && $0.phase == .ready }) else { return answer.bring(nil) }
      life.worker.request(.openAccount, payload) { answer.bring($0.map(Self.status)) }
    }
    guard let status = answer.wait(), status != vox_status(VOX_OK) else {
      thread.submit { [self] in hireSpare() }
      return vox_status(VOX_OK)
    }
    accounts.remove(account)
    return status
  }

  func updateAccount(_ account: AccountProxy, _ conf: AccountConf) -> vox_status {
    account.conf = conf
    let payload = Self.payload(account)
    // One that is just opening the account was told what it was before.
    thread.submit { [self] in
      for life in crew where life.phase == .ready || life.phase == .openingAccounts { life.worker.post(.updateAccount, payload) }
    }
    return vox_status(VOX_OK)
  }

  func deliver(_ e: UnsafePointer<vox_event>, to account: AccountProxy) -> vox_status {
    guard let count = EventCopy.bytes(of: e) else { return vox_status(VOX_INVALID) }
    guard let worker = nextWorker() else { return vox_status(VOX_STALE) }
    let copy = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 8)
    defer { copy.deallocate() }
    EventCopy.copy(e, to: copy)
    services.note(e)
    guard services.pass(copy.assumingMemoryBound(to: vox_event.self), to: worker) else { return vox_status(VOX_STALE) }
    var packer = Packer()
    packer.number(account.handle)
    packer.block(UnsafeRawBufferPointer(start: copy, count: count))
    return vox_status(worker.post(.deliverToAccount, packer.bytes) ? VOX_OK : VOX_WOULD_BLOCK)
  }

  func closeAccount(_ account: AccountProxy) {
    accounts.remove(account)
    var packer = Packer()
    packer.number(account.handle)
    let payload = packer.bytes
    thread.submit { [self] in for life in crew { life.worker.post(.closeAccount, payload) } }
  }

  static func payload(_ account: AccountProxy) -> [UInt8] {
    var packer = Packer()
    packer.number(account.handle)
    account.conf.pack(&packer)
    return packer.bytes
  }

  /// Asks a worker and waits; nil when it died instead of answering.
  private func ask(_ worker: WorkerProcess, _ kind: MessageKind, _ payload: [UInt8], descriptors: [Int32] = []) -> vox_status? {
    let answer = Answer<vox_status?>()
    worker.request(kind, payload, descriptors: descriptors) { answer.bring($0.map(Self.status)) }
    return answer.wait()
  }

  /// A status that a worker sent; one that the ABI does not know reads as a fault.
  static func status(_ message: Message) -> vox_status {
    var unpacker = Unpacker(message.payload)
    let status = unpacker.number()
    return unpacker.isAtEnd && status <= UInt64(VOX_INTERNAL) ? vox_status(status) : vox_status(VOX_INTERNAL)
  }

  // MARK: Sessions

  /// Opens a session in the worker that serves. When that worker dies meanwhile, or there is none for the moment, the session counts as
  /// opened, and its failure follows as an event with class `crashed`.
  ///
  /// - Returns: no session with status VOX_OK when there is no worker.
  func open(
    _ role: Role, _ account: AccountProxy, _ handle: vox_handle, _ o: vox_open
  ) -> (status: vox_status, session: SessionProxy?) {
    guard let worker = nextWorker() else {
      failSession(handle)
      return (vox_status(VOX_OK), nil)
    }
    let lanes = worker.lanes
    let index = loops.isEmpty ? 0 : Handle(abi: handle).loop
    guard lanes.indices.contains(index), let slot = lanes[index].takeSlot(), let memory = SessionMemory() else {
      return (vox_status(VOX_NO_MEMORY), nil)
    }
    let lane = lanes[index]
    let session = SessionProxy(
      handle: handle, slot: slot, worker: worker, lane: lane, memory: memory, services: services
    ) { [thread] session in
      // Unmapping its memory takes longer than a loop has.
      thread.submit { withExtendedLifetime(session) {} }
    }
    lane.add(session)
    var packer = Packer()
    for n in [UInt64(lane.index), UInt64(slot), account.handle, handle, UInt64(o.flags), UInt64(o.in_rate), UInt64(o.out_rate), o.deadline]
    {
      packer.number(n)
    }
    for text in [role.rawValue, o.settings.string, o.context.string, o.offer.string] { packer.text(text) }
    let status = ask(worker, .open, packer.bytes, descriptors: [memory.descriptor])
    memory.closeDescriptor()
    guard let status, status != vox_status(VOX_OK) else { return (vox_status(VOX_OK), session) }
    session.discard()
    return (status, nil)
  }

  /// The worker that serves; while it is being replaced, the next one, if that comes soon.
  private func nextWorker() -> WorkerProcess? {
    if let worker = current.withLock({ $0 }), worker.isAlive { return worker }
    let answer = Answer<WorkerProcess?>()
    thread.submit { [self] in
      let worker = current.withLock { $0 }
      if let worker, worker.isAlive { return answer.bring(worker) }
      waiting.append(answer)
      // A death that was not looked at yet is looked at before anybody is told that there is nobody.
      if worker == nil { settleWaiting() }
    }
    return answer.wait()
  }

  private func failSession(_ handle: vox_handle) {
    guard let host else { return }
    let error = ProviderError(.crashed, "its worker died, and the next one is not ready yet", scope: .session, code: "worker_restarting")
    error.withVox {
      var event = vox_ev_failed()
      event.h = Layout.head(vox_ev_failed.self, .failed, target: handle)
      event.error = $0
      withUnsafePointer(to: &event) { event in
        event.withMemoryRebound(to: vox_event.self, capacity: 1) { _ = host.pointee.emit?(host.pointee.ctx, $0) }
      }
    }
  }
}

/// What happened to the workers of a provider, for facts, metrics and the operator.
public enum WorkerNews: Sendable {
  /// A worker serves, or stands by as the spare, within these walls.
  case ready(pid: Int32, isSpare: Bool, SandboxReport)
  case crashed(Crash, wasSpare: Bool)
  case promoted
  case quarantined(until: Instant)
}
