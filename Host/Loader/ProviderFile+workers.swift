// What the operator's file says about a provider's worker processes.

import Config

extension ProviderFile {
  /// The keys that count when `isolation` is `worker`.
  public struct Workers: Sendable, Hashable {
    public enum Network: String, Sendable, CaseIterable {
      /// Hosts are reached through the host's services only.
      case none
      /// Internet sockets of its own, as SIP and WebRTC need.
      case own
    }

    public var network = Network.none
    /// Ready workers beside the one that serves: 0 or 1.
    public var spares = 0
    public var memoryMiB = 1024
    /// Folders and files it may read, or write, besides the system's libraries.
    public var readable: [String] = []
    public var writable: [String] = []
    /// Refuse rather than run with a wall that this machine does not offer.
    public var isStrict = false

    public init() {}

    init(_ fields: Fields) {
      network = fields.choice("network", default: .none)
      spares = fields.integer("spare", 0...1, default: 0)
      memoryMiB = fields.integer("memory_mb", 64...1 << 20, default: 1024)
      readable = fields.texts("readable", 0...64, 1...1024, default: [])
      writable = fields.texts("writable", 0...64, 1...1024, default: [])
      isStrict = fields.flag("strict_sandbox", default: false)
    }
  }
}
