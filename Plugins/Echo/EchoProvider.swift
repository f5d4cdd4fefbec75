// From plugin to session: the host makes a provider, opens an account on it, and on that a session per call and role.

import PluginKit
import Vox

/// The plugin as the operator configured it. A vendor's plugin would check its settings here, and throw a sentence if they are wrong.
final class EchoProvider: Provider {
  func open(_ port: AccountPort) -> any Account {
    port.ready()  // A vendor's plugin would first try the credential in `port.secrets`, and report later.
    return EchoAccount()
  }
}

/// The provider with one credential; Echo needs none.
final class EchoAccount: Account {
  func open(_ port: SessionPort) throws -> any Session {
    let session: any Session =
      switch port.role {
      case .stt: EchoRecogniser(port)
      case .llm: EchoModel(port)
      case .tts: EchoVoice(port)
      case .tool: EchoTool()
      case .telephony: EchoLine(port)
      case .room: throw ProviderError(.invalid, "Echo has no rooms.", code: "no_role")
      }
    port.ready()
    return session
  }
}

/// The answer to a kind of op that the role does not have. Thrown from `start`, it fails that op and nothing else.
func unknown(_ request: Request) -> ProviderError {
  ProviderError(.invalid, "Echo does not know op kind \(request.kind) in this role.", code: "unknown_op")
}

/// A setting in milliseconds. The host has checked it against our schema; the bounds hold whoever calls.
func milliseconds(_ name: String, in settings: JSONValue, default standard: Int) -> Int {
  min(max(settings[name]?.int ?? standard, 0), 60_000)
}
