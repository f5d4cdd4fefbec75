// What a plugin written in Swift declares about itself, and how its entry symbol answers.

public import PluginABI
public import Vox

/// A plugin: its constant manifest and the way to make a provider from it.
///
/// A plugin file declares one of these and exports the entry:
///
///     let plugin = PluginDefinition(manifest: #"{"id":"echo", …}"#) { host, settings in try Echo(host: host, settings: settings) }
///     @c(vox_plugin_entry) public func entry(_ min: UInt32, _ max: UInt32, _ why: UnsafeMutablePointer<vox_view>)
///       -> UnsafeRawPointer? { plugin.entry(min, max, why) }
public final class PluginDefinition: Sendable {
  /// The manifest, JSON as `vox/entry.h` describes it.
  public let manifest: String
  /// The schema of each setting that the manifest knows, by name.
  let properties: [String: JSONValue]
  /// The traits of its role as a voice; null without one.
  let voice: JSONValue
  let makeProvider: @Sendable (Host, JSONValue) throws -> any Provider

  /// - Parameters:
  ///   - manifest: constant JSON; read by the host before any provider is made.
  ///   - makeProvider: called on the provider's thread with the operator's settings; an error it throws refuses the provider
  ///     with that error's sentence.
  public init(manifest: String, makeProvider: @escaping @Sendable (Host, JSONValue) throws -> any Provider) {
    self.manifest = manifest
    let json = (try? JSONValue(parsing: manifest)) ?? .null
    properties = json["settings"]?["properties"]?.object ?? [:]
    voice = json["roles"]?[Role.tts.rawValue] ?? .null
    self.makeProvider = makeProvider
  }

  /// Answers the plugin's one exported symbol: the table, or NULL with the reason when no common version exists. [entry]
  public func entry(_ min: UInt32, _ max: UInt32, _ why: UnsafeMutablePointer<vox_view>) -> UnsafeRawPointer? {
    let mine = UInt32(VOX_ABI_DRAFT)
    guard min <= mine, mine <= max else {
      why.pointee = immortalView(
        "this plugin speaks vox draft \(mine), the host \(min) to \(max); install a plugin built for that range")
      return nil
    }
    return UnsafeRawPointer(PluginTable.install(self))
  }
}

/// One provider: a plugin configured by the operator. Its methods are called one at a time, never on a call's thread [provider].
public protocol Provider: AnyObject {
  /// Opens an account: the provider with one credential. Report its state through `account.ready()` or `account.failed(_:)`,
  /// now or later. A thrown error means the same as failed.
  func open(_ account: AccountPort) throws -> any Account
  /// The last call; no account is left. End and join your threads here: once it has returned, nothing of the provider reaches the host.
  func close()
}

extension Provider {
  public func close() {}
}

/// One account. Its methods are called one at a time with those of its provider [provider].
public protocol Account: AnyObject {
  /// Begins a session; call `port.ready()` when it is usable. A thrown error means the same as a failed session.
  func open(_ port: SessionPort) throws -> any Session
  /// New settings or secrets, for sessions opened from now on.
  func update(_ account: AccountPort)
  /// A timer of the account has come.
  func timer(token: UInt64)
  /// A request arrived on one of the account's routes.
  func request(_ request: RouteRequest)
  /// Something happened on a socket the account owns.
  func socket(_ event: SocketEvent)
  /// A WebSocket of the account did not open.
  func refused(_ refusal: WebSocketRefusal)
  /// Something happened to an HTTP request of the account.
  func http(_ event: HTTPEvent)
  /// Something happened to an item or lease of the account.
  func state(_ event: StateEvent)
  /// A socket of the account has room again for what it refused.
  func resume()
  /// Offer nothing new; running sessions finish.
  func drain()
  /// The last call; no session is left.
  func close()
}

extension Account {
  public func update(_ account: AccountPort) {}
  public func timer(token: UInt64) {}
  public func request(_ request: RouteRequest) { request.respond(status: 404) }
  public func socket(_ event: SocketEvent) {}
  public func refused(_ refusal: WebSocketRefusal) {}
  public func http(_ event: HTTPEvent) {}
  public func state(_ event: StateEvent) {}
  public func resume() {}
  public func drain() {}
  public func close() {}
}

/// One session: the provider at work for one call in one role. Its methods are called one at a time and must not block: they
/// run on the call's own thread [session].
public protocol Session: AnyObject {
  /// Begins an op. An error thrown here fails the op with that error.
  func start(_ op: Op, _ request: Request) throws
  /// Audio for an op; the samples are borrowed until return. Answer `.wouldBlock` to be asked again after `op.resume()`.
  func push(_ audio: AudioIn, to op: Op) -> PushResult
  /// More text of an op that grows (`Request.grows`), to be appended as it is. Answer as for audio.
  func push(_ text: String, to op: Op) -> PushResult
  /// mark > 0: flush and go on; mark 0: no more input.
  func finalize(_ op: Op, mark: UInt64)
  /// The host has let go of the op. The kit reports CANCELLED on return, unless the session did or called `op.endsLater()`.
  func cancel(_ op: Op, reason: Reason)
  /// The host has room again for what it refused of `op`, or a socket of the session has, when `op` is nil.
  func resume(_ op: Op?)
  /// A timer of the session has come.
  func timer(token: UInt64)
  /// Something happened on a socket the session owns.
  func socket(_ event: SocketEvent)
  /// A WebSocket of the session did not open.
  func refused(_ refusal: WebSocketRefusal)
  /// Something happened to an HTTP request of the session.
  func http(_ event: HTTPEvent)
  /// Drain, then call `port.closed()`; the default does so at once. Running ops have been cancelled already; those that end later
  /// end here, or with `port.closed()`.
  func close(_ port: SessionPort, reason: Reason)
}

extension Session {
  public func push(_ audio: AudioIn, to op: Op) -> PushResult { .ok }
  public func push(_ text: String, to op: Op) -> PushResult { .invalid }
  public func finalize(_ op: Op, mark: UInt64) {}
  public func cancel(_ op: Op, reason: Reason) {}
  public func resume(_ op: Op?) {}
  public func timer(token: UInt64) {}
  public func socket(_ event: SocketEvent) {}
  public func refused(_ refusal: WebSocketRefusal) {}
  public func http(_ event: HTTPEvent) {}
  public func close(_ port: SessionPort, reason: Reason) { port.closed() }
}

/// How a push went.
public enum PushResult: Int32, Sendable {
  case ok = 0
  /// No room: the host keeps the audio or text until `op.resume()`.
  case wouldBlock = 1
  case stale = 2
  case invalid = 3
}
