// What the watching thread does: starts workers, reads what they say, buries them, and follows the supervisor.

import Base
import Glibc
import Loader
import PluginABI
import Synchronization
import Vox

extension IsolatedProvider {
  /// Far more than a plugin has to say, and far less than would keep the host busy.
  private static let maxMessagesPerTick = 5000
  private static let batch = 64
  /// A worker that is asked to leave has so long.
  private static let leaveMs = 2000
  /// A process that ends closes its socket first; one that lives so long afterwards does not end.
  private static let deafMs = 500

  /// False when the system has no thread left.
  func startWatching() -> Bool {
    thread.start(
      name: "worker-watch",
      descriptors: { [self] in crew.flatMap { $0.deafSince == nil ? [$0.worker.socket.descriptor, $0.worker.pidfd] : [$0.worker.pidfd] } },
      readable: { [self] in read($0) },
      tick: { [self] in tick() })
  }

  // MARK: Starting

  func hireSpare() {
    guard order.spares > 0, leaving == nil, !supervisor.isQuarantined, !crew.contains(where: \.standsBy) else { return }
    hire(isSpare: true)
  }

  /// Starts a worker. One that is not a spare is the one new sessions are sent to from now on.
  func hire(isSpare: Bool) {
    guard leaving == nil, let host, let library else { return }
    let worker: WorkerProcess
    do { worker = try WorkerProcess(order) } catch {
      tell(error.message)
      return failedToStart(isSpare: isSpare)
    }
    let count = max(loops.count, 1)
    let lanes = (0..<count).map { SessionLane(index: $0, loop: loops.isEmpty ? nil : loops[$0], worker: worker, host: host) }
    worker.setLanes(lanes)
    for (i, lane) in lanes.enumerated() {
      if loops.isEmpty { lane.serveOnThread() } else { loops[i].submit { [loop = loops[i]] in loop.add(lane) } }
    }
    let life = WorkerLife(worker, isSpare: isSpare, limits: order.limits, now: clock.now)
    crew.append(life)
    let load = LoadOrder(order, namespaceError: worker.namespaceError, loops: count)
    worker.request(
      .load, load.packed, descriptors: [library.descriptor, worker.board.memory.descriptor] + lanes.map(\.descriptor)
    ) { [self] in loaded(life, $0) }
  }

  private func loaded(_ life: WorkerLife, _ reply: Message?) {
    guard let reply else { return }
    guard reply.kind == .loaded, let answer = LoadAnswer(reply.payload) else {
      tell(LoadAnswer.refusal(reply.payload).message)
      life.worker.dismiss()
      return failedToStart(isSpare: life.isSpare)
    }
    life.report = answer.report
    life.phase = .creating
    var packer = Packer()
    packer.text(settings)
    life.worker.request(.create, packer.bytes) { [self] in created(life, $0) }
  }

  private func created(_ life: WorkerLife, _ reply: Message?) {
    guard let reply else { return }
    let status = Self.status(reply)
    if let answer = firstCreate {
      firstCreate = nil
      // Its accounts are opened by the host.
      if status == vox_status(VOX_OK) { ready(life) }
      return answer.bring(status)
    }
    if status != vox_status(VOX_OK) {
      tell("a new worker refused the settings that an earlier one took (status \(status))")
      life.worker.dismiss()
      return failedToStart(isSpare: life.isSpare)
    }
    // A line must not be registered twice: the spare of one that takes calls opens its account when it begins to serve.
    if life.isSpare, manifest.inbound { ready(life) } else { openAccounts(life) }
  }

  private func openAccounts(_ life: WorkerLife) {
    life.phase = .openingAccounts
    let accounts = accounts.all
    if accounts.isEmpty { return ready(life) }
    for account in accounts {
      life.worker.request(.openAccount, Self.payload(account)) { [self] reply in
        guard let reply else { return }
        if Self.status(reply) != vox_status(VOX_OK) { tell("a new worker could not open the account (status \(Self.status(reply)))") }
        if account === accounts.last { ready(life) }
      }
    }
  }

  private func ready(_ life: WorkerLife) {
    guard life.phase != .ready else { return }
    life.phase = .ready
    if !life.isSpare { serve(life) }
    news(.ready(pid: life.worker.pid, isSpare: life.isSpare, life.report))
    if !life.isSpare, !accounts.all.isEmpty { hireSpare() }
  }

  /// New sessions go to this worker from now on.
  private func serve(_ life: WorkerLife) {
    current.withLock { $0 = life.worker }
    settleWaiting()
  }

  /// Sends the sessions that wait to the worker that serves, or away when it is too late for one.
  func settleWaiting() {
    let worker = current.withLock { $0 }
    guard worker != nil || leaving != nil || supervisor.isQuarantined || clock.now >= waitUntil else { return }
    for answer in waiting { answer.bring(worker) }
    waiting = []
  }

