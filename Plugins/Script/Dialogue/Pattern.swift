// What a caller may say for an intent, as the flow's author writes it.

/// A pattern such as `[I'd like to] (book|make) an appointment [for {day}]`.
///
/// `[x]` may be left out, `(a|b)` is one of several (also inside brackets: `[on|for]`), `{name}` is a slot.
struct Pattern: Sendable {
  indirect enum Part: Sendable, Equatable {
    case word(String)
    case slot(String)
    case all([Part])
    case any([Part])
  }

  let source: String
  let line: Int
  let root: Part

  /// Throws one sentence naming what is wrong and where in the text.
  init(_ source: String, file: String, line: Int) throws {
    self.source = source
    self.line = line
    var parser = Parser(rest: Substring(source))
    do {
      root = try parser.alternatives(until: nil)
    } catch {
      throw FlowProblem(file: file, line: line, text: "The pattern \"\(source)\" \(error.text).")
    }
    guard !slots.isEmpty || hasWord(root) else {
      throw FlowProblem(file: file, line: line, text: "The pattern \"\(source)\" holds no word and no slot.")
    }
  }

  /// The slots the pattern names, in order of appearance.
  var slots: [String] { names(root) }

  private func names(_ part: Part) -> [String] {
    switch part {
    case .word: []
    case .slot(let name): [name]
    case .all(let parts), .any(let parts): parts.flatMap(names)
    }
  }

  private func hasWord(_ part: Part) -> Bool {
    switch part {
    case .word: true
    case .slot: false
    case .all(let parts), .any(let parts): parts.contains(where: hasWord)
    }
  }

  private struct Fault: Error { let text: String }

  private struct Parser {
    var rest: Substring
    var depth = 0

    /// Sequences between bars, up to the closing character.
    mutating func alternatives(until close: Character?) throws(Fault) -> Part {
      depth += 1
      // Nobody writes eight brackets inside each other; without a limit a file could exhaust the stack.
      if depth > 8 { throw Fault(text: "nests brackets more than eight deep") }
      defer { depth -= 1 }
      var options: [Part] = [], current: [Part] = []
      while let c = rest.first {
        rest.removeFirst()
        switch c {
        case "[": current.append(.any([try alternatives(until: "]"), .all([])]))
        case "(": current.append(try alternatives(until: ")"))
        case "{": current.append(.slot(try name()))
        case "|": (options, current) = (options + [.all(current)], [])
        case "]", ")":
          guard c == close else { throw Fault(text: "has a \"\(c)\" that closes nothing") }
          return finish(options, current)
        case "}": throw Fault(text: "has a \"}\" that closes nothing")
        case _ where c.isWhitespace: break
        default: current.append(.word(word(from: c)))
        }
      }
      if let close { throw Fault(text: "lacks a \"\(close)\"") }
      return finish(options, current)
    }

    private func finish(_ options: [Part], _ last: [Part]) -> Part {
      options.isEmpty ? .all(last) : .any(options + [.all(last)])
    }

    private mutating func name() throws(Fault) -> String {
      guard let end = rest.firstIndex(of: "}") else { throw Fault(text: "lacks a \"}\"") }
      let name = String(rest[..<end])
      rest = rest[rest.index(after: end)...]
      guard !name.isEmpty, name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" }) else {
        throw Fault(text: "has the slot \"{\(name)}\", whose name may hold letters, digits and \"_\" only")
      }
      return name
    }

    private mutating func word(from first: Character) -> String {
      let tail = rest.prefix { !$0.isWhitespace && !"[](){}|".contains($0) }
      rest = rest[tail.endIndex...]
      return String(first) + tail
    }
  }
}
