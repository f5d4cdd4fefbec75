// What the tests need to be heard: a vocabulary, a synthetic speaker, and a telephone line.

import Dialogue
import FliteEngine
import Foundation
import PocketSphinxEngine
import Sound

/// Speech and vocabulary, made once.
enum Studio {
  private static let dictionary = "/usr/share/pocketsphinx/model/en-us/cmudict-en-us.dict"

  /// Whether the package pocketsphinx-en-us is installed.
  static let isFurnished = FileManager.default.fileExists(atPath: dictionary)

  /// The vocabulary of the demo's flow in a folder that lives as long as the tests.
  static func vocabulary() throws -> String { try folder.get() }

  private static let folder = Result {
    let here = URL(filePath: #filePath).deletingLastPathComponent()
    let yaml = try String(contentsOf: here.appending(path: "../../../deploy/demo/flow.yaml"), encoding: .utf8)
    let words = Array(try Data(contentsOf: URL(filePath: dictionary)))
    let made = Vocabulary(try Flow(yaml: yaml, file: "flow.yaml"), dictionary: words)
    return try made.write(into: FileManager.default.temporaryDirectory.appending(path: "sphinx-tests-\(getpid())").path)
  }

  static func decoder() throws -> Decoder { try Decoder(Model(vocabulary: try vocabulary())) }

  /// `text` in a voice that repeats every sample, at 16 kHz, with silence around it.
  static func say(_ text: String, beforeMs: Int = 300, afterMs: Int = 800) -> [Int16] {
    var samples = [Int16](repeating: 0, count: beforeMs * 16)
    for sentence in Sentence.sentences(of: SpeakableText.tokens(of: text)) {
      Voice.named(.kal16)?.speak(sentence.text, Prosody(), words: { _ in }) {
        samples += $0.map { $0 / 2 }
        return true
      }
    }
    return samples + [Int16](repeating: 0, count: afterMs * 16)
  }

  /// The same as a telephone delivers it: 8 kHz, mu-law.
  static func overTelephone(_ samples: [Int16]) throws -> [Int16] {
    try Resampler.convert(samples, from: 16_000, to: 8_000).map { G711.muLaw.decode(G711.muLaw.encode($0)) }
  }
}

extension Recogniser {
  /// Feeds a whole recording in frames of 20 ms, and tells what came of it.
  func hear(_ samples: [Int16], rate: Int, flush: Bool = true) -> [Event] {
    var events: [Event] = []
    samples.withUnsafeBufferPointer { all in
      for start in stride(from: 0, to: all.count, by: rate / 50) {
        feed(UnsafeBufferPointer(rebasing: all[start..<min(start + rate / 50, all.count)])) { events.append($0) }
      }
    }
    if flush { self.flush { events.append($0) } }
    return events
  }
}

extension [Recogniser.Event] {
  var finals: [Heard] { compactMap { if case .final(let heard) = $0 { heard } else { nil } } }
  var interims: [Heard] { compactMap { if case .interim(let heard) = $0 { heard } else { nil } } }
  /// All that was understood.
  var text: String { finals.map(\.text).filter { !$0.isEmpty }.joined(separator: " ") }
}
