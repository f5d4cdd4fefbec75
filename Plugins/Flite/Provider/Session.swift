// A flite session: takes texts to say, and passes the host's wishes on to the speaker.

import FliteEngine
import PluginKit
import Vox

final class FliteSession: Session {
  /// As the manifest's traits say.
  private static let maxTextBytes = 600
  private static let maxOps = 8

  private let speaker: Speaker
  /// Speeches that may still be running, to be cancelled and resumed; at most `maxOps`.
  private var speeches: [Speech] = []

  init(_ speaker: Speaker) { self.speaker = speaker }

  func start(_ op: Op, _ request: Request) throws {
    switch request.kind {
    case OpKind.say: try say(op, request)
    case OpKind.voices:
      let voices = VoiceName.allCases.map {
        JSONValue.object(["id": .string($0.rawValue), "language": "en-US", "rate": .int(Int64($0.rate))])
      }
      op.completed(["voices": .array(voices)])
    // The voice was registered when the session opened, and no network can fail: there is nothing to warm or to probe.
    case OpKind.warm, OpKind.probe: op.completed()
    default: throw ProviderError(.invalid, "Flite has no op of kind \(request.kind).")
    }
  }

  private func say(_ op: Op, _ request: Request) throws {
    speeches.removeAll { $0.op.isOver }
    guard speeches.count < Self.maxOps else {
      throw ProviderError(.overloaded, "At most \(Self.maxOps) texts may wait to be said; wait for one to end.")
    }
    guard request.text.utf8.count <= Self.maxTextBytes else {
      throw ProviderError(
        .invalid, "The text has \(request.text.utf8.count) bytes, more than the \(Self.maxTextBytes) flite takes at once.")
    }
    if let language = request.body["language"]?.string, !language.isEmpty, !language.lowercased().hasPrefix("en") {
      throw ProviderError(.invalid, "Flite speaks English only, not '\(language.prefix(20))'.", code: "language_not_found")
    }
    op.accepted()
    let speech = Speech(op, text: request.text)
    speeches.append(speech)
    guard speaker.say(speech) else { throw ProviderError(.overloaded, "Flite's queue is full.") }
  }

  func cancel(_ op: Op, reason: Reason) {
    speeches.first { $0.op === op }?.reportUsage()
    speaker.goOn()
  }

  func resume(_ op: Op?) { speaker.goOn() }

  func close(_ port: SessionPort, reason: Reason) { speaker.close { port.closed() } }
}
