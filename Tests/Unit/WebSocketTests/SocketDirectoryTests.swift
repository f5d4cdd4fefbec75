// The table that finds sockets without a lock agrees with a plain dictionary, whatever is done to it.

import Testing
import WebSocket

struct SocketDirectoryTests {
  private static let sockets = 2048
  private static let unsentBytes = 256 << 10

  private static func directory() -> SocketDirectory {
    SocketDirectory(capacity: sockets, limits: UnsentLimits(most: unsentBytes, resume: unsentBytes / 2))
  }

  private struct Name: Hashable {
    var owner: UInt64
    var token: UInt64
  }

  /// A seeded generator (SplitMix64), so that a failure can be run again.
  private struct Seeded: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
      return z ^ z >> 31
    }
  }

  /// Ten thousand random steps of opening, moving, closing and finding.
  @Test(arguments: [1, 2, 3]) func agreesWithADictionary(seed: UInt64) {
    let directory = Self.directory()
    var random = Seeded(state: seed)
    var model: [Name: Int] = [:]
    func name() -> Name { Name(owner: .random(in: 1...40, using: &random), token: .random(in: 0...40, using: &random)) }
    for _ in 0..<10_000 {
      let name = name()
      switch Int.random(in: 0...3, using: &random) {
      case 0:
        let slot = directory.open(1, name.owner, name.token, outbox: 0)
        #expect((slot == nil) == (model[name] != nil))
        if let slot { model[name] = slot.index }
      case 1:
        let target = Name(owner: self.otherOwner(name.owner), token: name.token)
        let moved = directory.move(1, name.owner, name.token, to: target.owner)
        #expect((moved != nil) == (model[name] != nil && model[target] == nil))
        if let moved {
          model[name] = nil
          model[target] = moved.index
        }
      case 2:
        guard let slot = directory.find(1, name.owner, name.token) else { continue }
        directory.close(slot, generation: slot.generation)
        model[name] = nil
      default: #expect(directory.find(1, name.owner, name.token)?.index == model[name])
      }
    }
    #expect(directory.openSockets == model.count)
    for (name, index) in model { #expect(directory.find(1, name.owner, name.token)?.index == index) }
  }

  private func otherOwner(_ owner: UInt64) -> UInt64 { owner % 40 + 1 }

  /// Another provider cannot reach a socket by its name; all slots can be used, and used again.
  @Test func boundsAndOwners() throws {
    let directory = Self.directory()
    for token in 0..<UInt64(Self.sockets) { #expect(directory.open(1, 5, token, outbox: 0) != nil) }
    #expect(directory.open(1, 5, 999_999, outbox: 0) == nil)
    #expect(directory.find(2, 5, 3) == nil)
    let slot = try #require(directory.find(1, 5, 3))
    let generation = slot.generation
    directory.close(slot, generation: generation)
    // A late close of the same socket must not close the next one in its slot.
    let next = try #require(directory.open(1, 6, 6, outbox: 0))
    #expect(next === slot)
    directory.close(next, generation: generation)
    #expect(directory.find(1, 6, 6) === next)
    #expect(directory.sockets(of: 1).count == Self.sockets)
  }

  /// Room: sends are taken until 256 KiB are unsent, and the one who frees room below half is to say so once.
  @Test func room() throws {
    let slot = try #require(Self.directory().open(1, 1, 1, outbox: 0))
    #expect(slot.reserve(Self.unsentBytes - 1))
    #expect(slot.reserve(100))
    #expect(!slot.reserve(1))
    #expect(slot.isBlocked)
    slot.release(Self.unsentBytes)
    #expect(slot.takeRefusal())
    #expect(!slot.takeRefusal())
    #expect(slot.reserve(1))
  }
}
