// What the host's 64-bit handles are made of. Plugins see opaque numbers.

public import PluginABI

/// {generation 32, kind 2, loop 6, slot 24}. A generation is never 0, so a handle is never 0.
public struct Handle: Hashable, Sendable {
  public enum Kind: UInt32, Sendable { case account = 0, session, op, request }

  static let maxLoops = 64

  public let generation: UInt32
  public let kind: Kind
  public let loop: Int
  public let slot: Int

  public init(_ kind: Kind, loop: Int, slot: Int, generation: UInt32) {
    self.kind = kind
    self.loop = loop
    self.slot = slot
    self.generation = generation
  }

  @inline(__always)
  public init(abi raw: vox_handle) {
    generation = UInt32(truncatingIfNeeded: raw >> 32)
    let index = UInt32(truncatingIfNeeded: raw)
    kind = Kind(rawValue: index >> 30) ?? .account
    loop = Int((index >> 24) & 63)
    slot = Int(index & 0xFF_FFFF)
  }

  public var abi: vox_handle {
    UInt64(generation) << 32 | UInt64(kind.rawValue << 30 | UInt32(loop) << 24 | UInt32(slot))
  }
}
