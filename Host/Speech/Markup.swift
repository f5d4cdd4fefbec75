// Takes Markdown, HTML, SSML, tags and pictures out of a text, one character at a time.

/// A machine without look-ahead: what it cannot decide yet it holds back, within `Speakable.Limits`, and reads again as plain text
/// when it turns out to be no markup. Words are never dropped; targets of links, languages of code fences and rules are.
struct Markup: Sendable {
  enum Sign: Equatable, Sendable {
    case text(Unicode.Scalar)
    case space, newline
    /// A short silence was asked for.
    case pause
    /// A heading, an item or a row is over.
    case itemEnd
    /// For the voice as it is.
    case verbatim([Unicode.Scalar])
  }

  struct Output: Equatable, Sendable {
    let sign: Sign
    /// Bytes of the text up to and with what it came from.
    let end: Int
  }

  /// What the line has been so far.
  enum Line: Equatable {
    case start
    /// The same sign several times at its start.
    case marks(Unicode.Scalar, Int)
    case number([Unicode.Scalar])
    /// After a number, the sign that makes it an item.
    case numberMark([Unicode.Scalar], Unicode.Scalar)
    case body
  }

  /// What is held back inside a line.
  enum Held: Equatable {
    case nothing
    case run(Unicode.Scalar, Int)
    case exclamation, escape
    case bracket([Unicode.Scalar])
    /// A bracket was closed; a target may follow.
    case bracketEnd
    case target([Unicode.Scalar], depth: Int, spaced: Bool)
    case reference
    case longTarget
    case element([Unicode.Scalar])
    case entity([Unicode.Scalar])
    /// The rest of a fence's line.
    case fence
    /// A cell of a table that may be part of the rule under its head.
    case cell([Unicode.Scalar])
  }

  let tags: Set<String>
  let keepsSSML: Bool
  /// Elements of SSML that have begun, the innermost last.
  var open: [String] = []
  var line = Line.start
  var held = Held.nothing
  /// The line is a heading, an item of a list or a row of a table: it ends a thought.
  var isItem = false
  var isRow = false
  /// The sign before, white space included.
  var before: Unicode.Scalar?
  private var wasPicture = false
  private(set) var end = 0

  init(tags: Set<String>, keepsSSML: Bool) {
    self.tags = tags
    self.keepsSSML = keepsSSML
  }

  mutating func reset() { self = Markup(tags: tags, keepsSSML: keepsSSML) }

  /// What most characters are: letters, digits and spaces inside a line, when nothing is held back. Nil for all others: `take` them.
  mutating func passes(_ c: Unicode.Scalar) -> Output? {
    guard case .nothing = held, case .body = line, c == " " || c.isASCIILetter || c.isDigit else { return nil }
    end += 1
    before = c
    wasPicture = false
    return Output(sign: c == " " ? .space : .text(c), end: end)
  }

  mutating func take(_ c: Unicode.Scalar, _ out: inout [Output]) {
    end += UTF8.width(c)
    step(c, &out)
  }

  mutating func finish(_ out: inout [Output]) {
    settle(&out)
    if isItem { emit(.itemEnd, &out) }
    while let name = open.popLast() { emit(.verbatim(Array("</\(name)>".unicodeScalars)), &out) }
    reset()
  }

  func emit(_ sign: Sign, _ out: inout [Output]) { out.append(Output(sign: sign, end: end)) }

  mutating func text(_ c: Unicode.Scalar, _ out: inout [Output]) {
    before = c
    emit(.text(c), &out)
  }

  func text(_ s: some Sequence<Unicode.Scalar>, _ out: inout [Output]) { for c in s { emit(.text(c), &out) } }

  /// Reads again what was held back.
  mutating func again(_ s: [Unicode.Scalar], _ out: inout [Output]) {
    held = .nothing
    for c in s { step(c, &out) }
  }

  mutating func step(_ c: Unicode.Scalar, _ out: inout [Output]) {
    if held != .nothing, !resolve(c, &out) { return }
    if line != .body, !begin(c, &out) { return }
    plain(c, &out)
  }

  // MARK: Inside a line

