// A YAML document as the strict reader sees it: scalars, lists and mappings with their lines, and nothing cleverer.

/// A node with the line it stands on.
struct Tree: Sendable {
  indirect enum Shape: Sendable {
    /// The text, and whether it stood without quotes: only then can it be a number, a flag or nothing.
    case scalar(String, isPlain: Bool)
    /// `!file path`: the text of another file stands here.
    case file(String)
    /// `!path path`: the whole path of another file stands here.
    case path(String)
    case list([Tree])
    case mapping([Member])
  }

  struct Member: Sendable {
    var key: String
    var line: Int
    var value: Tree
  }

  var shape: Shape
  var line: Int

  /// What was found, for a sentence.
  var name: String {
    switch shape {
    case .scalar where isNothing: "nothing"
    case .scalar(let text, _): "'\(text.prefix(60))'"
    case .file, .path: "a file"
    case .list: "a list"
    case .mapping: "a mapping"
    }
  }

  /// An empty value, `~` or `null`.
  var isNothing: Bool {
    guard case .scalar(let text, isPlain: true) = shape else { return false }
    return text.isEmpty || text == "~" || text == "null"
  }
}
