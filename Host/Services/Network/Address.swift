// A URL taken apart by the very parser that will connect, so that no host is checked other than the one that is reached.

import CCurl

/// Where a request goes.
struct Address: Equatable, Sendable {
  /// `https` or `http`; `wss` and `ws` read as these.
  let isSecure: Bool
  /// In lower case, without a final dot; an IPv6 address without brackets.
  let host: String
  let port: Int
  /// The URL as the transfer library is given it, with `http` or `https`.
  let url: String
  /// Path and query, as they stand in a request line.
  let target: String

  /// Nil for what is no absolute URL of these schemes, or names a user.
  init?(_ text: String) {
    guard text.utf8.count <= Limits.urlBytes, text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return nil }
    var text = text
    // The library knows the names of WebSockets' schemes only when it can speak the protocol.
    if let end = text.range(of: "://") {
      switch text[..<end.lowerBound].lowercased() {
      case "wss": text = "https://" + text[end.upperBound...]
      case "ws": text = "http://" + text[end.upperBound...]
      default: break
      }
    }
    guard let parts = curl_url() else { return nil }
    defer { curl_url_cleanup(parts) }
    guard curl_url_set(parts, CURLUPART_URL, text, UInt32(CURLU_URLENCODE)) == CURLUE_OK else { return nil }
    func part(_ part: CURLUPart, _ flags: Int32 = 0) -> String? {
      var value: UnsafeMutablePointer<CChar>?
      guard curl_url_get(parts, part, &value, UInt32(flags)) == CURLUE_OK, let value else { return nil }
      defer { curl_free(value) }
      return String(cString: value)
    }
    guard let scheme = part(CURLUPART_SCHEME), scheme == "https" || scheme == "http", part(CURLUPART_USER) == nil,
      part(CURLUPART_PASSWORD) == nil, var host = part(CURLUPART_HOST)?.lowercased(),
      let port = part(CURLUPART_PORT, CURLU_DEFAULT_PORT).flatMap({ Int($0) }), (1...65535).contains(port),
      let url = part(CURLUPART_URL), let path = part(CURLUPART_PATH)
    else { return nil }
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    if host.hasSuffix(".") { host.removeLast() }
    guard !host.isEmpty else { return nil }
    isSecure = scheme == "https"
    self.host = host
    self.port = port
    self.url = url
    target = path + (part(CURLUPART_QUERY).map { "?" + $0 } ?? "")
  }

  /// Host and port as a Host header has them.
  var authority: String {
    let name = host.contains(":") ? "[\(host)]" : host
    return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
  }
}

extension String {
  /// The first place of `part`.
  fileprivate func range(of part: String) -> Range<String.Index>? {
    var at = startIndex
    while at < endIndex {
      if self[at...].hasPrefix(part) { return at..<index(at, offsetBy: part.count) }
      formIndex(after: &at)
    }
    return nil
  }
}
