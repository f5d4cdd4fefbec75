// The address under which the world reaches this host, as the operator gave it.

/// Rebuilds the URL a peer asked for. The Host header is never asked: whoever sends the request could write anything there, and
/// vendors sign the URL they were given.
struct PublicURL: Sendable {
  /// `https://calls.example.com`, without a slash at its end.
  private let base: String

  /// - Parameter text: an http or https URL, perhaps with a path.
  /// - Returns: nil when it is neither.
  init?(_ text: String) {
    var text = text
    while text.hasSuffix("/") { text.removeLast() }
    guard let authority = ["http://", "https://"].first(where: text.hasPrefix).map({ text.dropFirst($0.count) }),
      !authority.isEmpty, authority.first != "/", text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
      !authority.contains(where: { "?#@".contains($0) })
    else { return nil }
    base = text
  }

  /// - Parameter target: path and query of the request.
  func url(_ target: String, isSocket: Bool) -> String {
    // "http" becomes "ws" and "https" becomes "wss".
    isSocket ? "ws" + base.dropFirst(4) + target : base + target
  }
}
