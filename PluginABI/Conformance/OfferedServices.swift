// The optional services that reach out of the process, as whoever runs the cases offers them to the plugin under test.

public import PluginABI
public import Vox

/// The services of one provider under test. Called from any thread.
public protocol OfferedServices: AnyObject, Sendable {
  /// The table of a service; nil when it is not offered.
  ///
  /// - Parameter incoming: the sockets that come in to the provider, for `vox.socket/0`.
  func table(_ id: String, incoming: UnsafePointer<vox_socket_v0>) -> UnsafeRawPointer?
  /// Ends what the provider has under way; it is destroyed.
  func retire()
}

/// What the services of one provider may ask of the host that tries it. Everything may be called from any thread.
public struct ServicePort: Sendable {
  /// The one account that the provider will have.
  public let account: vox_handle
  public let manifest: JSONValue
  /// Queues an event: VOX_OK, VOX_WOULD_BLOCK (later), VOX_STALE (its owner is gone).
  public let deliver: @Sendable (ServiceEvent) -> vox_status
  /// Whether a handle is the account, or a live session.
  public let owns: @Sendable (vox_handle) -> Bool
  /// Runs something once everything that was queued before has been delivered.
  public let settle: @Sendable (@escaping @Sendable () -> Void) -> Void
  /// Keeps a line for the report.
  public let log: @Sendable (String) -> Void
}

/// An event on its way to the plugin. Its memory is the sender's until `copy` has written it to memory that is lent for one call.
public struct ServiceEvent: Sendable {
  let target: vox_handle
  let bytes: Int
  let copy: @Sendable (UnsafeMutableRawPointer) -> Void

  /// - Parameters:
  ///   - bytes: of the event and everything it points to.
  ///   - copy: writes them; the memory has that size and is aligned to 8.
  public init(target: vox_handle, bytes: Int, copy: @escaping @Sendable (UnsafeMutableRawPointer) -> Void) {
    self.target = target
    self.bytes = bytes
    self.copy = copy
  }
}

/// What a plugin under test is given besides the library itself.
public struct Supplies: Sendable {
  /// JSON object for the provider, its account and its sessions.
  public var settings: JSONValue
  /// By name. Empty: every secret the manifest names is given a stand-in.
  public var secrets: [String: String]
  /// Opens the services that reach out of the process for one provider; nil = there are none.
  public var services: (@Sendable (ServicePort) -> any OfferedServices)?

  public init(
    settings: JSONValue = [:], secrets: [String: String] = [:], services: (@Sendable (ServicePort) -> any OfferedServices)? = nil
  ) {
    self.settings = settings
    self.secrets = secrets
    self.services = services
  }
}
