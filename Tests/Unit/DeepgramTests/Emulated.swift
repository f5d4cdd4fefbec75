// What the tests against the vendor's emulator share: one emulator, ways to open the plugin, and words as sound.

import Foundation
import Loader
import PluginHarness
import ProviderHarness
import Testing
import Vox

/// Everything that talks to the one emulator, one test after the other.
@Suite(.serialized) enum Emulated {
  nonisolated(unsafe) private static let shared = Result { try Emulator("deepgram") }

  /// The emulator as at its start.
  static func emulator() throws -> Emulator {
    let emulator = try shared.get()
    try emulator.reset()
    return emulator
  }

  static func lab(_ emulator: Emulator, _ settings: JSONValue = [:], key: String? = nil) throws -> VendorLab {
    try VendorLab(
      "Deepgram", settings: JSONValue.object(["base_url": .string(emulator.url)]).merging(settings),
      secrets: ["api_key": key ?? emulator.key])
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

/// Sound in the word code of the emulators: each word 120 ms of two tones and 40 ms of silence.
enum Sound {
  static let words = (1...24).map { "w\($0)" } + (1...20).map { "q\($0)" } + (1...20).map { "x\($0)" }

  static func of(_ text: String, rate: Int = 16_000) -> [Int16] {
    text.split(separator: " ").flatMap { word in
      let number = words.firstIndex(of: String(word)) ?? 0
      let (low, high) = (400 + 100 * Double(number % 8), 1400 + 200 * Double(number / 8))
      let count = rate * 120 / 1000
      return (0..<count).map { i in
        let t = Double(i) * 2 * .pi / Double(rate)
        let rise = min(1, Double(min(i, count - 1 - i)) / Double(rate / 250))
        return Int16((sin(low * t) + sin(high * t)) * 6000 * rise)
      } + silence(40, rate: rate)
    }
  }

  /// Apart from how the two sides round.
  static func same(_ a: [Int16], _ b: [Int16]) -> Bool { a.count == b.count && zip(a, b).allSatisfy { abs(Int($0) - Int($1)) <= 1 } }

  static func silence(_ ms: Int, rate: Int = 16_000) -> [Int16] { [Int16](repeating: 0, count: rate * ms / 1000) }
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
