// A provider as the services see it: who asks, what it may reach, and the way of events back to it.

public import PluginABI
import Vox

/// One generation of a provider. Made by whoever hands out the services; it lives as long as the process, because a plugin's thread may
/// call at any time.
public final class ServiceClient: Sendable {
  /// The provider's name: what state it shares with its other generations.
  public let name: String
  public let account: vox_handle
  public let reach: Reach
  /// What must never stand in a recording.
  public let secrets: [String]
  /// A PEM file of certificates to trust instead of the system's; empty = the system's.
  public let caFile: String
  /// The proxy for every connection, as `http://host:port`; empty = none.
  public let proxy: String
  /// Where its traffic is recorded, or comes from.
  public let tape: Tape?
  /// Whether its connections stay open for the next request; otherwise each ends with its own, and the provider leaves nothing behind.
  public let keepsConnections: Bool
  let ports: Ports

  /// The provider's own functions. All may be called from any thread and none blocks.
  public struct Ports: Sendable {
    /// Copies an event onto the queue of its target: VOX_OK, VOX_WOULD_BLOCK (later), VOX_STALE (gone), VOX_INVALID (too long).
    public var deliver: @Sendable (UnsafePointer<vox_event>) -> vox_status
    /// Whether a handle is the account, or a live session of this provider.
    public var owns: @Sendable (vox_handle) -> Bool
    /// How many sessions of this provider are open.
    public var sessions: @Sendable () -> Int
    /// Runs something once the account has dealt with what it was delivered before.
    public var settle: @Sendable (@escaping @Sendable () -> Void) -> Void
    /// Writes to the host's log under the provider's name; `level` as in `vox/host.h`.
    public var log: @Sendable (String, Int32) -> Void

    public init(
      deliver: @escaping @Sendable (UnsafePointer<vox_event>) -> vox_status, owns: @escaping @Sendable (vox_handle) -> Bool,
      sessions: @escaping @Sendable () -> Int = { 1 },
      settle: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void, log: @escaping @Sendable (String, Int32) -> Void
    ) {
      self.deliver = deliver
      self.owns = owns
      self.sessions = sessions
      self.settle = settle
      self.log = log
    }
  }

  public init(
    name: String, account: vox_handle, reach: Reach, secrets: [String] = [], caFile: String = "", proxy: String = "", tape: Tape? = nil,
    keepsConnections: Bool = true, ports: Ports
  ) {
    self.name = name
    self.account = account
    self.reach = reach
    self.secrets = secrets
    self.caFile = caFile
    self.proxy = proxy
    self.tape = tape
    self.keepsConnections = keepsConnections
    self.ports = ports
  }

  func owns(_ handle: vox_handle) -> Bool { ports.owns(handle) }

  var sessions: Int { ports.sessions() }

  /// Delivers an event struct of the ABI.
  func deliver<E>(_ event: E) -> vox_status {
    withUnsafePointer(to: event) { $0.withMemoryRebound(to: vox_event.self, capacity: 1) { ports.deliver($0) } }
  }

  /// Tells `owner` that what it asked for under `token` failed.
  func deliver(_ kind: EventKind, _ owner: vox_handle, _ token: UInt64, _ error: ProviderError) -> vox_status {
    error.withVox {
      var event = vox_ev_refused()
      event.h = Layout.head(vox_ev_refused.self, kind, target: owner)
      event.token = token
      event.error = $0
      return deliver(event)
    }
  }
}
