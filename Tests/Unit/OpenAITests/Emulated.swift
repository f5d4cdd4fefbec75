// What the tests against the emulator share: one emulator, one way to open the plugin.

import ProviderHarness
import Testing
import Vox

/// Everything that talks to the one emulator, one test after the other.
@Suite(.serialized) enum Emulated {
  /// The emulator as at its start.
  static func emulator() throws -> Emulator { try .shared("openai") }

  static func lab(_ emulator: Emulator, _ settings: JSONValue = [:], key: String? = nil) throws -> VendorLab {
    let place: JSONValue = ["base_url": .string(emulator.url + "/v1")]
    return try VendorLab("OpenAI", settings: place.merging(settings), secrets: ["api_key": key ?? emulator.key])
  }
}
