// Strict reading of YAML: every value is asked for by name, everything else is refused with its line.

internal import Yams

/// One value of a flow file together with where it stands.
struct FlowNode {
  let node: Node
  let file: String
  /// How the value is called in messages, such as `intents.book.slots`.
  let path: String

  var line: Int { node.mark?.line ?? 1 }

  /// The root of a file's text. Flow files are written by hand: a megabyte is far more than any of them.
  init(text: String, file: String) throws {
    guard text.utf8.count <= 1 << 20 else {
      throw FlowProblem(file: file, line: nil, text: "The file is larger than one megabyte, which no flow needs.")
    }
    do {
      guard let node = try Yams.compose(yaml: text) else {
        throw FlowProblem(file: file, line: nil, text: "The file is empty; a flow begins with \"agent\" and \"greet\".")
      }
      self.init(node: node, file: file, path: "")
    } catch let problem as FlowProblem {
      throw problem
    } catch let error as YamlError {
      throw FlowProblem(file: file, line: FlowNode.line(of: error), text: "This is not valid YAML: \(FlowNode.reason(of: error)).")
    } catch {
      throw FlowProblem(file: file, line: nil, text: "This is not valid YAML: \(error).")
    }
  }

  private init(node: Node, file: String, path: String) {
    (self.node, self.file, self.path) = (node, file, path)
  }

  private static func line(of error: YamlError) -> Int? {
    switch error {
    case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark.line
    default: nil
    }
  }

  private static func reason(of error: YamlError) -> String {
    switch error {
    case .scanner(_, let problem, _, _), .parser(_, let problem, _, _), .composer(_, let problem, _, _): problem
    case .duplicatedKeysInMapping(let keys, _): "the key \(keys.map { "\"\($0)\"" }.joined(separator: ", ")) is given twice"
    default: "\(error)"
    }
  }

  func problem(_ text: String) -> FlowProblem { FlowProblem(file: file, line: line, text: text) }

  private var title: String { path.isEmpty ? "the file" : "\"\(path)\"" }

  /// The members of a mapping in the file's order; `allowed` nil takes any name.
  func members(allowed: [String]?) throws -> [(name: String, value: FlowNode)] {
    guard case .mapping(let mapping) = node else { throw problem("A mapping was expected for \(title).") }
    return try mapping.map { key, value in
      guard let name = key.string else {
        throw FlowProblem(file: file, line: key.mark?.line ?? line, text: "A key of \(title) is not a plain word.")
      }
      if let allowed, !allowed.contains(name) {
        throw FlowProblem(
          file: file, line: key.mark?.line ?? line,
          text: "Unknown key \"\(name)\" in \(title); known are \(Spoken.list(allowed, joined: "and")).")
      }
      return (name, FlowNode(node: value, file: file, path: path.isEmpty ? name : path + "." + name))
    }
  }

  /// The members by name.
  func fields(_ allowed: [String]) throws -> [String: FlowNode] {
    Dictionary(try members(allowed: allowed), uniquingKeysWith: { first, _ in first })
  }

  /// Non-empty text, blanks at its ends removed, line breaks turned into blanks.
  func text() throws -> String {
    guard case .scalar(let scalar) = node else { throw problem("Text was expected for \(title).") }
    let text = scalar.string.split(whereSeparator: { $0.isWhitespace }).joined(separator: " ")
    guard !text.isEmpty else { throw problem("The text of \(title) is empty.") }
    return text
  }

  /// The entries of a list; a single value counts as a list of one.
  func items() throws -> [FlowNode] {
    switch node {
    case .sequence(let sequence):
      guard !sequence.isEmpty else { throw problem("The list \(title) is empty.") }
      return sequence.map { FlowNode(node: $0, file: file, path: path) }
    case .scalar: return [self]
    default: throw problem("A list was expected for \(title).")
    }
  }

  var isScalar: Bool { node.scalar != nil }

  var isMapping: Bool { node.mapping != nil }

  func number(in range: ClosedRange<Int>) throws -> Int {
    guard let number = Int(try text()), range.contains(number) else {
      throw problem("A number from \(range.lowerBound) to \(range.upperBound) was expected for \(title).")
    }
    return number
  }

  func flag() throws -> Bool {
    switch try text() {
    case "true", "yes": return true
    case "false", "no": return false
    default: throw problem("\"yes\" or \"no\" was expected for \(title).")
    }
  }

  func time() throws -> CivilTime {
    guard let time = CivilTime(iso: try text()) else {
      throw problem("A time such as \"08:30\", in quotes, was expected for \(title).")
    }
    return time
  }

  /// `mon-fri` or `mon, wed, sat` as ISO weekdays.
  func weekdays() throws -> Set<Int> {
    var days: Set<Int> = []
    for part in try text().lowercased().split(separator: ",") {
      let ends = part.split(separator: "-").map { FlowNode.weekday(Sentences.trimmed($0)) }
      guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2 else {
        throw problem("Weekdays such as \"mon-fri\" or \"mon, wed, sat\" were expected for \(title).")
      }
      days.formUnion(first <= last ? Set(first...last) : Set(first...7).union(1...last))
    }
    return days
  }

  private static func weekday(_ name: String) -> Int? {
    guard name.count >= 3 else { return nil }
    return Numbers.weekdays.firstIndex { $0.hasPrefix(name) }.map { $0 + 1 }
  }
}
