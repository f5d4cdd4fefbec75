// A plugin that does what a test tells it: every role, scripted by the world's stage.

import PluginABI
import PluginKit
import Vox

let puppet = PluginDefinition(
  manifest: #"""
    {"id": "puppet", "name": "Puppet", "version": "1", "inbound": true,
     "settings": {"type": "object", "properties": {"stage": {"type": "string"}}, "required": ["stage"]},
     "roles": {
       "vox.telephony/0": {"rates": [8000, 16000], "lead_ms": 40, "clear": true, "played": "exact", "captions": true,
                           "transfer": ["blind"]},
       "vox.stt/0": {"rates_in": [8000, 16000], "interim": true, "flush": true, "expect": true, "confidence": true},
       "vox.llm/0": {"tools": true},
       "vox.tts/0": {"rates_out": [8000, 16000], "word_times": "word", "ops": 2, "normalises_text": true},
       "vox.tool/0": {}}}
    """#
) { _, settings in
  guard let stage = settings["stage"]?.string.flatMap(Stage.find) else { throw ProviderError(.invalid, "no such stage") }
  return PuppetProvider(stage)
}

/// What a library of the puppet would export.
let puppetEntry: @convention(c) (UInt32, UInt32, UnsafeMutablePointer<vox_view>) -> UnsafeRawPointer? = { puppet.entry($0, $1, $2) }

private final class PuppetProvider: Provider {
  private let stage: Stage
  init(_ stage: Stage) { self.stage = stage }
  func open(_ account: AccountPort) throws -> any Account {
    account.ready(traits: [
      "rates": .array((stage.lineRates ?? [stage.rate]).map { .int(Int64($0)) }), "rates_in": [.int(Int64(stage.earsRate ?? stage.rate))],
      "rates_out": [.int(Int64(stage.voiceRate ?? stage.rate))],
    ])
    return PuppetAccount(stage, account)
  }
}

private final class PuppetAccount: Account {
  private let stage: Stage
  private let name: String
  private var sessions: [Weak] = []
  private struct Weak { weak var session: PuppetSession? }

  init(_ stage: Stage, _ port: AccountPort) {
    self.stage = stage
    name = port.id
    if port.id == "line" {
      stage.dropOffer = { port.offerGone(id: $0) }
      stage.openLine = { to in
        stage.offers += 1
        let caller = Caller(offer: "offer-\(stage.offers)", stage: stage)
        stage.callers[caller.offer] = caller
        port.offer(id: caller.offer, from: "+41791234567", to: to, rate: stage.lineRates == nil ? 0 : stage.rate)
      }
    }
  }

  func open(_ port: SessionPort) throws -> any Session {
    stage.opened.append(name)
    if case .throwing(let error) = stage.opening(name, port.role) { throw error }
    let session: any Session & PuppetSession =
      switch port.role {
      case .telephony: PuppetLine(stage, name, port)
      case .stt: PuppetEars(stage, name, port)
      case .llm: PuppetMind(stage, name, port)
      case .tts: PuppetVoice(stage, name, port)
      case .tool: PuppetHands(stage, name, port)
      case .room: throw ProviderError(.invalid, "no rooms", code: "no_role")
      }
    sessions.removeAll { $0.session == nil }
    sessions.append(Weak(session: session))
    return session
  }

  func close() {
    if sessions.contains(where: { $0.session != nil }) { stage.closedTooEarly += 1 }
  }
}

/// What all puppets share: opening as the script says, and doing things later on the host's own timers.
class PuppetSession {
  let stage: Stage
  /// The provider's.
  let name: String
  let port: SessionPort
  private var errands: [UInt64: () -> Void] = [:]
  private var lastToken: UInt64 = 0

  init(_ stage: Stage, _ name: String, _ port: SessionPort) {
    self.stage = stage
    self.name = name
    self.port = port
    let traits = (stage.traits[port.role] ?? .object([:])).merging(stage.traitsOf[name] ?? .object([:]))
    switch stage.opening(name, port.role) {
    case .ready(0): port.ready(traits: traits)
    case .ready(let ms): after(ms) { port.ready(traits: traits) }
    case .failing(0, let error): port.failed(error)
    case .failing(let ms, let error): after(ms) { port.failed(error) }
    case .lost(let ms, let error):
      port.ready(traits: traits)
      after(ms) { port.failed(error) }
    case .throwing, .mute: break
    }
  }

  var now: UInt64 { port.host.now }

  func after(_ ms: Int, _ body: @escaping () -> Void) { at(now + UInt64(ms) * 1_000_000, body) }

  func at(_ moment: UInt64, _ body: @escaping () -> Void) {
    lastToken += 1
    errands[lastToken] = body
    port.timer(token: lastToken, at: moment)
  }

  func timer(token: UInt64) { errands.removeValue(forKey: token)?() }

  func close(_ port: SessionPort, reason: Reason) {
    errands = [:]
    port.closed()
  }
}
