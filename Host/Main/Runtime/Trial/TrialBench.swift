// The roles of a provider, tried one after the other.

import Base
import Failover
import Loader
import PluginABI
import Synchronization
import Vox

/// Waits for the account, then tries each role. Lives on its loop, but for what an account tells.
final class TrialBench: AccountOwner, TimerTarget, @unchecked Sendable {
  private let table: SessionTable
  private let question: UInt16?
  private let price: Price?
  private let log: @Sendable (String) -> Void
  private var roles: ArraySlice<Role>
  private var work: TrialWork?
  private var timer: TimerID?
  private(set) var results: [TrialResult] = []
  /// Why nothing could be tried.
  private(set) var failure: ProviderError?

  init(_ roles: [Role], question: UInt16?, price: Price?, table: SessionTable, log: @escaping @Sendable (String) -> Void) {
    self.roles = roles[...]
    self.question = question
    self.price = price
    self.table = table
    self.log = log
  }

  /// Before the loop runs.
  func begin() { timer = table.loop.timer(self, token: 0, at: table.loop.now.advanced(byMs: Trial.accountMs)) }

  func timerFired(token: UInt64) {
    end(ProviderError(.timeout, "the account said nothing within \(Trial.accountMs / 1000) s", scope: .account, code: "account_silent"))
  }

  // MARK: On the provider's lane

  func provider(_ provider: Provider, accountIs state: Provider.AccountState) {
    table.loop.submit { [self] in
      switch state {
      case .opening, .closed: break
      case .ready, .degraded: if work == nil { next(provider) }
      case .needsAuthorization: end(ProviderError(.auth, "it needs to be authorised first", scope: .account, code: "needs_authorization"))
      case .failed(let error): if work == nil { end(error) }
      }
    }
  }

  func provider(_ provider: Provider, offers call: JSONValue) {}
  func provider(_ provider: Provider, withdrawsOffer id: String) {}

  func provider(_ provider: Provider, logs text: String, level: Int32) {
    if level <= Int32(VOX_LOG_WARNING) { log(text) }
  }

  // MARK: On the loop

  private func next(_ provider: Provider) {
    table.loop.cancel(timer)
    guard let role = roles.popFirst() else { return table.loop.stop() }
    let work = TrialWork(role, question: question, table) { [self] result in
      var result = result
      result.cost = price?.cost(of: result.units.mapValues(\.amount))
      results.append(result)
      // Later in the same turn, so that it is not freed from within its own function.
      table.loop.submit { [self] in next(provider) }
    }
    self.work = work
    work.begin(provider)
  }

  private func end(_ error: ProviderError) {
    failure = error
    table.loop.cancel(timer)
    table.loop.stop()
  }
}
