// Everything that can happen, as one closed enum.

/// Everything the journal can hold; a closed list. A case's name is its key on disk and never changes its meaning: a fact with
/// another meaning is another case. Members may be added to a payload when they are optional; unknown ones are ignored.
public enum Fact: Equatable, Sendable {
  case callOffered(CallOffered)
  case callAnswered(CallAnswered)
  case dtmf(DTMF)
  case transfer(Transfer)
  case messageTaken(MessageTaken)
  case callEnded(CallEnded)
  case speechStarted(SpeechStarted)
  case speechEnded(SpeechEnded)
  case heard(Heard)
  case turnStarted(TurnStarted)
  case turnEnded(TurnEnded)
  case agentSaid(AgentSaid)
  case interruption(Interruption)
  case preemptive(Preemptive)
  case sessionOpened(SessionOpened)
  case attempt(Attempt)
  case toolCalled(ToolCalled)
  case usage(Usage)
  case hostStarted(HostStarted)
  case hostStopped(HostStopped)
  case providerLoaded(ProviderLoaded)
  case providerRefused(ProviderRefused)
  case providerFailed(ProviderFailed)
  case providerEjected(ProviderEjected)
  case providerRecovered(ProviderRecovered)
  case configurationRefused(ConfigurationRefused)
  case factsLost(FactsLost)

  /// The name of a case, as it stands on disk.
  public enum Kind: String, CaseIterable, Codable, Sendable {
    case callOffered, callAnswered, dtmf, transfer, messageTaken, callEnded, speechStarted, speechEnded, heard
    case turnStarted, turnEnded, agentSaid, interruption, preemptive, sessionOpened, attempt, toolCalled, usage
    case hostStarted, hostStopped, providerLoaded, providerRefused, providerFailed, providerEjected, providerRecovered
    case configurationRefused, factsLost
  }

  public var kind: Kind { type(of: payload).kind }

  /// What the case carries.
  public var payload: any FactPayload {
    switch self {
    case .callOffered(let fact): fact
    case .callAnswered(let fact): fact
    case .dtmf(let fact): fact
    case .transfer(let fact): fact
    case .messageTaken(let fact): fact
    case .callEnded(let fact): fact
    case .speechStarted(let fact): fact
    case .speechEnded(let fact): fact
    case .heard(let fact): fact
    case .turnStarted(let fact): fact
    case .turnEnded(let fact): fact
    case .agentSaid(let fact): fact
    case .interruption(let fact): fact
    case .preemptive(let fact): fact
    case .sessionOpened(let fact): fact
    case .attempt(let fact): fact
    case .toolCalled(let fact): fact
    case .usage(let fact): fact
    case .hostStarted(let fact): fact
    case .hostStopped(let fact): fact
    case .providerLoaded(let fact): fact
    case .providerRefused(let fact): fact
    case .providerFailed(let fact): fact
    case .providerEjected(let fact): fact
    case .providerRecovered(let fact): fact
    case .configurationRefused(let fact): fact
    case .factsLost(let fact): fact
    }
  }
}

/// What one kind of fact carries.
public protocol FactPayload: Codable, Equatable, Sendable {
  static var kind: Fact.Kind { get }
}
