// What the tests against the emulator share: one emulator, one way to open the plugin, one ear.

import Foundation
import Loader
import PluginHarness
import ProviderHarness
import Testing
import Vox

/// Everything that talks to the one emulator, one test after the other.
@Suite(.serialized) enum Emulated {
  nonisolated(unsafe) private static let shared = Result { try Emulator("chatterbox") }

  /// The emulator as at its start.
  static func emulator(_ script: JSONValue? = nil) throws -> Emulator {
    let emulator = try shared.get()
    try emulator.reset()
    if let script { try emulator.control(["script": script]) }
    return emulator
  }

  /// Opens a session and waits until its connection is open, so that a turn finds it.
  static func open(_ emulator: Emulator, _ settings: JSONValue = [:], rate: Int = 24_000) throws -> (VendorLab, VendorSession) {
    let isRunPod = settings["dialect"]?.string?.hasPrefix("runpod") == true
    let place: JSONValue = ["base_url": .string(emulator.url + (isRunPod ? "/v2" : ""))]
    let lab = try VendorLab("Chatterbox", settings: place.merging(settings), secrets: ["api_key": emulator.key])
    let mark = try Emulated.mark(emulator)
    let session = try lab.open(.tts, rate: rate)
    try lab.wait("the connection") { try !emulator.log("opened", after: mark).isEmpty }
    return (lab, session)
  }

  /// Says a text and waits for its end.
  static func say(_ text: String, _ lab: VendorLab, _ session: VendorSession) throws -> OpID {
    let op = try session.start(OpKind.say, text: text)
    try lab.wait("the end of \"\(text.prefix(40))\"") { session.terminal(op) != nil }
    return op
  }

  nonisolated(unsafe) private static var lastSeen: Int64 = 0

  /// The number of the last thing that the emulator noted; only what is new is read, since its log grows.
  static func mark(_ emulator: Emulator) throws -> Int64 {
    if let last = try emulator.log(after: lastSeen).last?["seq"]?.int { lastSeen = Int64(last) }
    return lastSeen
  }

  /// The bodies of the requests since `mark`.
  static func bodies(_ emulator: Emulator, after mark: Int64) throws -> [JSONValue] {
    try emulator.log("body", after: mark).compactMap { $0["json"] }
  }

  /// Method and path of the requests since `mark`, the warming one left out.
  static func requests(_ emulator: Emulator, after mark: Int64) throws -> [String] {
    try emulator.log("request", after: mark).map { "\($0["method"]?.string ?? "") \($0["path"]?.string ?? "")" }.filter {
      !$0.hasPrefix("HEAD")
    }
  }
}

/// The words of word-coded sound that begins with a word: every 160 ms hold a pair of tones, so word n of the code has low tone n % 8 and
/// high tone n / 8. Numbers count from 0; -1 is no word.
func words(_ samples: [Int16], rate: Int = 24_000) -> [Int] {
  let (step, skip, window) = (rate * 160 / 1000, rate / 50, rate * 80 / 1000)
  return stride(from: 0, to: samples.count - skip - window + 1, by: step).map { start in
    let piece = samples[(start + skip)..<(start + skip + window)]
    let low = (0..<8).map { power(piece, Double(400 + 100 * $0), rate) }
    let high = (0..<8).map { power(piece, Double(1400 + 200 * $0), rate) }
    let energy = piece.reduce(0.0) { $0 + Double($1) * Double($1) }
    guard energy > 10_000 * Double(window), let best = low.indices.max(by: { low[$0] < low[$1] }),
      let top = high.indices.max(by: { high[$0] < high[$1] }), (low[best] + high[top]) * 2 / Double(window) > 0.6 * energy
    else { return -1 }
    return top * 8 + best
  }
}

private func power(_ samples: ArraySlice<Int16>, _ hertz: Double, _ rate: Int) -> Double {
  var (re, im) = (0.0, 0.0)
  for (n, sample) in samples.enumerated() {
    let phase = 2 * .pi * hertz * Double(n) / Double(rate)
    re += Double(sample) * cos(phase)
    im += Double(sample) * sin(phase)
  }
  return re * re + im * im
}

/// The text "w1 w2 … wN.", whose words are numbers 0 to N - 1.
func sentence(_ range: ClosedRange<Int>) -> String { range.map { "w\($0)" }.joined(separator: " ") + "." }
