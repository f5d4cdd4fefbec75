// The phone page: put together once from the files in www, served as one document without anything from elsewhere.

/// Composes the page.
enum Page {
  /// The document under a title of the operator's.
  static func html(title: String) -> [UInt8] {
    var page = String(decoding: PackageResources.phone_html, as: UTF8.self)
    for (mark, content) in [
      ("{{style}}", String(decoding: PackageResources.phone_css, as: UTF8.self)),
      ("{{worklet}}", String(decoding: PackageResources.worklet_js, as: UTF8.self)),
      ("{{script}}", String(decoding: PackageResources.phone_js, as: UTF8.self)),
      ("{{title}}", escaped(title)),
    ] {
      page = page.split(separator: mark, omittingEmptySubsequences: false).joined(separator: content)
    }
    return Array(page.utf8)
  }

  static let headers: [(String, String)] = [
    ("content-type", "text/html; charset=utf-8"),
    ("cache-control", "no-cache"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("permissions-policy", "microphone=(self)"),
    // Nothing is loaded from anywhere; the worklet is a blob of the page itself.
    (
      "content-security-policy",
      "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline' blob:; worker-src blob:; connect-src 'self' ws: wss:; "
        + "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    ),
  ]

  private static func escaped(_ text: String) -> String {
    text.reduce(into: "") { out, character in
      switch character {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      case "\"": out += "&quot;"
      default: out.append(character)
      }
    }
  }
}
