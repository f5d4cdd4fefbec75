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
    /// The TCP ports it may bind and connect to with `network: own`; nil = all.
    public var ports: [ClosedRange<UInt16>]?
    /// Ready workers beside the one that serves: 0 or 1.
    public var spares = 0
    public var memoryMiB = 1024
    /// Folders and files it may read, or write, besides the system's libraries.
    public var readable: [String] = []
    public var writable: [String] = []
    /// Refuse rather than run with a wall that this machine does not offer.
    public var isStrict = false

    private static let maxPorts = 4096

    public init() {}

    init(_ fields: Fields) {
      network = fields.choice("network", default: .none)
      let texts = fields.texts("ports", 0...64, 1...11, default: [])
      let ranges = texts.compactMap { ClosedRange<UInt16>(ports: $0) }
      if !texts.isEmpty { ports = ranges }
      if ranges.count < texts.count { fields.report("a port is a number like \"5060\", or a range like \"16384-16400\"", at: "ports") }
      if !texts.isEmpty, network == .none { fields.report("ports are granted with `network: own` only", at: "ports") }
      // Each port of a range is a rule of its own for the kernel.
      if ranges.reduce(0, { $0 + $1.count }) > Self.maxPorts { fields.report("at most \(Self.maxPorts) ports can be granted", at: "ports") }
      spares = fields.integer("spare", 0...1, default: 0)
      memoryMiB = fields.integer("memory_mb", 64...1 << 20, default: 1024)
      readable = fields.texts("readable", 0...64, 1...1024, default: [])
      writable = fields.texts("writable", 0...64, 1...1024, default: [])
      isStrict = fields.flag("strict_sandbox", default: false)
    }

    /// What is set here that only counts for a worker: an operator who wrote it believes in walls that are not there.
    func report(unusedIn fields: Fields) {
      let set = [
        ("network", network != .none), ("spare", spares > 0), ("readable", !readable.isEmpty), ("writable", !writable.isEmpty),
        ("strict_sandbox", isStrict),
      ]
      for (key, isSet) in set where isSet {
        fields.report("counts with `isolation: worker` only; write that as well, or take this out", at: key)
      }
    }
  }
}

extension ClosedRange<UInt16> {
  /// A port like `5060`, or a range of them like `16384-16400`; nil for anything else.
  public init?(ports text: String) {
    let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map { UInt16($0) }
    guard let first = ends.first.flatMap({ $0 }), let last = ends.last.flatMap({ $0 }), first <= last else { return nil }
    self = first...last
  }
}
