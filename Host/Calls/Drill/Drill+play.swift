// What a drilled provider does in place of what it really does.

import Base
import Loader
import Vox

extension Drill {
  /// What becomes of work that is about to be given to the provider.
  enum Beginning {
    case begins
    /// It stays as if its session were not ready.
    case waits
    case fails(ProviderError)
  }

  var beginning: Beginning {
    switch fault {
    case .blackHole: .waits
    case .refuse: .fails(error(.unavailable, scope: .session, "refused the connection"))
    case .auth: .fails(error(.auth, "says that the key is wrong (401)"))
    case .quota: .fails(error(.quota, "says that its credit is spent (402)"))
    case .rate: .fails(error(.rate, "was asked too often (429)"))
    case .unavailable: .fails(error(.unavailable, "is out of order (503)"))
    case .overloaded: .fails(error(.overloaded, "has no capacity (529)"))
    // Listening has no end at which it could be seen to have brought nothing.
    case .empty where role == .stt: .fails(error(.internal, scope: .session, "finished without any output"))
    case .silence, .cut, .empty, .garbage: .begins
    }
  }

  /// What becomes of an event of the provider.
  enum Passage {
    case passes, isKept
    case fails(ProviderError)
  }

  /// - Parameters:
  ///   - given: how many events of output have passed before.
  ///   - isOutput: the event is what was asked for.
  func passage(of event: ProviderEvent, after given: Int, isOutput: Bool) -> Passage {
    switch fault {
    case .silence: return .isKept
    case .empty: return event.kind == .completed ? .passes : .isKept
    case .garbage where isOutput || event.kind == .completed:
      return .fails(error(.internal, scope: .session, "broke the contract"))
    case .cut where event.kind == .completed || isOutput && given >= cutAfter:
      return .fails(error(.unavailable, scope: .session, "broke off in the middle", effects: .maybe))
    case .cut, .garbage, .refuse, .blackHole, .auth, .quota, .rate, .unavailable, .overloaded: return .passes
    }
  }

  /// A second word or token, half a second of sound in frames of 20 ms: the middle of what callers hear.
  private var cutAfter: Int {
    switch role {
    case .tts: 25
    case .llm: 3
    case .stt: 1
    case .tool, .telephony, .room: 0
    }
  }

  private func error(
    _ cls: ErrorClass, scope: ErrorScope = .account, _ what: String, effects: SideEffects = .none
  ) -> ProviderError {
    ProviderError(cls, "\(provider) \(what), as the drill wants it", scope: scope, effects: effects, code: "drill")
  }
}
