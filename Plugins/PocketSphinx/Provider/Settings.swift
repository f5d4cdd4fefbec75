// The settings of a provider and of a session, read from JSON.

import Glibc
import PocketSphinxEngine
import Vox

/// What to recognise, and with how much of the machine.
struct Settings {
  var acoustics = Model.debianAcoustics
  /// Nil when neither the agent nor the operator gave a vocabulary.
  var model: Model?
  var silenceMs = 600
  var threads = max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1)
  var maxSessions = 64

  /// Reads the members that are there; the rest keeps its default. Throws `invalid` naming the member and what is allowed.
  init(_ json: JSONValue) throws(ProviderError) {
    if let folder = try Self.path(json, "hmm") { acoustics = folder }
    silenceMs = try Self.whole(json, "endpoint_silence_ms", 200...3_000) ?? silenceMs
    threads = try Self.whole(json, "threads", 1...64) ?? threads
    maxSessions = try Self.whole(json, "max_sessions", 1...1_000) ?? maxSessions
    if let folder = json["vocabulary"]?["directory"]?.string, !folder.isEmpty {
      model = Model(acoustics: acoustics, vocabulary: folder)
    } else if let dictionary = try Self.path(json, "dictionary"), let language = try Self.path(json, "language_model") {
      model = Model(acoustics: acoustics, dictionary: dictionary, language: language)
    }
  }

  private static func path(_ json: JSONValue, _ name: String) throws(ProviderError) -> String? {
    guard let value = json[name] else { return nil }
    guard let path = value.string, !path.isEmpty, !path.utf8.contains(0) else {
      throw ProviderError(.invalid, "The setting '\(name)' must be a path.", scope: .session, code: "bad_setting")
    }
    return path
  }

  private static func whole(_ json: JSONValue, _ name: String, _ range: ClosedRange<Int>) throws(ProviderError) -> Int? {
    guard let value = json[name] else { return nil }
    guard let number = value.int, range.contains(number) else {
      throw ProviderError(
        .invalid, "The setting '\(name)' must be a whole number from \(range.lowerBound) to \(range.upperBound).", scope: .session,
        code: "bad_setting")
    }
    return number
  }
}
