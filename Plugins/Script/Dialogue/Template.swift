// Sentences of a flow with places for values.

/// Text such as `You are booked for {day}. Your number is {result.reference}.`
struct Template: Sendable, Equatable {
  enum Part: Sendable, Equatable {
    case text(String)
    case slot(String)
    /// A field of the tool's result.
    case result(String)
  }

  let source: String
  let line: Int
  let parts: [Part]

  init(_ source: String, file: String, line: Int) throws {
    self.source = source
    self.line = line
    var parts: [Part] = [], rest = Substring(source)
    while let open = rest.firstIndex(of: "{") {
      guard let close = rest[open...].firstIndex(of: "}") else {
        throw FlowProblem(file: file, line: line, text: "The text \"\(source)\" lacks a \"}\".")
      }
      if open > rest.startIndex { parts.append(.text(String(rest[..<open]))) }
      let name = String(rest[rest.index(after: open)..<close])
      parts.append(name.hasPrefix("result.") ? .result(String(name.dropFirst(7))) : .slot(name))
      rest = rest[rest.index(after: close)...]
    }
    if !rest.isEmpty { parts.append(.text(String(rest))) }
    self.parts = parts
  }

  /// The slots it mentions.
  var slots: [String] { parts.compactMap { if case .slot(let name) = $0 { name } else { nil } } }

  /// Whether it mentions a tool's result.
  var usesResult: Bool { parts.contains { if case .result = $0 { true } else { false } } }

  /// The text with the values filled in. A place without a value becomes empty, and its sentence is left out by `Sentences`.
  func filled(slot: (String) -> String?, result: (String) -> String?) -> String? {
    var text = ""
    for part in parts {
      switch part {
      case .text(let plain): text += plain
      case .slot(let name):
        guard let value = slot(name) else { return nil }
        text += value
      case .result(let name):
        guard let value = result(name) else { return nil }
        text += value
      }
    }
    return text
  }
}
