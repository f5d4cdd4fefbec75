// What `vox.state/0` does: items that last, compare-and-set, leases.

import Base
import CommonHarness
import Glibc
import PluginABI
import Testing
import Vox

@testable import Services

struct StateTests {
  private let scratch = Scratch()
  private var folder: String { scratch.path }

  private func put(_ plugin: Plugin, _ key: String, _ value: String, expected: UInt64, token: UInt64) -> vox_status {
    let table = plugin.tables.state.pointee
    return withView(key) { key in
      withView(value) { value in
        var (key, value) = (key, value)
        return table.put?(table.ctx, plugin.client.account, token, &key, &value, expected) ?? vox_status(VOX_INTERNAL)
      }
    }
  }

  private func get(_ plugin: Plugin, _ key: String, token: UInt64) {
    let table = plugin.tables.state.pointee
    withView(key) { key in
      var key = key
      _ = table.get?(table.ctx, plugin.client.account, token, &key)
    }
  }

  private func lease(_ plugin: Plugin, _ name: String, ttlMs: UInt32) -> vox_status {
    let table = plugin.tables.state.pointee
    return withView(name) { name in
      var name = name
      return table.lease?(table.ctx, plugin.client.account, &name, ttlMs) ?? vox_status(VOX_INTERNAL)
    }
  }

  /// An item is stored only over the version that was expected, and the one who is wrong learns what stands.
  @Test func compareAndSet() throws {
    let plugin = Plugin(try Services.make(state: folder))
    _ = put(plugin, "token", "a", expected: 0, token: 1)
    _ = put(plugin, "token", "b", expected: 0, token: 2)
    _ = put(plugin, "token", "c", expected: 1, token: 3)
    _ = put(plugin, "token", "d", expected: .max, token: 4)
    get(plugin, "token", token: 5)
    _ = put(plugin, "token", "", expected: 3, token: 6)
    get(plugin, "token", token: 7)
    plugin.wait { !plugin.events(7).isEmpty }
    #expect(plugin.events(1) == [.state(.stateStored, key: "token", version: 1, value: [])])
    #expect(plugin.events(2) == [.state(.stateConflict, key: "token", version: 1, value: [0x61])])
    #expect(plugin.events(3) == [.state(.stateStored, key: "token", version: 2, value: [])])
    #expect(plugin.events(4) == [.state(.stateStored, key: "token", version: 3, value: [])])
    #expect(plugin.events(5) == [.state(.stateItem, key: "token", version: 3, value: [0x64])])
    #expect(plugin.events(6) == [.state(.stateStored, key: "token", version: 4, value: [])])
    #expect(plugin.events(7) == [.state(.stateItem, key: "token", version: 0, value: [])])
  }

  /// What was told to be stored is there after a restart, byte for byte, with versions that go on; other providers do not see it.
  @Test func restart() throws {
    let first = Plugin(try Services.make(state: folder), name: "acme/ü")
    _ = put(first, "a", "one\u{0}two", expected: 0, token: 1)
    first.wait { !first.events(1).isEmpty }
    let services = try Services.make(state: folder)
    #expect(services.items(of: "acme/ü") == ["a": Array("one\u{0}two".utf8)])
    #expect(services.items(of: "other") == [:])
    let second = Plugin(services, name: "acme/ü")
    _ = put(second, "a", "x", expected: 1, token: 1)
    second.wait { !second.events(1).isEmpty }
    #expect(second.events(1) == [.state(.stateStored, key: "a", version: 2, value: [])])
  }

  /// The items of an account have 64 KiB together; what does not fit changes nothing.
  @Test func full() throws {
    let plugin = Plugin(try Services.make(state: folder))
    _ = put(plugin, "a", String(repeating: "x", count: 60_000), expected: 0, token: 1)
    _ = put(plugin, "b", String(repeating: "x", count: 10_000), expected: 0, token: 2)
    #expect(put(plugin, "", "x", expected: 0, token: 3) == vox_status(VOX_INVALID))
    #expect(put(plugin, "c", String(repeating: "x", count: 70_000), expected: 0, token: 3) == vox_status(VOX_INVALID))
    get(plugin, "b", token: 4)
    plugin.wait { !plugin.events(4).isEmpty }
    #expect(plugin.events(2) == [.failed(.quota, "state_full", .none)])
    #expect(plugin.events(4) == [.state(.stateItem, key: "b", version: 0, value: [])])
  }

