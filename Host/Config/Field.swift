// One value of a configuration file, asked for by kind.

import Base
public import Vox

/// A value and where it stands. Each question answers nil after reporting why the value is not of that kind.
public struct Field {
  let tree: Tree
  /// The way to this value: `tools[2].name`.
  public let path: String
  let file: ConfigFile

  public var line: Int { tree.line }
  /// The file it stands in, for messages made later.
  public var fileName: String { file.path }

  /// Reports a problem at this value.
  public func report(_ message: String) { file.report(message, line: tree.line, field: path) }

  /// A text, quoted or not, the text of a file by `!file`, or the whole path of a file by `!path`. `bytes` counts UTF-8.
  public func text(_ bytes: ClosedRange<Int> = 1...1024) -> String? {
    switch tree.shape {
    case .scalar(let text, _) where !tree.isNothing: return bounded(text, bytes)
    case .file(let name): return other(file.included(name), bytes)
    case .path(let name): return other(file.located(name), bytes)
    default: return refuse("expected text, found \(tree.name)")
    }
  }

  /// A whole number, written in decimal digits without quotes.
  public func integer(_ range: ClosedRange<Int>) -> Int? {
    if case .scalar(let text, isPlain: true) = tree.shape, Self.looksNumeric(text), let number = Int(text), range.contains(number) {
      return number
    }
    return refuse("expected a whole number from \(range.lowerBound) to \(range.upperBound), found \(tree.name)")
  }

  /// A number, with or without a fraction.
  public func number(_ range: ClosedRange<Double>) -> Double? {
    if case .scalar(let text, isPlain: true) = tree.shape, Self.looksNumeric(text), let number = Double(text), range.contains(number) {
      return number
    }
    return refuse("expected a number from \(range.lowerBound) to \(range.upperBound), found \(tree.name)")
  }

  /// `true` or `false`, nothing else: `no` is a language and `on` a word.
  public func flag() -> Bool? {
    if case .scalar(let text, isPlain: true) = tree.shape {
      if text == "true" { return true }
      if text == "false" { return false }
    }
    return refuse("expected true or false, found \(tree.name)")
  }

  /// One of the words of a closed list.
  public func choice<Word: RawRepresentable<String> & CaseIterable>(_ type: Word.Type = Word.self) -> Word? {
    if case .scalar(let text, _) = tree.shape, let word = Word(rawValue: text) { return word }
    return refuse("expected \(Word.allCases.map(\.rawValue).joined(separator: ", ")), found \(tree.name)")
  }

  /// The values of a list.
  public func list(_ count: ClosedRange<Int>) -> [Field]? {
    guard case .list(let items) = tree.shape else { return refuse("expected a list, found \(tree.name)") }
    guard count.contains(items.count) else {
      return refuse("expected \(count.lowerBound) to \(count.upperBound) values, found \(items.count)")
    }
    return items.enumerated().map { Field(tree: $1, path: "\(path)[\($0)]", file: file) }
  }

  /// A mapping with known keys; keys that `body` does not ask for are problems.
  public func fields<Value>(_ body: (Fields) -> Value) -> Value? {
    guard case .mapping(let members) = tree.shape else { return refuse("expected a mapping of keys to values, found \(tree.name)") }
    let fields = Fields(members, path: path, line: line, file: file)
    defer { fields.finish() }
    return body(fields)
  }

  /// A mapping whose keys are names chosen by the author.
  public func entries(_ count: ClosedRange<Int>) -> [(name: String, field: Field)]? {
    guard case .mapping(let members) = tree.shape else { return refuse("expected a mapping of names to values, found \(tree.name)") }
    guard count.contains(members.count) else {
      return refuse("expected \(count.lowerBound) to \(count.upperBound) entries, found \(members.count)")
    }
    return members.map { ($0.key, Field(tree: $0.value, path: path.isEmpty ? $0.key : "\(path).\($0.key)", file: file)) }
  }

  /// Any value, as JSON. Unquoted words follow YAML 1.2's core schema: `true`, `false`, `null`, `~`, numbers; everything else is text.
  public func json() -> JSONValue? {
    switch tree.shape {
    case .scalar(let text, let isPlain): return Self.scalar(text, isPlain: isPlain)
    case .file, .path: return text(0...Limits.fileBytes).map(JSONValue.string)
    case .list(let items):
      let values = items.indices.map { Field(tree: items[$0], path: "\(path)[\($0)]", file: file).json() }
      return values.contains { $0 == nil } ? nil : .array(values.compactMap { $0 })
    case .mapping(let members):
      var object: [String: JSONValue] = [:]
      for member in members {
        guard let value = Field(tree: member.value, path: "\(path).\(member.key)", file: file).json() else { return nil }
        object[member.key] = value
      }
      return .object(object)
    }
  }

  /// A mapping as a JSON object.
  public func object() -> JSONValue? {
    guard case .mapping = tree.shape else { return refuse("expected a mapping of keys to values, found \(tree.name)") }
    return json()
  }

  /// True when this is a mapping, for values that have a short and a long form.
  public var isMapping: Bool { if case .mapping = tree.shape { true } else { false } }

  /// True when this is a list.
  public var isList: Bool { if case .list = tree.shape { true } else { false } }

  private func other(_ text: Result<String, Problem>, _ bytes: ClosedRange<Int>) -> String? {
    switch text {
    case .success(let text): bounded(text, bytes)
    case .failure(let problem): refuse(problem.message)
    }
  }

  private func bounded(_ text: String, _ bytes: ClosedRange<Int>) -> String? {
    if bytes.contains(text.utf8.count) { return text }
    return refuse("expected \(bytes.lowerBound) to \(bytes.upperBound) bytes of text, found \(text.utf8.count)")
  }

  private func refuse<Value>(_ message: String) -> Value? {
    report(message)
    return nil
  }

  private static func scalar(_ text: String, isPlain: Bool) -> JSONValue {
    guard isPlain else { return .string(text) }
    switch text {
    case "", "~", "null": return .null
    case "true": return .bool(true)
    case "false": return .bool(false)
    default:
      guard looksNumeric(text) else { return .string(text) }
      if let number = Int64(text) { return .int(number) }
      if let number = Double(text), number.isFinite { return .number(number) }
      return .string(text)
    }
  }

  /// Swift reads `inf`, `nan` and hexadecimal as numbers too; a configuration means words by them, and a telephone number by `+1`.
  private static func looksNumeric(_ text: String) -> Bool {
    guard let first = text.utf8.first, first != UInt8(ascii: "+") else { return false }
    return text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "e"),
        UInt8(ascii: "E"):
        true
      default: false
      }
    }
  }
}
