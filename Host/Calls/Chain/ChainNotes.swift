// What the chains of a call report, on its way to the call.

import Base
import Failover
import Journal
import Loader
import Vox

/// Hands on what happens to the chains of one call, so that they need not know it.
final class ChainNotes: RoleChainOwner {
  weak var call: Call?

  func chain(_ chain: RoleChain, ready session: ProviderSession) {
    guard chain.role != .tool else { return }
    let openedMs = (session.readyAt ?? session.openedAt).ms(since: session.openedAt)
    call?.write(.sessionOpened(Fact.SessionOpened(role: chain.role.name, provider: session.provider.name, ms: openedMs)))
  }

  func chain(_ chain: RoleChain, lost error: ProviderError) {
    switch chain.role {
    case .llm: call?.thinkerLost(error)
    case .tts: call?.speakerFailed(error)
    default: break
    }
  }

  func chain(_ chain: RoleChain, attempt: Attempt) { call?.note(attempt) }

  func chain(_ chain: RoleChain, changed change: Health.Change) {
    call?.writeAboutHost(Fact(change, role: chain.role, at: chain.loop.now))
  }

  func chainClosed(_ chain: RoleChain) { call?.endWhenClosed() }
}
