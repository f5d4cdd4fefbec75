// Finds an open socket by its owner and token, from any thread and without a lock.

import Synchronization

/// A fixed table with open addressing. Opening, moving and closing take a lock; finding, which happens for every frame of sound,
/// only reads: an entry names a slot, and the slot itself says whose it is.
public final class SocketDirectory: @unchecked Sendable {
  /// Twice the slots, so that a search ends after a step or two.
  private let places: Int
  private static let empty: UInt32 = 0
  /// An entry that was taken away; a search goes on behind it.
  private static let removed = UInt32.max

  private struct State {
    var free: [Int]
    /// The entry of each open slot.
    var places: [Int: Int] = [:]
  }

  public let slots: [SocketSlot]
  private let entries: UnsafeMutablePointer<Atomic<UInt32>>
  private let state: Mutex<State>

  /// - Parameter capacity: how many sockets may be open at once.
  public init(capacity: Int, limits: UnsentLimits) {
    places = capacity * 2
    slots = (0..<capacity).map { SocketSlot(index: $0, limits: limits) }
    entries = .allocate(capacity: places)
    state = Mutex(State(free: Array((0..<capacity).reversed())))
    for place in 0..<places { (entries + place).initialize(to: Atomic(Self.empty)) }
  }

  deinit { entries.deallocate() }

  public var openSockets: Int { state.withLock { $0.places.count } }

  /// The open socket of that name; nil when there is none. [any thread]
  @inline(__always)
  public func find(_ client: UInt, _ owner: UInt64, _ token: UInt64) -> SocketSlot? {
    var place = self.place(owner, token)
    for _ in 0..<places {
      let value = entries[place].load(ordering: .acquiring)
      if value == Self.empty { return nil }
      if value != Self.removed, slots[Int(value) - 1].matches(client, owner, token) { return slots[Int(value) - 1] }
      place = (place + 1) % places
    }
    return nil
  }

  /// Gives a socket its name; nil when the name is taken or no slot is free.
  public func open(_ client: UInt, _ owner: UInt64, _ token: UInt64, outbox: Int) -> SocketSlot? {
    state.withLock { state in
      guard find(client, owner, token) == nil, let index = state.free.popLast() else { return nil }
      slots[index].open(client, owner, token, outbox: outbox)
      insert(index, at: place(owner, token), &state)
      return slots[index]
    }
  }

  /// Gives a socket another owner; nil when there is no such socket or the new name is taken.
  public func move(_ client: UInt, _ owner: UInt64, _ token: UInt64, to newOwner: UInt64) -> SocketSlot? {
    state.withLock { state in
      guard let slot = find(client, owner, token), find(client, newOwner, token) == nil else { return nil }
      remove(slot.index, &state)
      slot.move(to: newOwner)
      insert(slot.index, at: place(newOwner, token), &state)
      return slot
    }
  }

  public func close(_ slot: SocketSlot, generation: UInt32) {
    state.withLock { state in
      guard slot.generation == generation, state.places[slot.index] != nil else { return }
      remove(slot.index, &state)
      slot.close()
      state.free.append(slot.index)
    }
  }

  /// Every open slot of a client.
  public func sockets(of client: UInt) -> [SocketSlot] {
    state.withLock { state in
      state.places.keys.map { slots[$0] }.filter { $0.matches(client, $0.owner, $0.token) }
    }
  }

  private func insert(_ index: Int, at start: Int, _ state: inout State) {
    var place = start
    while true {
      let value = entries[place].load(ordering: .relaxed)
      if value == Self.empty || value == Self.removed { break }
      place = (place + 1) % places
    }
    entries[place].store(UInt32(index + 1), ordering: .releasing)
    state.places[index] = place
  }

  private func remove(_ index: Int, _ state: inout State) {
    guard var place = state.places.removeValue(forKey: index) else { return }
    entries[place].store(Self.removed, ordering: .releasing)
    // Entries at the end of a run may be emptied, or the table would fill with removed ones over the years.
    guard entries[(place + 1) % places].load(ordering: .relaxed) == Self.empty else { return }
    while entries[place].load(ordering: .relaxed) == Self.removed {
      entries[place].store(Self.empty, ordering: .releasing)
      place = (place + places - 1) % places
    }
  }

  /// Mixes owner and token, both of which count up in small steps (the finaliser of MurmurHash3).
  private func place(_ owner: UInt64, _ token: UInt64) -> Int {
    var x = owner ^ (token &* 0x9E37_79B9_7F4A_7C15)
    x = (x ^ x >> 33) &* 0xFF51_AFD7_ED55_8CCD
    x = (x ^ x >> 33) &* 0xC4CE_B9FE_1A85_EC53
    return Int((x ^ x >> 33) % UInt64(places))
  }
}