  // MARK: Reading

  private func read(_ descriptor: Int32) {
    guard let life = crew.first(where: { $0.worker.socket.descriptor == descriptor || $0.worker.pidfd == descriptor }) else { return }
    let worker = life.worker
    if descriptor == worker.pidfd {
      // What it said before it died is heard first.
      readMessages(life, limit: Self.maxMessagesPerTick)
      if worker.reap() { bury(life) }
      return
    }
    readMessages(life, limit: Self.batch)
  }

  private func readMessages(_ life: WorkerLife, limit: Int) {
    do throws(ControlSocket.Fault) {
      for _ in 0..<limit {
        guard let message = try life.worker.socket.receive() else { return }
        life.heard = true
        life.messages += 1
        for fd in message.descriptors { close(fd) }
        hear(message, from: life)
      }
      if life.messages > Self.maxMessagesPerTick { life.worker.breached("it sent \(life.messages) messages at once") }
    } catch {
      if case .breach(let reason) = error { life.worker.breached(reason) }
      // The process is ending too, or `watch` sees to it.
      if error == .closed { life.deafSince = clock.now }
    }
  }

  private func hear(_ message: Message, from life: WorkerLife) {
    switch message.kind {
    case .answer, .loaded, .refused, .pong: life.worker.answer(message)
    case .log: log(message)
    case .event: accountEvent(message.payload, from: life)
    case .service: answer(message, of: life, host.map { services.offers(message.payload, $0) } ?? vox_status(VOX_UNSUPPORTED))
    case .serviceCall: answer(message, of: life, services.perform(message.payload, of: life.worker))
    case .sessionCall: life.worker.board.sessionAnswer.bring(services.perform(message.payload, of: life.worker))
    default: life.worker.breached("it sent a message that only the host sends")
    }
  }

  private func answer(_ message: Message, of life: WorkerLife, _ status: vox_status) {
    var packer = Packer()
    packer.number(UInt64(UInt32(bitPattern: status)))
    life.worker.post(.answer, id: message.id, packer.bytes)
  }

  private func log(_ message: Message) {
    var unpacker = Unpacker(message.payload)
    let who = unpacker.number()
    let level = Int32(truncatingIfNeeded: unpacker.number())
    let text = String(unpacker.text().prefix(1024))
    guard unpacker.isAtEnd, let host else { return }
    withView(text) { view in
      var view = view
      host.pointee.log?(host.pointee.ctx, who, level, &view)
    }
  }

  /// Writes to the host's log under the provider's name.
  func tell(_ sentence: String) {
    guard let host else { return }
    withView(sentence) { view in
      var view = view
      host.pointee.log?(host.pointee.ctx, 0, Int32(VOX_LOG_ERROR), &view)
    }
  }

