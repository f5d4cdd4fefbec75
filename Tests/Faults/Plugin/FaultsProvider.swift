// From plugin to session: an account counts its work, a session serves one call in one role.

import PluginKit
import Vox

final class FaultsProvider: Provider {
  private let settings: JSONValue

  init(_ host: Host, _ settings: JSONValue) { self.settings = settings }

  func open(_ port: AccountPort) -> any Account {
    let settings = FaultSettings(settings.merging(port.settings))
    port.ready(traits: ["idempotency": .bool(settings.keepsKeys), "prefill": .bool(settings.resume != .asked)])
    return FaultsAccount(port.id)
  }
}

final class FaultsAccount: Account {
  private let id: String
  private let budget = FaultBudget()

  init(_ id: String) { self.id = id }

  func open(_ port: SessionPort) throws -> any Session {
    let bench = Bench(port, FaultSettings(port.settings), budget, account: id)
    bench.connect()
    return switch port.role {
    case .stt: FaultyRecogniser(bench)
    case .llm: FaultyModel(bench)
    case .tts: FaultyVoice(bench)
    case .tool: FaultyTool(bench)
    case .telephony, .room: throw ProviderError(.invalid, "Faults has no lines and no rooms.", code: "no_role")
    }
  }
}