  /// A disk that refuses is told, and the old item stands.
  @Test func diskRefuses() throws {
    let plugin = Plugin(try Services.make(state: folder))
    _ = put(plugin, "a", "old", expected: 0, token: 1)
    plugin.wait { !plugin.events(1).isEmpty }
    // A folder in the place of the new file cannot be opened for writing, whoever runs this.
    mkdir(folder + "/.acme.new", 0o700)
    _ = put(plugin, "a", "new", expected: 1, token: 2)
    get(plugin, "a", token: 3)
    plugin.wait { !plugin.events(3).isEmpty }
    #expect(plugin.events(2) == [.failed(.internal, "state_not_written", .none)])
    #expect(plugin.events(3) == [.state(.stateItem, key: "a", version: 1, value: Array("old".utf8))])
  }

  /// Another generation of the provider hears of a change, and takes a lease over when its holder ends.
  @Test func generations() throws {
    let services = try Services.make(state: folder)
    let old = Plugin(services, account: 1)
    let new = Plugin(services, account: 2)
    #expect(lease(old, "listener", ttlMs: 60_000) == vox_status(VOX_OK))
    #expect(lease(new, "listener", ttlMs: 60_000) == vox_status(VOX_OK))
    _ = put(old, "token", "x", expected: 0, token: 9)
    let held = Plugin.Event.state(.leaseHeld, key: "listener", version: 0, value: [])
    new.wait { !new.events(0).isEmpty }
    #expect(old.events(0) == [held])
    #expect(new.events(0) == [.state(.stateChanged, key: "token", version: 1, value: [0x78])])
    services.retire(old.client)
    new.wait { new.events(0).last == held }
    #expect(lease(new, "listener", ttlMs: 10) == vox_status(VOX_INVALID))
  }

  /// A lease that is not renewed in time passes to who waits longest; whoever lost it is told.
  @Test func expiry() {
    final class Who {}
    let (a, b, c) = (Who(), Who(), Who())
    var leases = Leases()
    let start = Instant(ns: 1_000_000_000)
    func id(_ who: Who) -> ObjectIdentifier { ObjectIdentifier(who) }
    #expect(leases.ask("x", id(a), ttlMs: 1000, now: start).map(\.isHeld) == [true])
    #expect(leases.ask("x", id(b), ttlMs: 2000, now: start) == [])
    #expect(leases.ask("x", id(c), ttlMs: 1000, now: start) == [])
    #expect(leases.ask("x", id(a), ttlMs: 1000, now: start.advanced(byMs: 900)).map(\.isHeld) == [true])
    #expect(leases.expire(now: start.advanced(byMs: 1500)) == [])
    let passed = leases.expire(now: start.advanced(byMs: 1900))
    #expect(passed.map(\.holder) == [id(a), id(b)])
    #expect(passed.map(\.isHeld) == [false, true])
    #expect(leases.release("x", id(c), now: start.advanced(byMs: 2000)) == [])
    #expect(leases.release("x", id(b), now: start.advanced(byMs: 2000)) == [])
    #expect(leases.ask("x", id(c), ttlMs: 1000, now: start.advanced(byMs: 2000)).map(\.holder) == [id(c)])
  }

  /// A damaged file is named and not overwritten.
  @Test func damaged() throws {
    let file = open(folder + "/acme.json", O_WRONLY | O_CREAT, 0o600)
    _ = Glibc.write(file, "{\"items\":", 9)
    Glibc.close(file)
    #expect(throws: Problem.self) { try Services.make(state: folder) }
  }
}
