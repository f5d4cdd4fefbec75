// What the tests against the emulator share: one emulator, one way to open the plugin, one ear.

import ProviderHarness
import Testing
import Vox

/// Everything that talks to the one emulator, one test after the other.
@Suite(.serialized) enum Emulated {
  /// The emulator as at its start.
  static func emulator(_ script: JSONValue = [:]) throws -> Emulator {
    let emulator = try Emulator.shared("chatterbox")
    try emulator.control(["script": script])
    return emulator
  }

  /// Opens a session whose connection is open, so that a turn finds it.
  static func open(_ emulator: Emulator, _ settings: JSONValue = [:], rate: Int = 24_000) throws -> (VendorLab, VendorSession) {
    let isRunPod = settings["dialect"]?.string?.hasPrefix("runpod") == true
    let place: JSONValue = ["base_url": .string(emulator.url + (isRunPod ? "/v2" : ""))]
    let lab = try VendorLab("Chatterbox", settings: place.merging(settings), secrets: ["api_key": emulator.key])
    return (lab, try lab.openWarm(.tts, on: emulator, rate: rate))
  }

  /// Method and path of the requests since `mark`, the warming one left out.
  static func requests(_ emulator: Emulator, after mark: Int64) throws -> [String] {
    try emulator.log("request", after: mark).map { "\($0["method"]?.string ?? "") \($0["path"]?.string ?? "")" }.filter {
      !$0.hasPrefix("HEAD")
    }
  }
}

/// The numbers of the words that were heard.
func words(_ samples: [Int16], rate: Int = 24_000) -> [Int] { WordCode.words(samples, rate: rate) }
