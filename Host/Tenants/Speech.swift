// Lines the agent says by itself: built in for English, required of the author for any other language.

import Config

/// Reads such lines for an agent's language.
struct Speech {
  let language: String

  private var isEnglish: Bool { language == "en" || language.hasPrefix("en-") }

  func lines(_ key: String, in fields: Fields, _ count: ClosedRange<Int>, builtIn: [String]) -> [String] {
    need(key, in: fields)
    return fields.texts(key, count, 1...500, default: builtIn)
  }

  func line(_ key: String, in fields: Fields, builtIn: String) -> String {
    need(key, in: fields)
    return fields.text(key, 1...500, default: builtIn)
  }

  private func need(_ key: String, in fields: Fields) {
    if !isEnglish, fields.field(key) == nil {
      fields.report("missing; the built-in lines are English and this agent speaks '\(language)'", at: key)
    }
  }
}
