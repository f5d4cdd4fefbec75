// From YAML text to a tree. The only file that knows the YAML library.

import Yams

extension Tree {
  /// Why a text is no tree.
  struct Refusal: Error {
    var line: Int?
    var message: String
  }

  /// Parses one document; nil when the text holds none. Anchors, aliases, tags other than `!file` and `!path`, keys that are no scalars, keys given
  /// twice and deep nesting are refused: a reader of the file should see what it means, and a hostile one must not grow in memory.
  static func parse(_ text: String) throws(Refusal) -> Tree? {
    // Before the library sees them: it expands aliases, and hashing an expanded key takes time without bound.
    if let name = aliasName(in: text) { throw Refusal(line: nil, message: "'&\(name)' and '*\(name)': \(noAnchors)") }
    do {
      let parser = try Parser(yaml: text)
      // Nodes refer to their anchors weakly; the parser keeps them until the walk is over.
      return try withExtendedLifetime(parser) { try parser.singleRoot().map { try convert($0, depth: 0) } }
    } catch let refusal as Refusal {
      throw refusal
    } catch let error as YamlError {
      throw Refusal(error)
    } catch {
      throw Refusal(line: nil, message: "not readable as YAML: \(error)")
    }
  }

  private static let noAnchors = "anchors and aliases are not read here; write the value out"

  private static func convert(_ node: Node, depth: Int) throws(Refusal) -> Tree {
    let line = node.mark?.line ?? 1
    guard depth <= Limits.depth else { throw Refusal(line: line, message: "nested more than \(Limits.depth) levels deep") }
    switch node {
    case .scalar(let scalar):
      if scalar.anchor != nil { throw Refusal(line: line, message: noAnchors) }
      if scalar.tag.rawValue == "!file" { return Tree(shape: .file(scalar.string), line: line) }
      if scalar.tag.rawValue == "!path" { return Tree(shape: .path(scalar.string), line: line) }
      try checkTag(scalar.tag, line)
      return Tree(shape: .scalar(scalar.string, isPlain: scalar.style == .plain), line: line)
    case .sequence(let sequence):
      if sequence.anchor != nil { throw Refusal(line: line, message: noAnchors) }
      try checkTag(sequence.tag, line)
      var items: [Tree] = []
      for item in sequence { items.append(try convert(item, depth: depth + 1)) }
      return Tree(shape: .list(items), line: line)
    case .mapping(let mapping):
      if mapping.anchor != nil { throw Refusal(line: line, message: noAnchors) }
      try checkTag(mapping.tag, line)
      return Tree(shape: .mapping(try members(mapping, depth: depth)), line: line)
    case .alias:
      throw Refusal(line: line, message: noAnchors)
    }
  }

  private static func members(_ mapping: Node.Mapping, depth: Int) throws(Refusal) -> [Member] {
    var members: [Member] = []
    var seen: Set<String> = []
    for (key, value) in mapping {
      let line = key.mark?.line ?? 1
      guard case .scalar(let name) = key else { throw Refusal(line: line, message: "a key must be a word, not a list or mapping") }
      guard seen.insert(name.string).inserted else { throw Refusal(line: line, message: "the key '\(name.string)' is given twice") }
      members.append(Member(key: name.string, line: line, value: try convert(value, depth: depth + 1)))
    }
    return members
  }

  private static func checkTag(_ tag: Tag, _ line: Int) throws(Refusal) {
    // The parser marks quoted scalars as strings by itself; every other tag was written by hand.
    if tag.rawValue.isEmpty || tag.rawValue == "!" || tag.rawValue == "tag:yaml.org,2002:str" { return }
    throw Refusal(line: line, message: "the tag '\(tag.rawValue)' is not read here; only '!file' and '!path' are")
  }

  /// A name that occurs both behind `&` and behind `*`; whatever has an alias has both.
  private static func aliasName(in text: String) -> String? {
    var names: [UInt8: Set<String>] = [:]
    let bytes = Array(text.utf8)
    for at in bytes.indices where bytes[at] == UInt8(ascii: "&") || bytes[at] == UInt8(ascii: "*") {
      let word = bytes[(at + 1)...].prefix { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
          UInt8(ascii: "_"), UInt8(ascii: "-"):
          true
        default: false
        }
      }
      if !word.isEmpty { names[bytes[at], default: []].insert(String(decoding: word, as: UTF8.self)) }
    }
    return names[UInt8(ascii: "&")]?.intersection(names[UInt8(ascii: "*")] ?? []).sorted().first
  }
}

extension Tree.Refusal {
  init(_ error: YamlError) {
    switch error {
    case .scanner(_, let problem, let mark, _) where problem.contains("nesting"),
      .parser(_, let problem, let mark, _) where problem.contains("nesting"):
      self.init(line: mark.line, message: "nested more than \(Limits.depth) levels deep")
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
      self.init(line: mark.line, message: "not readable as YAML: \(problem)")
    case .duplicatedKeysInMapping(let keys, let context):
      self.init(line: context.mark.line, message: "the key '\(keys.sorted().first ?? "")' is given twice")
    case .reader(let problem, _, _, _):
      self.init(line: nil, message: "not readable as YAML: \(problem)")
    default:
      self.init(line: nil, message: "not readable as YAML")
    }
  }
}
