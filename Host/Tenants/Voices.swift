// A tenant's voices: each defined once, with its counterpart at every provider that may have to speak.

import Config
public import Vox

/// The voices of a tenant by the names it gave them, so that a fallback sounds like the same person as far as vendors can offer it.
public struct Voices: Equatable, Sendable {
  /// For each name the settings of the session at each provider; `voice` is among them.
  public var counterparts: [String: [String: JSONValue]] = [:]
  /// The voice of agents that choose none.
  public var usual: String?

  public init() {}
}

extension Voices {
  /// Reads `voices` and `voice` of `tenant.yaml`.
  init(_ fields: Fields) {
    for (name, field) in fields.field("voices")?.entries(1...100) ?? [] {
      guard Words.isID(name) else {
        field.report("expected a name of letters, digits, '-' or '_' for the voice, found '\(name.prefix(60))'")
        continue
      }
      counterparts[name] = Self.counterparts(field)
    }
    usual = Self.chosen(fields, of: self)
  }

  private static func counterparts(_ field: Field) -> [String: JSONValue] {
    var settings: [String: JSONValue] = [:]
    for (provider, field) in field.entries(1...100) ?? [] {
      settings[provider] = field.isMapping ? members(field) : field.text(1...128).map { ["voice": .string($0)] }
    }
    return settings
  }

  /// Voices and models have names, even those that look like numbers.
  private static func members(_ field: Field) -> JSONValue {
    var members: [String: JSONValue] = [:]
    for (key, field) in field.entries(0...100) ?? [] {
      let isName = (key == "voice" || key == "model") && !field.isMapping
      members[key] = isName ? field.text(1...128).map { .string($0) } : field.json()
    }
    return .object(members)
  }

  /// The member `voice` of a tenant's or an agent's file.
  static func chosen(_ fields: Fields, of voices: Voices) -> String? {
    guard let name = fields.text("voice", 1...64, default: nil) else { return nil }
    if voices.counterparts[name] == nil {
      let known = voices.counterparts.keys.sorted().joined(separator: ", ")
      fields.report("there is no voice '\(name)' under voices in tenant.yaml (there are: \(known.isEmpty ? "none" : known))", at: "voice")
    }
    return name
  }

  /// Gives each link of a chain of voices its counterpart of the voice. What the link chose itself goes before it.
  ///
  /// - Returns: the providers that have neither.
  func speak(as name: String, in chain: inout Chain) -> [String] {
    guard let settings = counterparts[name] else { return [] }
    var mute: [String] = []
    for index in chain.links.indices {
      let link = chain.links[index]
      if let counterpart = settings[link.provider] {
        chain.links[index].settings = counterpart.merging(link.settings)
      } else if link.settings["voice"] == nil {
        mute.append(link.provider)
      }
    }
    return mute
  }
}
