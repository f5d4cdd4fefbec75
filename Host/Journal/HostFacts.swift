// The facts of the host itself: start and stop, providers, configuration, its own losses.

public import Base

extension Fact {
  /// The host is ready. Calls without an end before this fact ended when the host died.
  public struct HostStarted: FactPayload {
    public static let kind = Fact.Kind.hostStarted
    public var version: String
    public var pid: Int
    public var providers: Int
    /// From the start of the process to readiness.
    public var ms: Double

    public init(version: String, pid: Int, providers: Int, ms: Double) {
      self.version = version
      self.pid = pid
      self.providers = providers
      self.ms = ms
    }
  }

  /// The host has stopped in order.
  public struct HostStopped: FactPayload {
    public static let kind = Fact.Kind.hostStopped
    /// A signal, a command, or the problem that ended it.
    public var reason: String

    public init(reason: String) {
      self.reason = reason
    }
  }

  /// A provider may be used from now on.
  public struct ProviderLoaded: FactPayload {
    public static let kind = Fact.Kind.providerLoaded
    public var provider: String
    public var plugin: String
    public var version: String
    /// The words for them: stt, llm, tts, ...
    public var roles: [String]
    /// What loading took.
    public var ms: Double
    /// How often the provider has been replaced since the host started; 1 is the first.
    public var generation: Int

    public init(provider: String, plugin: String, version: String, roles: [String], ms: Double, generation: Int = 1) {
      self.generation = generation
      self.provider = provider
      self.plugin = plugin
      self.version = version
      self.roles = roles
      self.ms = ms
    }
  }

  /// A provider was not taken into service; the host runs on without it.
  public struct ProviderRefused: FactPayload {
    public static let kind = Fact.Kind.providerRefused
    /// Its name, or the file when it has none.
    public var provider: String
    /// A sentence: which file, what was expected, what to do.
    public var reason: String

    public init(provider: String, reason: String) {
      self.provider = provider
      self.reason = reason
    }
  }

  /// A provider in service reported or met a failure of its account or process, outside any one piece of work.
  public struct ProviderFailed: FactPayload {
    public static let kind = Fact.Kind.providerFailed
    public var provider: String
    public var problem: Problem

    public init(provider: String, problem: Problem) {
      self.provider = provider
      self.problem = problem
    }
  }

  /// An account of a provider, or the provider as a whole, was taken out of every chain for a while.
  public struct ProviderEjected: FactPayload {
    public static let kind = Fact.Kind.providerEjected
    public var provider: String
    public var role: String
    /// All accounts of the provider, not only one.
    public var wholeProvider: Bool
    public var cause: Problem.Class
    /// How long until it may be tried again.
    public var forMs: Double

    public init(provider: String, role: String, wholeProvider: Bool, cause: Problem.Class, forMs: Double) {
      self.provider = provider
      self.role = role
      self.wholeProvider = wholeProvider
      self.cause = cause
      self.forMs = forMs
    }
  }

  /// A provider that had been taken out serves again.
  public struct ProviderRecovered: FactPayload {
    public static let kind = Fact.Kind.providerRecovered
    public var provider: String
    public var role: String

    public init(provider: String, role: String) {
      self.provider = provider
      self.role = role
    }
  }

  /// A configuration file was not taken; what stood before goes on.
  public struct ConfigurationRefused: FactPayload {
    public static let kind = Fact.Kind.configurationRefused
    public var file: String
    /// Each a sentence with line and field.
    public var problems: [String]

    public init(file: String, problems: [String]) {
      self.file = file
      self.problems = problems
    }
  }

  /// Facts were refused because the disk was away for longer than memory could bridge. Written as soon as it is back.
  public struct FactsLost: FactPayload {
    public static let kind = Fact.Kind.factsLost
    public var count: UInt64
    public var firstWallMs: UInt64
    public var lastWallMs: UInt64

    public init(count: UInt64, firstWallMs: UInt64, lastWallMs: UInt64) {
      self.count = count
      self.firstWallMs = firstWallMs
      self.lastWallMs = lastWallMs
    }
  }
}
