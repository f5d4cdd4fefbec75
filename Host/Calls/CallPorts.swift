// What the engine needs of the rest of the house, declared here and plugged in by the program.

public import Base
public import Failover
public import Journal
public import Loader
public import Media
public import Speech
public import Tenants
public import Vox

/// Everything a call is given; the same for all calls of a loop.
public struct CallPorts: Sendable {
  public let journal: any FactSink
  public let providers: any ProviderSource
  /// What all calls of the host have learned about providers.
  public internal(set) var availability: Availability
  /// The fault that is played to the call.
  var drill: Drill?
  /// Providers that failed are probed by the host (`Prober`), so that real work need not find out whether they are well again.
  var areProbed = false
  /// The chain of an agent as its tenant has it now; nil when neither has one any more, and the call keeps what it has.
  var chain: @Sendable (_ tenant: String, _ agent: String, Role) -> Chain? = { _, _, _ in nil }
  /// A voice detector for lines of a rate (Hz) of calls on a loop.
  public let voiceDetector: @Sendable (Int, CallLoop) -> any VoiceDetector
  /// What all calls of the host have learned about the loudness of voices.
  public var voiceLevels = VoiceLevels()
  /// Lines that were spoken before, for the next caller; nil has each spoken anew.
  public var sounds: AudioCache?
  /// The local time of a time zone, RFC 3339 with offset, at a wall time in milliseconds since 1970.
  public let localTime: @Sendable (_ zone: String, _ wallMs: UInt64) -> String
  /// What the recogniser of an agent is told to expect: settings laid over the STT session's, under "vocabulary".
  public let vocabulary: @Sendable (_ tenant: String, _ agent: String) -> Vocabulary?

  /// The sound of a line of last resort, at a rate; nil: none was made.
  public let recorded: @Sendable (_ line: Chain.Line, _ tenant: String, _ agent: String, _ rate: Int) -> Recorded?
  /// Keeps what a caller left as a message, samples at a rate. Called on the call's loop; it must not wait for a disk.
  public let keepMessage: @Sendable (_ call: CallID, _ samples: [Int16], _ rate: Int) -> Void

  public init(
    journal: any FactSink, providers: any ProviderSource, availability: Availability,
    voiceDetector: @escaping @Sendable (Int, CallLoop) -> any VoiceDetector,
    localTime: @escaping @Sendable (_ zone: String, _ wallMs: UInt64) -> String,
    vocabulary: @escaping @Sendable (_ tenant: String, _ agent: String) -> Vocabulary?,
    recorded: @escaping @Sendable (_ line: Chain.Line, _ tenant: String, _ agent: String, _ rate: Int) -> Recorded? = { _, _, _, _ in nil },
    keepMessage: @escaping @Sendable (_ call: CallID, _ samples: [Int16], _ rate: Int) -> Void = { _, _, _ in }, areProbed: Bool = false
  ) {
    self.areProbed = areProbed
    self.recorded = recorded
    self.keepMessage = keepMessage
    self.journal = journal
    self.providers = providers
    self.availability = availability
    self.voiceDetector = voiceDetector
    self.localTime = localTime
    self.vocabulary = vocabulary
  }
}

extension CallPorts {
  /// The ports of a call to which a fault is played: what it learns of providers is for itself alone, since none of it is true.
  func drilled(_ drill: Drill) -> CallPorts {
    var ports = self
    ports.availability = Availability(copyOf: availability)
    ports.drill = drill
    // What would be played from there would not meet the fault.
    ports.sounds = nil
    return ports
  }

  /// The places of a chain as they stand at this moment.
  func candidates(of chain: Chain, for role: Role) -> [Candidate] {
    chain.candidates(for: role, providers, areProbed: areProbed)
  }
}

extension Chain {
  /// Its places as `Failover` sees them, with what the providers' files declare.
  /// - Parameter areProbed: the host has a `Prober`. What a tool does cannot be tried out, so tools have none.
  public func candidates(for role: Role, _ providers: any ProviderSource, areProbed: Bool = false) -> [Candidate] {
    links.enumerated().map { position, link in
      let provider = providers.provider(link.provider)
      let declared = provider?.declared ?? ProviderFile.Declared()
      return Candidate(
        position: position,
        account: Account(provider: link.provider, key: "\(link.provider)/\(role.name)", isProbed: areProbed && role != .tool),
        deadlines: deadlines(of: link, for: role), availability: provider.map { $0.availability(for: role) } ?? .missing,
        regions: declared.regions, agreements: declared.agreements, price: declared.price,
        honoursKeys: role == .tool && provider?.traits(role)?.bool("idempotency") ?? false)
    }
  }
}

extension Provider {
  fileprivate func availability(for role: Role) -> Candidate.Availability {
    guard serves(role) else { return .lacksRole(role.name) }
    return isRetiring ? .draining : .available
  }
}
