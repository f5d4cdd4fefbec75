// Decides what is held back inside a line: links, tags, elements, escapes.

extension Markup {
  /// Takes `c` into what is held back, or decides that; true when `c` is still to be read.
  mutating func resolve(_ c: Unicode.Scalar, _ out: inout [Output]) -> Bool {
    switch held {
    case .nothing: return true
    case .run(let mark, let count):
      if c == mark {
        held = .run(mark, count + 1)
        return false
      }
      held = .nothing
      run(mark, count, before: c, &out)
      return true
    case .exclamation:
      held = .nothing
      if c != "[" { text("!", &out) }
      return true
    case .escape:
      held = .nothing
      guard c.value < 128, !c.isWordPart, !c.isSpace, !c.isNewline else {
        text("\\", &out)
        return true
      }
      text(c, &out)
      return false
    case .bracket(let name): return bracket(name, c, &out)
    case .bracketEnd:
      held = c == "(" ? .target([], depth: 0, spaced: false) : c == "[" ? .reference : .nothing
      return held == .nothing
    case .target(let target, let depth, let spaced): return self.target(target, depth, spaced, c, &out)
    case .reference, .longTarget:
      if c == (held == .reference ? "]" : ")") {
        held = .nothing
        return false
      }
      if c.isNewline || c.isSpace { held = .nothing }
      return held == .nothing
    case .element(let element): return self.element(element, c, &out)
    case .entity(let name): return entity(name, c, &out)
    case .fence:
      if c.isNewline {
        held = .nothing
        line = .start
      }
      return false
    case .cell(let cell):
      if c == "-" || c == ":" || c.isSpace, cell.count < Speakable.Limits.bracket {
        held = .cell(cell + [c])
        return false
      }
      if c == "|" || c.isNewline {
        held = .nothing
        return true
      }
      again(cell, &out)
      return true
    }
  }

  /// The line or the text is over: what is held back is what it looks like.
  mutating func settle(_ out: inout [Output]) {
    switch line {
    case .number(let digits): text(digits, &out)
    case .numberMark(let digits, let mark): text(digits + [mark], &out)
    default: break
    }
    line = .body
    let last = held
    held = .nothing
    switch last {
    case .run(let mark, let count): run(mark, count, before: nil, &out)
    case .exclamation: text("!", &out)
    case .escape: text("\\", &out)
    case .bracket(let name): again(name, &out)
    case .target(let target, _, _): again(["("] + target, &out)
    case .element(let element):
      text("<", &out)
      again(element, &out)
    case .entity(let name):
      text("&", &out)
      again(name, &out)
    default: return
    }
    if held != .nothing { settle(&out) }
  }

  // MARK: Brackets and links

  private mutating func bracket(_ name: [Unicode.Scalar], _ c: Unicode.Scalar, _ out: inout [Output]) -> Bool {
    guard c == "]" else {
      if c == "[" || c.isNewline || name.count >= Speakable.Limits.bracket {
        again(name, &out)
        return held == .nothing || resolve(c, &out)
      }
      held = .bracket(name + [c])
      return false
    }
    let plain = String(String.UnicodeScalarView(name)).lowercased()
    held = .nothing
    if tags.contains(plain) {
      emit(.verbatim(["["] + name + ["]"]), &out)
    } else if Tags.pauses.contains(plain) {
      emit(.pause, &out)
    } else if Tags.known.contains(plain) || isItem && ["", " ", "x"].contains(plain) || !name.isEmpty && name.allSatisfy(\.isDigit) {
      // A sound this voice does not have, the box of a task, the number of a source.
      emit(.space, &out)
    } else {
      again(name, &out)
      settleInner(&out)
      held = .bracketEnd
    }
    return false
  }

  /// Emphasis that ends with the bracket ends there.
  private mutating func settleInner(_ out: inout [Output]) {
    if held != .nothing { settle(&out) }
  }

  private mutating func target(_ target: [Unicode.Scalar], _ depth: Int, _ spaced: Bool, _ c: Unicode.Scalar, _ out: inout [Output]) -> Bool
  {
    if c == ")", depth == 0 {
      held = .nothing
      return false
    }
    // After a space only a title may follow; anything else is words in brackets.
    let isWords = c.isNewline || spaced && !c.isSpace && c != "\"" && c != "'" && !(target.contains("\"") || target.contains("'"))
    if isWords {
      emit(.space, &out)
      again(["("] + target, &out)
      return held == .nothing || resolve(c, &out)
    }
    if target.count >= Speakable.Limits.target {
      held = .longTarget
      return false
    }
    held = .target(target + [c], depth: depth + (c == "(" ? 1 : c == ")" ? -1 : 0), spaced: spaced || c.isSpace)
    return false
  }

  // MARK: Elements and character references

  private mutating func element(_ element: [Unicode.Scalar], _ c: Unicode.Scalar, _ out: inout [Output]) -> Bool {
    if element.isEmpty, !c.isASCIILetter, c != "/", c != "!", c != "?" {
      held = .nothing
      text("<", &out)
      return true
    }
    guard c == ">" else {
      if c.isNewline || c == "<" || element.count >= Speakable.Limits.element {
        text("<", &out)
        again(element, &out)
        return held == .nothing || resolve(c, &out)
      }
      held = .element(element + [c])
      return false
    }
    held = .nothing
    let name = String(String.UnicodeScalarView(element.drop { $0 == "/" }.prefix { $0.isASCIILetter || $0.isDigit || $0 == "-" }))
      .lowercased()
    if keepsSSML, Tags.spokenSSML.contains(name) {
      if nests(name, element) { emit(.verbatim(["<"] + element + [">"]), &out) }
    } else if name == "break" {
      emit(.pause, &out)
    } else if Tags.lines.contains(name) {
      emit(.newline, &out)
      before = nil
    } else if !(Tags.inline.contains(name) || Tags.ssml.contains(name) || element.first == "!" || element.first == "?") {
      again(element, &out)
    }
    return false
  }

  /// Whether an element may stand here: an end needs its beginning, in a text that may be cut anywhere.
  private mutating func nests(_ name: String, _ element: [Unicode.Scalar]) -> Bool {
    // XML tells capitals apart.
    guard element.drop(while: { $0 == "/" }).starts(with: name.unicodeScalars) else { return false }
    if element.last == "/" { return true }
    guard element.first == "/" else {
      guard open.count < Speakable.Limits.depth else { return false }
      open.append(name)
      return true
    }
    guard open.last == name else { return false }
    open.removeLast()
    return true
  }

  private mutating func entity(_ name: [Unicode.Scalar], _ c: Unicode.Scalar, _ out: inout [Output]) -> Bool {
    if c == ";", let scalar = Tags.entities[String(String.UnicodeScalarView(name))] {
      held = .nothing
      if scalar == " " { emit(.space, &out) } else { text(scalar, &out) }
      return false
    }
    if c.isASCIILetter || c == "#" || c.isDigit, name.count < 6 {
      held = .entity(name + [c])
      return false
    }
    held = .nothing
    text("&", &out)
    again(name, &out)
    return held == .nothing || resolve(c, &out)
  }
}
