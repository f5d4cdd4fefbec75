// A fact read back from the JSON of its payload.

import FoundationEssentials

extension Fact {
  /// Reads the payload of a fact of `kind` from its JSON.
  /// - Throws: `DecodingError` when a member is missing or of another type.
  init(_ kind: Kind, json: Data, by decoder: JSONDecoder) throws {
    func read<P: FactPayload>(_ type: P.Type = P.self) throws -> P { try decoder.decode(type, from: json) }
    switch kind {
    case .callOffered: self = .callOffered(try read())
    case .callAnswered: self = .callAnswered(try read())
    case .dtmf: self = .dtmf(try read())
    case .transfer: self = .transfer(try read())
    case .messageTaken: self = .messageTaken(try read())
    case .callEnded: self = .callEnded(try read())
    case .speechStarted: self = .speechStarted(try read())
    case .speechEnded: self = .speechEnded(try read())
    case .heard: self = .heard(try read())
    case .turnStarted: self = .turnStarted(try read())
    case .turnEnded: self = .turnEnded(try read())
    case .agentSaid: self = .agentSaid(try read())
    case .interruption: self = .interruption(try read())
    case .preemptive: self = .preemptive(try read())
    case .sessionOpened: self = .sessionOpened(try read())
    case .attempt: self = .attempt(try read())
    case .toolCalled: self = .toolCalled(try read())
    case .usage: self = .usage(try read())
    case .hostStarted: self = .hostStarted(try read())
    case .hostStopped: self = .hostStopped(try read())
    case .providerLoaded: self = .providerLoaded(try read())
    case .providerRefused: self = .providerRefused(try read())
    case .providerFailed: self = .providerFailed(try read())
    case .providerEjected: self = .providerEjected(try read())
    case .providerRecovered: self = .providerRecovered(try read())
    case .configurationRefused: self = .configurationRefused(try read())
    case .factsLost: self = .factsLost(try read())
    }
  }
}