  private mutating func plain(_ c: Unicode.Scalar, _ out: inout [Output]) {
    defer { wasPicture = c.isPicture }
    switch c {
    case _ where c.isNewline: return endLine(&out)
    case _ where c.isSpace:
      before = " "
      return emit(.space, &out)
    case "\\": held = .escape
    case "*", "_", "`", "~": held = .run(c, 1)
    case "!": held = .exclamation
    case "[": held = .bracket([])
    case "]": held = .bracketEnd
    case "<": held = .element([])
    case "&": held = .entity([])
    case "|":
      before = " "
      emit(.pause, &out)
      if isRow { held = .cell([]) }
    // Joins pictures; elsewhere it belongs to the word.
    case "\u{200D}" where wasPicture: break
    case _ where c.isPicture:
      before = " "
      // The sign that makes a digit a key cap stands behind it.
      if c != "\u{FE0F}", c != "\u{20E3}" { emit(.space, &out) }
    // Invisible: byte order marks, soft hyphens and other controls.
    case _ where c.value < 32 || c.value == 0x7F || c.value == 0xAD || c.value == 0xFEFF: break
    default: text(c, &out)
    }
  }

  mutating func endLine(_ out: inout [Output]) {
    settle(&out)
    if isItem { emit(.itemEnd, &out) }
    emit(.newline, &out)
    before = nil
    line = .start
    isItem = false
    isRow = false
  }

  // MARK: The start of a line

  /// Decides what a line is; true when `c` is still to be read.
  private mutating func begin(_ c: Unicode.Scalar, _ out: inout [Output]) -> Bool {
    switch line {
    case .start: return first(c, &out)
    case .marks(let mark, let count):
      if c == mark {
        line = .marks(mark, count + 1)
        return false
      }
      return marked(mark, count, c, &out)
    case .number(let digits):
      if c.isDigit, digits.count < 2 {
        line = .number(digits + [c])
        return false
      }
      if c == "." || c == ")" {
        line = .numberMark(digits, c)
        return false
      }
      line = .body
      before = digits.last
      text(digits, &out)
      return true
    case .numberMark(let digits, let mark):
      line = .body
      text(digits, &out)
      isItem = c.isSpace
      text(c.isSpace ? "," : mark, &out)
      return true
    case .body: return true
    }
  }

  private mutating func first(_ c: Unicode.Scalar, _ out: inout [Output]) -> Bool {
    switch c {
    case _ where c.isSpace: return false
    case _ where c.isNewline: return true
    case "#", "-", "+", "*", "=", "_", "`", "~", ">": line = .marks(c, 1)
    case "•", "◦", "‣", "·": isItem = true
    case _ where c.isDigit: line = .number([c])
    case "|":
      line = .body
      isItem = true
      isRow = true
      held = .cell([])
    default:
      line = .body
      return true
    }
    return false
  }

  private mutating func marked(_ mark: Unicode.Scalar, _ count: Int, _ c: Unicode.Scalar, _ out: inout [Output]) -> Bool {
    line = .body
    let isGap = c.isSpace || c.isNewline
    switch mark {
    case "#" where isGap && count <= 6:
      isItem = true
      return true
    case ">" where isGap:
      line = .start
      return c.isNewline
    case "-", "+", "*":
      if count == 1, c.isSpace {
        isItem = true
        return true
      }
      fallthrough
    case "=", "_":
      // A rule, or the one under the head of a table.
      if count >= 2, isGap || c == "|" {
        line = .start
        return c.isNewline
      }
    case "`", "~":
      if count >= 3 {
        held = .fence
        return resolve(c, &out)
      }
    default: break
    }
    if "*_`~".unicodeScalars.contains(mark) {
      run(mark, count, before: c, &out)
    } else {
      before = mark
      text(repeatElement(mark, count: count), &out)
    }
    return true
  }

  /// Signs of emphasis: they go, unless they stand for something. `next` is the sign after them; nil at an end.
  mutating func run(_ mark: Unicode.Scalar, _ count: Int, before next: Unicode.Scalar?, _ out: inout [Output]) {
    let isAfterWord = before?.isWordPart ?? false
    let isBeforeWord = next?.isWordPart ?? false
    switch mark {
    case "*" where count == 1 && before?.isDigit == true && next?.isDigit == true:
      emit(.space, &out)
      text("×", &out)
      emit(.space, &out)
    case "*" where count == 1 && before == " " && next?.isSpace == true: text("×", &out)
    case "_" where isAfterWord && isBeforeWord:
      before = "_"
      text(repeatElement("_", count: count), &out)
    case "~" where count == 1 && (isBeforeWord || next == "$"): text("~", &out)
    default: break
    }
  }
}
