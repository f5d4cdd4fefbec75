// Web and e-mail addresses, as one would say them on the telephone.

enum Addresses {
  /// Endings that make a word an address, and how they are said where not as a word.
  private static let endings: [String: String] = [
    "com": "com", "org": "org", "net": "net", "info": "info", "app": "app", "dev": "dev", "gov": "gov", "biz": "biz", "health": "health",
    "shop": "shop", "store": "store", "online": "online", "cloud": "cloud", "clinic": "clinic", "care": "care", "law": "law",
    "io": "i o", "ai": "a i", "co": "co", "me": "me", "us": "u s", "uk": "u k", "de": "d e", "ch": "c h", "fr": "f r", "eu": "e u",
    "ca": "c a", "au": "a u", "edu": "e d u", "tv": "t v", "example": "example", "test": "test",
  ]
  private static let signs: [Unicode.Scalar: String] = [
    ".": "dot", "@": "at", "-": "dash", "_": "underscore", "+": "plus", "/": "slash", ":": "colon", "#": "hash", "~": "tilde",
    "=": "equals", "&": "and", "?": "question mark", "%": "percent", "'": "apostrophe",
  ]
  /// A path that is longer is not said: nobody types it from hearing.
  private static let maxPath = 40

  static func email(_ core: [Unicode.Scalar]) -> String? {
    var core = core[...]
    if core.starts(with: "mailto:".unicodeScalars) { core = core.dropFirst(7) }
    guard let at = core.firstIndex(of: "@"), at > core.startIndex, core.last?.isWordPart == true,
      core[core.index(after: at)...].contains("."),
      !core[core.index(after: at)...].contains("@"), core.allSatisfy({ $0.isWordPart || signs[$0] != nil }),
      core[at...].dropFirst().first?.isWordPart == true
    else { return nil }
    return spell(core[..<at]) + " at " + host(core[core.index(after: at)...])
  }

  static func web(_ core: [Unicode.Scalar]) -> String? {
    var rest = core[...]
    var isSure = false
    for scheme in ["https://", "http://", "ftp://", "HTTPS://", "HTTP://"] where rest.starts(with: scheme.unicodeScalars) {
      rest = rest.dropFirst(scheme.count)
      isSure = true
      break
    }
    if rest.starts(with: "www.".unicodeScalars), rest.dropFirst(4).contains(".") || !isSure {
      rest = rest.dropFirst(4)
      isSure = true
    }
    let host = rest.prefix { $0.isWordPart || $0 == "." || $0 == "-" }
    let path = rest[host.endIndex...]
    guard host.first?.isWordPart == true, host.last?.isWordPart == true else { return nil }
    guard path.isEmpty || path.first == "/" || isSure else { return nil }
    let labels = host.split(separator: ".", omittingEmptySubsequences: false)
    let isName =
      labels.count > 1 && labels.allSatisfy { !$0.isEmpty }
      && endings[Token.string(labels[labels.count - 1]).lowercased()] != nil && !labels[0].allSatisfy(\.isDigit)
    guard isSure || isName else { return nil }
    return self.host(host) + self.path(path)
  }

  private static func host(_ host: ArraySlice<Unicode.Scalar>) -> String {
    let labels = host.split(separator: ".")
    return labels.enumerated().map { index, label in
      let name = Token.string(label)
      return index == labels.count - 1 ? endings[name.lowercased()] ?? spell(label) : spell(label)
    }.joined(separator: " dot ")
  }

  private static func path(_ path: ArraySlice<Unicode.Scalar>) -> String {
    let path = path.last == "/" ? path.dropLast() : path
    guard path.count <= maxPath, path.allSatisfy({ $0.isWordPart || "/-_.".unicodeScalars.contains($0) }) else { return "" }
    return path.isEmpty ? "" : " " + spell(path)
  }

  /// Words as they are, signs by name, digits one by one.
  static func spell(_ s: some Sequence<Unicode.Scalar>) -> String {
    var words: [String] = []
    var word = String.UnicodeScalarView()
    func end() {
      if !word.isEmpty { words.append(String(word)) }
      word = String.UnicodeScalarView()
    }
    for c in s {
      if c.isDigit {
        end()
        words.append(Numerals.digits([c]))
      } else if let name = signs[c] {
        end()
        words.append(name)
      } else {
        word.append(c)
      }
    }
    end()
    return words.joined(separator: " ")
  }
}
