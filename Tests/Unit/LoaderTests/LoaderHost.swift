// A host without calls: loop, lane and registry in virtual time, and a record of what accounts and sessions said.

import Base
import Loader
import PluginABI
import Vox

/// Loads plugins and runs their sessions on the thread of the test.
final class LoaderHost {
  let clock = VirtualClock()
  let loop: CallLoop
  let table: SessionTable
  let lane: SteppedLane
  let front = Front()
  let registry: Registry

  /// - Parameter secrets: what references to secrets lead to.
  init(secrets: [String: String] = [:]) {
    loop = CallLoop(index: 0, clock: clock)
    table = SessionTable(loop: loop)
    let lane = SteppedLane(clock: clock)
    self.lane = lane
    registry = Registry(
      context: HostContext(clock: clock, tables: [table]), owner: front, makeLane: { _ in lane },
      resolveSecret: { reference throws(ProviderError) in
        guard let secret = secrets[reference] else { throw ProviderError(.auth, "\(reference) is not set") }
        return secret
      })
  }

  /// Does what is due now; answers when the next thing is.
  @discardableResult
  func settle() -> Instant {
    while true {
      while lane.step() {}
      let due = loop.turn()
      if loop.isIdle, lane.next > clock.now { return min(due, lane.next) }
    }
  }

  func run(ms: Int) {
    let end = clock.now.advanced(byMs: ms)
    while clock.now < end { clock.move(to: min(settle(), end)) }
    settle()
  }

  /// What became of the file of that name: `loaded`, `disabled`, or the code and sentence of the refusal.
  func outcome(_ name: String) -> (code: String, sentence: String)? {
    registry.listings.first { $0.file.name == name }.map {
      switch $0.outcome {
      case .loaded: ("loaded", "")
      case .disabled: ("disabled", "")
      case .refused(let error): (error.code, error.message)
      }
    }
  }

  /// Nothing is left of any session.
  var isAtBaseline: Bool {
    table.liveSessions == 0 && table.liveOps == 0 && loop.pendingTimers == 0 && registry.providers.allSatisfy { $0.openSessions == 0 }
  }
}

/// Hears what accounts say.
final class Front: AccountOwner, @unchecked Sendable {
  var offers: [JSONValue] = []
  var withdrawn: [String] = []
  var states: [Provider.AccountState] = []
  var lines: [String] = []

  func provider(_ provider: Provider, offers call: JSONValue) { offers.append(call) }
  func provider(_ provider: Provider, withdrawsOffer id: String) { withdrawn.append(id) }
  func provider(_ provider: Provider, accountIs state: Provider.AccountState) { states.append(state) }
  func provider(_ provider: Provider, logs text: String, level: Int32) { lines.append(text) }
}

/// Hears what a session says.
final class Ear: SessionOwner {
  var isReady = false
  var error: ProviderError?
  var kinds: [EventKind] = []
  var errors: [ProviderError] = []
  var texts: [String] = []
  var samples = 0
  var usage: [UInt64] = []
  var isClosed = false
  var onReady: (ProviderSession) -> Void = { _ in }

  var terminals: [EventKind] { kinds.filter(\.isTerminal) }

  func sessionReady(_ session: ProviderSession) {
    isReady = true
    onReady(session)
  }

  func session(_ session: ProviderSession, failed error: ProviderError) { self.error = error }

  func session(_ session: ProviderSession, event: ProviderEvent) {
    kinds.append(event.kind)
    if let error = session.failure(event) { errors.append(error) }
    if event.kind == .text, let text = event.text { texts.append(text.text.string) }
    if let usage = event.usage { self.usage.append(usage.amount) }
    if let audio = event.audio {
      samples += Int(audio.count)
      if let op = event.op { session.consumed(op, samples: Int(audio.count)) }
    }
  }

  func sessionClosed(_ session: ProviderSession) { isClosed = true }
}
