// One tiny piece of work that shows whether a provider is well.

import Base
import Journal
import Loader
import PluginABI
import Vox

/// Asks for `PROBE`. A plugin that does not know it is given the least work its role has: one token, one word; that a recogniser's
/// connection stands is all that can be learned without speech.
final class Probe: SessionOwner {
  let role: Role
  let startedAt: Instant
  private(set) var readyAt: Instant?
  private var record: Attempt
  private let done: (Probe, ProviderError?) -> Void
  private var session: ProviderSession?
  private var asked: UInt16 = 0
  private var hasEnded = false

  /// A model that is loaded into memory for this may take its time; the breaker holds the place for a minute.
  private static let limitMs = 20_000

  /// - Parameter done: called once, on the loop; nil means that the provider is well.
  init(_ role: Role, of provider: Provider, _ now: Instant, done: @escaping (Probe, ProviderError?) -> Void) {
    self.role = role
    self.done = done
    startedAt = now
    record = Attempt(role, provider.name, "probe", turn: 0, kind: .probe, price: provider.declared.price, startedAt: now)
  }

  /// What it consumed.
  var units: [Units] { record.units }
  var cost: Cost? { record.cost }

  func run(_ provider: Provider, on table: SessionTable) {
    session = Registry.open(
      provider, role, rate: 16_000, flags: UInt16(VOX_OPEN_CONTROL), connectMs: Self.limitMs, on: table, owner: self)
  }

  func sessionReady(_ session: ProviderSession) {
    readyAt = session.loop.now
    ask(OpKind.probe, of: session)
  }

  private func ask(_ kind: UInt16, text: String = "", body: String = "{}", of session: ProviderSession) {
    asked = kind
    if session.start(kind, text: text, body: body, deadline: startedAt.advanced(byMs: Self.limitMs)) == nil {
      end(ProviderError(.internal, "\(session.provider.name) takes no work", scope: .session, code: "start_refused"))
    }
  }

  /// The least work of the role, for plugins without `PROBE`.
  private func askForLittle(_ session: ProviderSession) {
    switch role {
    case .llm:
      let body = #"{"messages":[{"role":"user","parts":[{"type":"text","text":"Say yes."}]}],"tools":[],"max_tokens":1}"#
      ask(OpKind.chat, body: body, of: session)
    case .tts: ask(OpKind.say, text: "Yes.", of: session)
    case .stt, .tool, .telephony, .room: end(nil)
    }
  }

  func session(_ session: ProviderSession, failed error: ProviderError) { end(error) }

  func session(_ session: ProviderSession, event: ProviderEvent) {
    if event.kind == .usage, let usage = event.usage { record.note(usage) }
    if event.kind == .ttsAudio, let op = event.op { session.consumed(op, samples: Int(event.audio?.count ?? 0)) }
    switch event.kind {
    case .completed: end(nil)
    case .failed:
      let error = session.failure(event) ?? ProviderError(.internal, "\(session.provider.name) failed without saying why")
      asked == OpKind.probe && (error.cls == .invalid || error.code == "start_refused") ? askForLittle(session) : end(error)
    case .cancelled: end(ProviderError(.internal, "\(session.provider.name) gave up the probe", code: "gave_up"))
    default: break
    }
  }

  private func end(_ error: ProviderError?) {
    guard !hasEnded else { return }
    hasEnded = true
    session?.close(.policy)
    done(self, error)
  }
}
