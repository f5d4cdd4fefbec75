// A word as it was written, with the marks around it.

/// What stands between two spaces.
struct Token: Sendable {
  /// Opening marks, the word itself, closing marks.
  let lead: [Unicode.Scalar]
  let core: [Unicode.Scalar]
  let trail: [Unicode.Scalar]
  /// A space came before it.
  let isSpaced: Bool
  /// Bytes of the text up to and with it.
  let end: Int
  /// The word in lower case.
  let lower: String

  init(_ word: [Unicode.Scalar], isSpaced: Bool, end: Int) {
    var low = word.startIndex
    var high = word.endIndex
    while low < high, word[low].isOpening { low += 1 }
    while high > low, word[high - 1].isClosing || word[high - 1] == "—" { high -= 1 }
    lead = Array(word[..<low])
    core = Array(word[low..<high])
    trail = Array(word[high...])
    self.isSpaced = isSpaced
    self.end = end
    lower = String(String.UnicodeScalarView(core)).lowercased()
  }

  var text: String { String(String.UnicodeScalarView(core)) }
  var isCapitalised: Bool { core.first?.isUpper ?? false }
  var hasDot: Bool { trail.first == "." }
  var hasDigit: Bool { core.contains(where: \.isDigit) }
  /// Its number when it is nothing but digits.
  var digits: [Unicode.Scalar]? { !core.isEmpty && core.allSatisfy(\.isDigit) ? core : nil }

  /// `words` in place of the word, between its marks.
  func around(_ words: String) -> String { Self.string(lead) + words + Self.string(trail) }
  static func string(_ s: some Sequence<Unicode.Scalar>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: s)
    return String(view)
  }
}
