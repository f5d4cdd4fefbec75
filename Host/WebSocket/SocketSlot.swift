// What every thread may know of an open socket.

import Synchronization

/// One of a fixed number of places for open sockets. A slot lives as long as the host and is used again for later sockets, so a
/// thread that holds one too long finds another generation, never freed memory.
public final class SocketSlot: Sendable {
  public let index: Int
  private let limits: UnsentLimits
  /// Whose socket it is: the table its provider calls through, the session or account, the plugin's token.
  private let client = Atomic<UInt>(0)
  private let ownerBits = Atomic<UInt64>(0)
  private let tokenBits = Atomic<UInt64>(0)
  private let generationBits = Atomic<UInt32>(0)
  private let outboxIndex = Atomic<Int>(0)
  /// Bytes taken from the plugin that have not been handed to the kernel yet.
  private let unsentBytes = Atomic<Int>(0)
  private let isRefused = Atomic<Bool>(false)
  private let isEnding = Atomic<Bool>(false)

  init(index: Int, limits: UnsentLimits) {
    self.index = index
    self.limits = limits
  }

  public var generation: UInt32 { generationBits.load(ordering: .acquiring) }
  public var owner: UInt64 { ownerBits.load(ordering: .acquiring) }
  public var token: UInt64 { tokenBits.load(ordering: .acquiring) }
  public var outbox: Int { outboxIndex.load(ordering: .acquiring) }
  public var unsent: Int { unsentBytes.load(ordering: .acquiring) }
  /// A send was refused for want of room, and RESUME is due when there is some.
  public var isBlocked: Bool { isRefused.load(ordering: .acquiring) }

  /// The plugin has closed it: whatever else it wants comes too late.
  public var isClosing: Bool { isEnding.load(ordering: .acquiring) }

  /// True for the first who closes.
  public func beginClosing() -> Bool { !isEnding.exchange(true, ordering: .acquiringAndReleasing) }

  @inline(__always)
  func matches(_ client: UInt, _ owner: UInt64, _ token: UInt64) -> Bool {
    ownerBits.load(ordering: .acquiring) == owner && tokenBits.load(ordering: .acquiring) == token
      && self.client.load(ordering: .acquiring) == client
  }

  // MARK: Under the directory's lock

  func open(_ client: UInt, _ owner: UInt64, _ token: UInt64, outbox: Int) {
    generationBits.wrappingAdd(1, ordering: .acquiringAndReleasing)
    unsentBytes.store(0, ordering: .relaxed)
    isRefused.store(false, ordering: .relaxed)
    isEnding.store(false, ordering: .relaxed)
    outboxIndex.store(outbox, ordering: .relaxed)
    tokenBits.store(token, ordering: .releasing)
    self.client.store(client, ordering: .releasing)
    ownerBits.store(owner, ordering: .releasing)
  }

  func move(to owner: UInt64) { ownerBits.store(owner, ordering: .releasing) }

  func close() {
    ownerBits.store(0, ordering: .releasing)
    generationBits.wrappingAdd(1, ordering: .acquiringAndReleasing)
  }

  // MARK: Room

  /// Takes room for `bytes`; false when too much is unsent already, and RESUME will follow. [any thread]
  public func reserve(_ bytes: Int) -> Bool {
    if unsent >= limits.most {
      refuse()
      // All may have been sent between the two looks: then nobody would say RESUME.
      if unsent >= limits.resume || !takeRefusal() { return false }
    }
    unsentBytes.add(bytes, ordering: .acquiringAndReleasing)
    return true
  }

  /// Notes bytes that need no permission: frames of the protocol itself.
  public func add(_ bytes: Int) { unsentBytes.add(bytes, ordering: .acquiringAndReleasing) }

  /// Gives room back.
  public func release(_ bytes: Int) { unsentBytes.subtract(bytes, ordering: .acquiringAndReleasing) }

  public func refuse() { isRefused.store(true, ordering: .sequentiallyConsistent) }

  /// True for the one who is to say RESUME.
  public func takeRefusal() -> Bool { isRefused.exchange(false, ordering: .sequentiallyConsistent) }
}

/// How much a socket may hold that its peer has not taken.
public struct UnsentLimits: Sendable {
  /// Beyond this a send is refused.
  public let most: Int
  /// Below this the owner is told that there is room again.
  public let resume: Int

  public init(most: Int, resume: Int) {
    self.most = most
    self.resume = resume
  }
}
