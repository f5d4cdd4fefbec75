// The plugin as configured: one clock and one disk thread for all its calls.

import PluginKit
import Vox

/// Owns the threads, which are gone when the host has destroyed the provider.
final class WavProvider: Provider {
  private let host: Host
  private let settings: JSONValue
  private let deck: TapeDeck
  private let clock: LineClock

  init(_ host: Host, _ settings: JSONValue) throws {
    _ = try WavSettings(settings)
    self.host = host
    self.settings = settings
    let deck = TapeDeck(host)
    self.deck = deck
    clock = LineClock { deck.sweep() }
  }

  func open(_ port: AccountPort) throws -> any Account {
    let settings = try WavSettings(self.settings.merging(port.settings))
    return WavAccount(port, settings, clock: clock, deck: deck)
  }

  /// Transferred callers are the only ones who may still talk here; their recordings are completed.
  func close() {
    for call in clock.stop() { call.locked { call.end(.hangUp, by: "host") } }
    deck.stop()
  }
}
