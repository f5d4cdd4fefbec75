// From the operator's settings to declared functions, with everything that is wrong about them.

import Vox

/// Reads `functions` of the settings. Their form (which members there are, and of which JSON type) has been checked against the
/// manifest's schema by the host; here is checked what they mean. Numbers are held to their bounds once more, because memory
/// depends on them.
struct DeclarationReader {
  /// Languages' models take tool names of these characters and this length, and no others.
  private static let nameRule = "1 to 64 letters, digits, '_' or '-'"
  /// As long as a caller is left waiting without a word.
  private static let defaultTimeoutMs = 2_000
  /// More text than an agent can use.
  private static let defaultTextBytes = 4_096
  private static let maxTextBytes = 65_536
  private static let maxTimeoutMs = 60_000

  private(set) var problems: [Problem] = []

  mutating func read(_ settings: JSONValue) -> [Declaration] {
    let timeoutMs = settings["timeout_ms"]?.int ?? Self.defaultTimeoutMs
    return (settings["functions"]?.object ?? [:]).sorted { $0.key < $1.key }.map { tool, json in
      read(tool, json, timeoutMs: timeoutMs, at: "/functions/\(tool)")
    }
  }

  private mutating func read(_ tool: String, _ json: JSONValue, timeoutMs: Int, at path: String) -> Declaration {
    if !isName(tool) { complain(path, "a tool's name is \(Self.nameRule); rename it") }
    let library = text(json, "library", at: path)
    if library.contains("/"), !library.hasPrefix("/") {
      complain("\(path)/library", "must be an absolute path, or a bare name such as libm.so.6")
    }
    let symbol = text(json, "symbol", at: path)
    let arguments = readArguments(json["arguments"]?.array ?? [], at: "\(path)/arguments")
    let answer = readAnswer(json["result"], at: "\(path)/result")
    let hasBuffer = arguments.contains { if case .buffer = $0.source { true } else { false } }
    switch answer {
    case .value, .text:
      if hasBuffer, arguments.contains(where: { $0.name == "result" }) {
        complain("\(path)/arguments", "the name 'result' is taken by what the function returns; rename the argument")
      }
    case .nothing, .status: break
    }
    let own = json["schema"].flatMap { compile($0, arguments, at: "\(path)/schema") }
    return Declaration(
      tool: tool, description: text(json, "description", at: path), library: library, symbol: symbol, arguments: arguments,
      answer: answer, timeoutMs: min(max(json["timeout_ms"]?.int ?? timeoutMs, 1), Self.maxTimeoutMs),
      schema: json["schema"] ?? ArgumentSchema.derived(from: arguments), ownSchema: own)
  }

  // MARK: arguments

  private mutating func readArguments(_ list: [JSONValue], at path: String) -> [Argument] {
    var arguments: [Argument] = []
    for (i, json) in list.enumerated() {
      let place = "\(path)/\(i)"
      let name = text(json, "name", at: place)
      if !isName(name) { complain("\(place)/name", "an argument's name is \(Self.nameRule); rename it") }
      if arguments.contains(where: { $0.name == name }) { complain("\(place)/name", "there is another argument '\(name)'; rename one") }
      guard let source = readSource(json, beside: list, at: place) else { continue }
      arguments.append(Argument(name: name, source: source))
    }
    return arguments
  }

