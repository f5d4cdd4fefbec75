// What the tests against the emulator share: one emulator, one way to open the plugin, one ear.

import ProviderHarness
import Testing
import Vox

/// Everything that talks to the one emulator, one test after the other.
@Suite(.serialized) enum Emulated {
  /// The emulator as at its start.
  static func emulator() throws -> Emulator { try .shared("resemble") }

  /// A plugin whose three hosts are the emulator.
  static func lab(_ emulator: Emulator, _ settings: JSONValue = [:], key: String? = nil) throws -> VendorLab {
    let place: JSONValue = [
      "base_url": .string(emulator.url), "websocket_url": .string(emulator.webSocketURL + "/stream"),
      "management_url": .string(emulator.url + "/api/v2"), "voice": "55592656",
    ]
    return try VendorLab("Resemble", settings: place.merging(settings), secrets: ["api_key": key ?? emulator.key])
  }

  /// Opens a session whose connection is open, so that a turn finds it.
  static func open(_ emulator: Emulator, _ settings: JSONValue = [:], rate: Int = 16_000) throws -> (VendorLab, VendorSession) {
    let lab = try lab(emulator, settings)
    return (lab, try lab.openWarm(.tts, on: emulator, rate: rate))
  }
}

/// The numbers of the words that were heard.
func words(_ samples: [Int16], rate: Int = 16_000) -> [Int] { WordCode.words(samples, rate: rate) }
