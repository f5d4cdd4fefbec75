// What the tests against the vendor's emulator share: one emulator, ways to open the plugin and to speak to it.

import Loader
import PluginHarness
import ProviderHarness
import Testing
import Vox

/// Everything that talks to the one emulator, one test after the other.
@Suite(.serialized) enum Emulated {
  /// The emulator as at its start.
  static func emulator() throws -> Emulator { try .shared("deepgram") }

  static func lab(_ emulator: Emulator, _ settings: JSONValue = [:], key: String? = nil) throws -> VendorLab {
    let place: JSONValue = ["base_url": .string(emulator.url)]
    return try VendorLab("Deepgram", settings: place.merging(settings), secrets: ["api_key": key ?? emulator.key])
  }

  /// The text messages the plugin sent since `mark`, by their types.
  static func sent(_ emulator: Emulator, after mark: Int64 = 0) throws -> [String] {
    try emulator.log("frame", after: mark).filter { $0["direction"]?.string == "in" }.compactMap {
      guard let text = $0["text"]?.string else { return nil }
      return (try? JSONValue(parsing: text))?["type"]?.string
    }
  }

  /// The bytes of sound the plugin sent since `mark`.
  static func bytes(_ emulator: Emulator, after mark: Int64 = 0) throws -> Int {
    try emulator.log("frame", after: mark).filter { $0["direction"]?.string == "in" }.reduce(0) { $0 + ($1["bytes"]?.int ?? 0) }
  }
}

extension VendorSession {
  /// Hands over sound in frames of 20 ms, as a call does, waiting where the plugin asks for it.
  /// - Returns: the position after it.
  func say(_ samples: [Int16], to op: OpID, at position: UInt64 = 0, rate: Int = 16_000, in lab: VendorLab) throws -> UInt64 {
    var at = 0
    while at < samples.count {
      let frame = Array(samples[at..<min(at + rate / 50, samples.count)])
      let before = events(.resume, op: op).count
      switch push(frame, to: op, position: position + UInt64(at)) {
      case .ok: at += frame.count
      case .wouldBlock: try lab.wait("room") { self.events(.resume, op: op).count > before || self.terminal(op) != nil }
      default: return position + UInt64(at)
      }
    }
    return position + UInt64(at)
  }

  /// Texts of the finals of an op that have any.
  func finals(_ op: OpID) -> [String] { events(.transcript, op: op).filter { $0.isFinal && !$0.text.isEmpty }.map(\.text) }
}
