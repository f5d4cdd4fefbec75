// The settings of a provider and of a session, read from JSON.

import FliteEngine
import Vox

/// Which voice speaks, and how.
struct Settings {
  var voice = VoiceName.slt
  var prosody = Prosody()
  var threads = 2

  /// Reads the members that are there; the rest keeps its default. Throws `invalid` naming the member and what is allowed.
  init(_ json: JSONValue) throws(ProviderError) {
    if let value = json["voice"] {
      guard let name = value.string.flatMap(VoiceName.init(rawValue:)) else {
        let known = VoiceName.allCases.map(\.rawValue).joined(separator: ", ")
        throw ProviderError(
          .invalid, "The setting 'voice' is \(value.text.prefix(40)); flite's voices are \(known).", scope: .session,
          code: "voice_not_found")
      }
      voice = name
    }
    prosody = Prosody(
      speed: try Self.number(json, "speed", in: Prosody.speeds), pitch: try Self.number(json, "pitch", in: Prosody.pitches))
    if let value = json["threads"] {
      guard let count = value.int, (1...64).contains(count) else {
        throw ProviderError(.invalid, "The setting 'threads' must be a whole number from 1 to 64.", scope: .provider)
      }
      threads = count
    }
  }

  private static func number(_ json: JSONValue, _ name: String, in range: ClosedRange<Double>) throws(ProviderError) -> Double {
    guard let value = json[name] else { return 1 }
    guard let number = value.double, range.contains(number) else {
      throw ProviderError(
        .invalid, "The setting '\(name)' must be a number from \(range.lowerBound) to \(range.upperBound).", scope: .session)
    }
    return number
  }
}
