// The operator's word about one provider: one file in plugins.d.

public import Failover
public import Vox

/// What `plugins.d/NAME.yaml` says.
public struct ProviderFile: Sendable, Hashable {
  /// How a provider's plugin runs.
  public enum Isolation: String, Sendable, CaseIterable {
    case inProcess = "in-process"
    case worker
  }

  /// The name of the provider; equals the file's.
  public var name: String
  /// Where it was read.
  public var path: String
  /// The library, absolute or relative to the plugin folder.
  public var library: String
  public var enabled: Bool
  /// Why it is not enabled although nobody switched it off: the secrets that are not there, a sentence each.
  public var lacks: [String] = []
  public var isolation: Isolation
  public var settings: JSONValue
  /// References to secrets by name, such as `env:DEEPGRAM_API_KEY`; never the secrets themselves.
  public var secrets: [String: String]
  /// Paths at the root of the HTTP server that the plugin may serve.
  public var publicRoutes: [String]
  /// The Debian package that brings what the library needs; empty = not known.
  public var package: String
  /// What the operator vouches for, for the rules of chains.
  public var declared: Declared

  /// How its worker processes are kept.
  public var workers = Workers()
  /// What the library must be; empty = not asked for. SHA-256 of the file, and an Ed25519 signature over it, in hexadecimal digits.
  public var sha256 = ""
  public var signature = ""

  /// How it reaches its vendor.
  public var egress = Egress()

  /// What the operator says about connections that go out.
  public struct Egress: Sendable, Hashable {
    /// Hosts beside those of the manifest, as `api.example.com`, `*.example.com` or `http://10.0.0.5:8000`.
    public var hosts: [String] = []
    /// A PEM file of certificates to trust instead of the system's; empty = the system's.
    public var caFile = ""
    /// As `http://host:port`; empty = none.
    public var proxy = ""
    /// A file that its traffic is recorded to, or told from instead of the network; empty = neither.
    public var record = ""
    public var replay = ""

    public init() {}
  }

  /// Facts about a provider that no plugin can know.
  public struct Declared: Sendable, Hashable {
    /// Where it processes what it is given: words of the operator's choice, such as `eu`.
    public var regions: Set<String> = []
    /// Agreements the operator has with it, such as `dpa` or `baa`.
    public var agreements: Set<String> = []
    /// What it charges.
    public var price: Price?

    public init() {}
  }

  public init(
    name: String, path: String, library: String, enabled: Bool = true, isolation: Isolation = .inProcess,
    settings: JSONValue = .object([:]), secrets: [String: String] = [:], publicRoutes: [String] = [], package: String = "",
    declared: Declared = Declared()
  ) {
    self.name = name
    self.path = path
    self.library = library
    self.enabled = enabled
    self.isolation = isolation
    self.settings = settings
    self.secrets = secrets
    self.publicRoutes = publicRoutes
    self.package = package
    self.declared = declared
  }

  /// Where its library is, when relative names are looked for in `folder`.
  public func libraryPath(in folder: String) -> String { library.hasPrefix("/") ? library : "\(folder)/\(library)" }
}