  private mutating func readSource(_ json: JSONValue, beside list: [JSONValue], at path: String) -> Argument.Source? {
    if let bytes = bufferBytes(json) {
      for other in ["type", "value", "size_of", "description"] where json[other] != nil {
        complain("\(path)/\(other)", "does not go with 'buffer', which is room for text that the function writes; remove one of them")
      }
      return .buffer(bytes: bytes)
    }
    guard let type = type(json, at: path) else { return nil }
    guard let value = json["value"] else {
      guard let buffer = json["size_of"]?.string else { return .agent(type, description: json["description"]?.string ?? "") }
      refuseDescription(json, at: path)
      guard let bytes = list.first(where: { $0["name"]?.string == buffer }).flatMap(bufferBytes) else {
        complain("\(path)/size_of", "'\(buffer)' is no argument with a 'buffer'; name one that is")
        return nil
      }
      guard type.wholes != nil, let size = type.passed(.int(Int64(bytes))) else {
        complain("\(path)/type", "\(type.rawValue) cannot hold the size \(bytes); C's size_t is uint64, its int is int32")
        return nil
      }
      return .constant(size, type)
    }
    if json["size_of"] != nil { complain("\(path)/size_of", "does not go with 'value'; remove one of them") }
    refuseDescription(json, at: path)
    guard let constant = type.passed(value) else {
      complain("\(path)/value", "must be \(type.expectation), found \(value.text.prefix(60))")
      return nil
    }
    return .constant(constant, type)
  }

  private func bufferBytes(_ json: JSONValue) -> Int? { json["buffer"]?.int.map { min(max($0, 1), Self.maxTextBytes) } }

  private mutating func refuseDescription(_ json: JSONValue, at path: String) {
    if json["description"] != nil { complain("\(path)/description", "the agent never sees this argument; remove it") }
  }

  // MARK: the answer

  private mutating func readAnswer(_ json: JSONValue?, at path: String) -> Answer {
    guard let json, let type = type(json, at: path) else { return .nothing }
    if type == .string {
      if json["status"] != nil { complain("\(path)/status", "text is no status; remove it, or mend the type") }
      let free = json["free"].map { _ in text(json, "free", at: path) }
      return .text(maxBytes: min(max(json["bytes"]?.int ?? Self.defaultTextBytes, 1), Self.maxTextBytes), free: free)
    }
    for name in ["bytes", "free"] where json[name] != nil {
      complain("\(path)/\(name)", "goes with the type string only; remove it, or mend the type")
    }
    guard let status = json["status"]?.string else { return .value(type) }
    guard let verdict = Answer.Verdict(rawValue: status) else {
      complain("\(path)/status", "must be \(Answer.Verdict.allCases.map(\.rawValue).joined(separator: ", "))")
      return .nothing
    }
    if type.wholes == nil, type != .bool { complain("\(path)/status", "a status is a whole number or a bool, not \(type.rawValue)") }
    if verdict == .notNegative, !type.isSigned { complain("\(path)/status", "\(type.rawValue) is never negative; mend the type") }
    return .status(type, verdict)
  }

  // MARK: parts

  private mutating func compile(_ schema: JSONValue, _ arguments: [Argument], at path: String) -> JSONSchema? {
    do {
      let compiled = try JSONSchema(schema)
      problems += ArgumentSchema.problems(in: schema, of: arguments, at: path)
      return compiled
    } catch {
      complain(path + error.path, error.reason)
      return nil
    }
  }

  private mutating func type(_ json: JSONValue, at path: String) -> CType? {
    guard let type = json["type"]?.string.flatMap(CType.init(rawValue:)) else {
      complain("\(path)/type", "must be one of \(CType.allCases.map(\.rawValue).joined(separator: ", "))")
      return nil
    }
    return type
  }

  /// Text that ends up in C or before a model: not empty, and nothing invisible in it.
  private mutating func text(_ json: JSONValue, _ name: String, at path: String) -> String {
    guard let text = json[name]?.string, !text.isEmpty, text.unicodeScalars.allSatisfy({ $0.value >= 32 || $0 == "\n" }) else {
      complain("\(path)/\(name)", "must be text without control characters")
      return ""
    }
    return text
  }

  private func isName(_ name: String) -> Bool {
    (1...64).contains(name.utf8.count)
      && name.utf8.allSatisfy { c in
        (48...57).contains(c) || (65...90).contains(c) || (97...122).contains(c) || c == 95 || c == 45
      }
  }

  private mutating func complain(_ path: String, _ reason: String) { problems.append(Problem(path, reason)) }
}
