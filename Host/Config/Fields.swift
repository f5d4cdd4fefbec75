// A mapping under reading: each key is asked for once, what nobody asked for is a mistake.

public import Vox

/// The members of a mapping. Questions with a default answer it when the key is missing; questions without one report the missing
/// key and answer a placeholder, so that the rest of the file is checked as well: the value is thrown away in the end.
public final class Fields {
  private let members: [Tree.Member]
  private let file: ConfigFile
  private var asked: [String] = []
  /// The way to this mapping; empty for the file itself.
  public let path: String
  public let line: Int

  init(_ members: [Tree.Member], path: String, line: Int, file: ConfigFile) {
    self.members = members
    self.path = path
    self.line = line
    self.file = file
  }

  /// The file as it is shown to people.
  public var fileName: String { file.path }

  /// The value of `key`; nil when the key is missing or its value is empty.
  public func field(_ key: String) -> Field? {
    if !asked.contains(key) { asked.append(key) }
    guard let member = members.first(where: { $0.key == key }), !member.value.isNothing else { return nil }
    return Field(tree: member.value, path: way(to: key), file: file)
  }

  /// As `field`, for a key that must be there.
  public func required(_ key: String, _ expected: String) -> Field? {
    if let field = field(key) { return field }
    file.report("missing; expected \(expected)", line: members.first { $0.key == key }?.line ?? line, field: way(to: key))
    return nil
  }

  public func text(_ key: String, _ bytes: ClosedRange<Int> = 1...1024) -> String { required(key, "text")?.text(bytes) ?? "" }

  public func text(_ key: String, _ bytes: ClosedRange<Int> = 1...1024, default value: String) -> String {
    field(key).map { $0.text(bytes) ?? "" } ?? value
  }

  public func text(_ key: String, _ bytes: ClosedRange<Int> = 1...1024, default value: String?) -> String? {
    field(key).map { $0.text(bytes) } ?? value
  }

  public func integer(_ key: String, _ range: ClosedRange<Int>) -> Int {
    required(key, "a whole number from \(range.lowerBound) to \(range.upperBound)")?.integer(range) ?? range.lowerBound
  }

  public func integer(_ key: String, _ range: ClosedRange<Int>, default value: Int) -> Int { field(key)?.integer(range) ?? value }

  public func number(_ key: String, _ range: ClosedRange<Double>, default value: Double) -> Double { field(key)?.number(range) ?? value }

  public func flag(_ key: String, default value: Bool) -> Bool { field(key)?.flag() ?? value }

  public func choice<Word: RawRepresentable<String> & CaseIterable>(_ key: String, default value: Word) -> Word {
    field(key)?.choice() ?? value
  }

  /// A list of texts.
  public func texts(_ key: String, _ count: ClosedRange<Int>, _ bytes: ClosedRange<Int> = 1...1024, default value: [String]) -> [String] {
    field(key).map { $0.list(count)?.compactMap { $0.text(bytes) } ?? [] } ?? value
  }

  /// A mapping of free settings as a JSON object; empty when missing.
  public func object(_ key: String) -> JSONValue { field(key)?.object() ?? .object([:]) }

  /// A nested mapping; one that is missing is read as an empty one, so that its defaults stand in one place.
  public func fields<Value>(_ key: String, _ body: (Fields) -> Value) -> Value {
    if let field = field(key), let value = field.fields(body) { return value }
    return body(Fields([], path: way(to: key), line: line, file: file))
  }

  /// Reports a problem at `key`, or at the mapping itself.
  public func report(_ message: String, at key: String? = nil) {
    let at = key.flatMap { key in members.first { $0.key == key }?.line } ?? line
    file.report(message, line: at, field: key.map(way) ?? path)
  }

  func finish() {
    for member in members where !asked.contains(member.key) {
      let hint = asked.first { Self.isNear($0, member.key) }.map { "did you mean '\($0)'?" }
      file.report(
        "unknown key; \(hint ?? "known here: \(asked.sorted().joined(separator: ", "))")", line: member.line, field: way(to: member.key))
    }
  }

  private func way(to key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  /// Equal but for case, or at most two letters apart (Levenshtein's distance), at most half of the word.
  private static func isNear(_ known: String, _ given: String) -> Bool {
    let known = Array(known.lowercased().utf8)
    let given = Array(given.lowercased().utf8.prefix(64))
    var row = Array(0...given.count)
    for (i, letter) in known.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, other) in given.enumerated() {
        let above = row[j + 1]
        row[j + 1] = letter == other ? diagonal : 1 + min(diagonal, min(above, row[j]))
        diagonal = above
      }
    }
    return row[given.count] <= 2 && row[given.count] * 2 <= known.count
  }
}
