// What the operator wants of a provider's workers.

/// How a worker is started and kept. One value per provider.
public struct WorkerOrder: Sendable {
  /// The limits of one process.
  public struct Limits: Sendable, Hashable {
    /// Private writable memory. An embedded recogniser with its model needs about 300 MiB.
    public var memoryBytes: UInt64 = 1 << 30
    public var files: UInt64 = 256
    /// Threads of the whole process. Held to where it has a user namespace of its own.
    public var threads: UInt64 = 64
    /// A function of a session that takes so long hangs. Its budget is 1 ms (`vox/session.h`).
    public var sessionCallMs = 1000
    /// A function of the provider that takes so long hangs. Its budget is 100 ms, but engines load models in `create`.
    public var providerCallMs = 10_000
    /// A process that answers nothing for so long hangs.
    public var silenceMs = 1000

    public init() {}
  }

  /// The program to run, normally this one, and what makes it a worker.
  public var program: String
  public var arguments: [String]
  /// The library as the operator named it, for sentences and for the libraries beside it.
  public var libraryPath: String
  /// The Debian package that brings what the library needs, for the sentence; empty = not known.
  public var package = ""
  public var limits = Limits()
  public var sandbox = Sandbox()
  /// Ready workers kept beside the one that serves: 0 or 1.
  public var spares = 0

  public init(program: String, arguments: [String] = ["worker"], libraryPath: String) {
    self.program = program
    self.arguments = arguments
    self.libraryPath = libraryPath
  }
}
