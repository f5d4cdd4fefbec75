// The text messages of the phone's socket; docs/WebPhone.md describes them.

import Vox

/// What a phone says beside its sound. Messages of unknown types are ignored, so that the protocol can grow.
enum Message: Equatable {
  case start(to: String, from: String)
  /// A mark we sent has been reached by the playing sound.
  case mark(String)
  /// The answer to `clear`: how many samples were thrown away unheard.
  case cleared(dropped: UInt64)
  case key(Character)
  case hangUp
  case unknown

  /// Longer than any message a phone has reason to send.
  private static let maxBytes = 4_096

  init(_ text: String) {
    guard text.utf8.count <= Self.maxBytes, let json = try? JSONValue(parsing: text) else {
      self = .unknown
      return
    }
    func member(_ name: String) -> String { String((json[name]?.string ?? "").prefix(64)) }
    switch json["type"]?.string {
    case "start": self = .start(to: member("to"), from: member("from"))
    case "mark": self = .mark(member("name"))
    case "cleared": self = .cleared(dropped: UInt64(clamping: json["dropped"]?.int ?? 0))
    case "dtmf": self = member("digit").first.flatMap { "0123456789*#ABCD".contains($0) ? .key($0) : nil } ?? .unknown
    case "hangup": self = .hangUp
    default: self = .unknown
    }
  }

  static let ringing = #"{"type":"ringing"}"#
  static let answered = #"{"rate":16000,"type":"answered"}"#
  static let clear = #"{"type":"clear"}"#

  static func mark(name: String) -> String { JSONValue.object(["type": "mark", "name": .string(name)]).text }

  static func transcript(speaker: String, text: String, isFinal: Bool) -> String {
    JSONValue.object(["type": "transcript", "speaker": .string(speaker), "text": .string(text), "final": .bool(isFinal)]).text
  }

  static func hangUp(reason: String) -> String { JSONValue.object(["type": "hangup", "reason": .string(reason)]).text }
}
