// Keeps a long call within what the model can take: what was said at its beginning is summarised between two turns.

import Base
import Loader
import PluginABI
import Speech
import Vox

/// Owns the budget of a call's context and asks the chain of models for summaries. On the call's loop.
final class Summariser: WorkRunOwner {
  /// More is not sent even to a model that could take it: every turn would be slower and cost more, and a call seldom has it.
  private static let maxWindow = 32_000
  /// The next turns do not wait for it, so it may take its time; a model that takes longer has better things to do.
  private static let limitMs = 30_000

  private let chain: RoleChain
  private var budget = ContextBudget(ContextBudget.Limits(window: maxWindow))
  private var run: WorkRun?
  private var request: ContextBudget.Request?
  private var text = ""

  init(chain: RoleChain) { self.chain = chain }

  /// The messages as the model of a session can take them.
  func fit(_ messages: [ChatMessage], tools: [ToolDescription], for session: ProviderSession) -> [ChatMessage] {
    budget.fit(messages, tools: tools, window: Self.window(of: session)).messages
  }

  /// A turn is over: a summary is asked for when room becomes scarce for the model that serves.
  func turnEnded(_ turn: Int, _ context: ChatContext, tools: [ToolDescription]) {
    guard run == nil, let session = chain.current else { return }
    let messages = context.messages(for: session.provider.manifest.id)
    guard let request = budget.turnEnded(messages, tools: tools, window: Self.window(of: session)) else { return }
    self.request = request
    text = ""
    let size = request.messages.reduce(0) { $0 + $1.text.utf8.count } / 4
    let run = WorkRun(chain.work(overallMs: Self.limitMs, thousandths: size), name: "summarise", turn: turn, over: chain, owner: self)
    self.run = run
    run.begin()
  }

  private static func window(of session: ProviderSession) -> Int? { session.traits.int("context_tokens") }

  // MARK: From the models

  func run(_ run: WorkRun, beginOn session: ProviderSession) -> OpID? {
    guard run === self.run, let request else { return nil }
    let body = ChatRequest(messages: request.messages, maxTokens: request.maxTokens).text
    return session.start(OpKind.chat, body: body, deadline: chain.loop.now.advanced(byMs: Self.limitMs))
  }

  func run(_ run: WorkRun, isOutput event: ProviderEvent) -> Bool { event.kind == .text && event.text.map { $0.text.len > 0 } ?? false }

  func run(_ run: WorkRun, event: ProviderEvent, from session: ProviderSession) {
    // What is longer than a summary may be is cut to size in the end; this bounds a model that never stops.
    guard run === self.run, event.kind == .text, text.utf8.count < 64_000, let more = event.text?.text.string else { return }
    text += more
  }

  /// Another model begins anew: half a summary is none.
  func run(_ run: WorkRun, lost session: ProviderSession, _ error: ProviderError) { if run === self.run { text = "" } }

  func run(_ run: WorkRun, finishedBy session: ProviderSession, result: JSONValue) {
    guard run === self.run else { return }
    self.run = nil
    budget.summaryCame(text)
  }

  func run(_ run: WorkRun, exhausted error: ProviderError) {
    guard run === self.run else { return }
    self.run = nil
    budget.summaryFailed()
  }
}