  private func accountEvent(_ payload: [UInt8], from life: WorkerLife) {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: max(payload.count, 8), alignment: 8)
    defer { memory.deallocate() }
    payload.withUnsafeBytes { if let base = $0.baseAddress { memory.copyMemory(from: base, byteCount: $0.count) } }
    guard let e = EventCopy.adopt(memory, count: payload.count) else {
      return life.worker.breached("it sent an event whose lengths do not fit its \(payload.count) bytes")
    }
    let target = e.pointee.target
    guard let host, accounts.contains(target) else { return }
    e.pointee.op = 0
    if e.pointee.kind == EventKind.accountState.rawValue { life.accountStates[target] = payload }
    if !life.isSpare { _ = host.pointee.emit?(host.pointee.ctx, e) }
  }

  // MARK: Watching

  private func tick() {
    let now = clock.now
    for life in crew { watch(life, now) }
    retired.removeAll { $0.retire { [thread] in thread.submit {} } }
    if !waiting.isEmpty { settleWaiting() }
    if let leaving {
      if now >= leaving.by { for life in crew { life.worker.end(.killed) } }
      // Nothing is emitted once the provider is destroyed, so its lanes are gone first.
      if crew.isEmpty, retired.isEmpty || now >= leaving.by {
        library = nil
        thread.stop()
        leaving.done.bring(())
      }
    } else if supervisor.tick(at: now) == .restart {
      restart()
    }
  }

  private func watch(_ life: WorkerLife, _ now: Instant) {
    if let deaf = life.deafSince {
      if now >= deaf.advanced(byMs: Self.deafMs) { life.worker.end(.breach("it closed its socket and went on")) }
      return
    }
    var sight = Watchdog.Sight(heard: life.heard || life.worker.lanes.contains { $0.takeTraffic() })
    sight.sessionCallMs = life.worker.board.sessionCall.running(at: now.ns).map { Int(clamping: $0 / 1_000_000) }
    sight.providerCallMs = life.worker.board.providerCall.running(at: now.ns).map { Int(clamping: $0 / 1_000_000) }
    guard now >= life.nextLook || sight.sessionCallMs != nil || sight.providerCallMs != nil else { return }
    life.nextLook = now.advanced(byMs: Watchdog.tickMs)
    life.heard = false
    life.messages = 0
    switch life.watchdog.tick(sight, at: now, share: { .of(life.worker.pid) }) {
    case .none: break
    case .ping: life.worker.request(.ping) { _ in }
    case .hung(let cause): life.worker.end(cause)
    }
  }

  // MARK: The end of a worker

  private func bury(_ life: WorkerLife) {
    crew.removeAll { $0 === life }
    retired += life.worker.lanes
    life.worker.setLanes([])
    services.buried(life.worker)
    let served = current.withLock { current in
      defer { if current === life.worker { current = nil } }
      return current === life.worker
    }
    if served { waitUntil = clock.now.advanced(byMs: supervisor.policy.replacementMs) }
    defer { settleWaiting() }
    guard leaving == nil, !life.worker.isDismissed, let crash = life.worker.crash else { return }
    tell("a worker \(crash.sentence)")
    news(.crashed(crash, wasSpare: life.isSpare))
    if let answer = firstCreate {
      firstCreate = nil
      return answer.bring(vox_status(VOX_INTERNAL))
    }
    follow(wasSpare: life.isSpare, crash)
  }

  private func failedToStart(isSpare: Bool) {
    if let answer = firstCreate {
      firstCreate = nil
      return answer.bring(vox_status(VOX_INVALID))
    }
    follow(wasSpare: isSpare, nil)
  }

  private func follow(wasSpare: Bool, _ crash: Crash?) {
    let spare = crew.first { $0.standsBy && $0.phase == .ready && $0.worker.isAlive }
    switch supervisor.died(at: clock.now, wasSpare: wasSpare, hasSpare: spare != nil, random: &random) {
    case .promote:
      if let spare { promote(spare) }
    case .replaceSpare: hireSpare()
    case .restart:
      tellAccounts(VOX_ACCOUNT_DEGRADED, "its worker \(crash?.sentence ?? "could not be started"); another one is being started", crash)
      // The spare that is not ready yet will be so before any other.
      if let spare = crew.first(where: \.standsBy) { adopt(spare) } else { hire(isSpare: false) }
    case .quarantine(let until):
      news(.quarantined(until: until))
      let seconds = Int(until.ms(since: clock.now) / 1000)
      tell("its workers died \(supervisor.crashes) times; it is left alone for \(seconds) s")
      if current.withLock({ $0 }) == nil {
        if let spare { return promote(spare) }
        tellAccounts(VOX_ACCOUNT_FAILED, "its workers died too often; it is left alone for \(seconds) s", crash)
      }
    }
  }

  private func promote(_ spare: WorkerLife) {
    adopt(spare)
    news(.promoted)
    // Whoever comes meanwhile waits until its accounts are open.
    if manifest.inbound { openAccounts(spare) } else { serve(spare) }
    hireSpare()
  }

  /// The spare stands by no longer: what it has told of its accounts counts.
  private func adopt(_ spare: WorkerLife) {
    spare.isSpare = false
    for state in spare.accountStates.values { accountEvent(state, from: spare) }
  }

  private func restart() {
    if crew.contains(where: \.serves) { hireSpare() } else { hire(isSpare: false) }
  }

  /// - Parameter state: VOX_ACCOUNT_DEGRADED where sessions may be asked for all the same.
  private func tellAccounts(_ state: Int, _ reason: String, _ crash: Crash?) {
    guard let host else { return }
    let error = ProviderError(.crashed, reason, scope: .provider, code: crash?.code ?? "worker_start")
    for account in accounts.all {
      error.withVox {
        var event = vox_ev_account()
        event.h = Layout.head(vox_ev_account.self, .accountState, target: account.handle)
        event.state = UInt32(state)
        event.error = $0
        withUnsafePointer(to: &event) { event in
          event.withMemoryRebound(to: vox_event.self, capacity: 1) { _ = host.pointee.emit?(host.pointee.ctx, $0) }
        }
      }
    }
  }

  func dismissAll(_ done: Answer<Void>) {
    // Once more than needed: nobody ticks any longer who could tell that all are gone.
    guard library != nil else { return done.bring(()) }
    leaving = (clock.now.advanced(byMs: Self.leaveMs), done)
    for life in crew { life.worker.request(.destroy) { _ in life.worker.dismiss() } }
  }

  /// The operator lifts a quarantine.
  func clear() {
    thread.submit { [self] in if supervisor.clear(at: clock.now) == .restart { restart() } }
  }
}
