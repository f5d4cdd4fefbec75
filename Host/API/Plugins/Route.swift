// What a plugin serves: a path, how to ask for it, and which provider answers.

import Loader
import PluginABI

/// One route of one account.
struct Route: Sendable {
  /// What a request must ask for besides the path.
  enum Ask: Hashable, Sendable {
    /// `GET`, `POST`, …
    case method(String)
    /// A WebSocket.
    case socket
  }

  let ask: Ask
  /// It answers at the control socket only.
  let isControl: Bool
  let client: PluginClient
  /// The plugin's own; comes back with each request.
  let token: UInt64
  let maxBody: Int
  let timeoutMs: Int
}

/// Where routes may lie.
enum RoutePath {
  /// Under these the host itself answers.
  private static let reserved = ["healthz", "readyz", "metrics", "v1", "providers"]
  private static let grantPrefix = "/public"

  /// The path at which `path` of a provider is served, or the sentence that says why it is not.
  ///
  /// - Parameter grants: the paths at the root that the operator's file allows.
  static func served(_ path: String, provider: String, grants: [String]) -> Result<String, Refusal> {
    guard isPlain(path) else {
      return .failure(
        Refusal("the route '\(path)' is no path: it begins with '/', has no empty part, no '.' and no '..', only letters, digits and -._~"))
    }
    guard path.hasPrefix(grantPrefix + "/") else { return .success("/providers/\(provider)\(path)") }
    let root = String(path.dropFirst(grantPrefix.count))
    guard !reserved.contains(where: { root == "/\($0)" || root.hasPrefix("/\($0)/") }) else {
      return .failure(Refusal("the route '\(root)' belongs to the host; choose another"))
    }
    guard grants.contains(root) else {
      return .failure(Refusal("the route '\(root)' is not granted; list it under public_routes in the provider's file"))
    }
    return .success(root)
  }

  private static func isPlain(_ path: String) -> Bool {
    guard path.utf8.count <= Limits.pathBytes, path.hasPrefix("/") else { return false }
    let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    return parts.allSatisfy { part in
      !part.isEmpty && part != "." && part != ".." && part.utf8.allSatisfy(isUnreserved)
    }
  }

  /// The characters that mean themselves in a URL (RFC 3986, section 2.3).
  private static func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
      true
    default: false
    }
  }

  /// Why a route is not served.
  struct Refusal: Error {
    let sentence: String
    init(_ sentence: String) { self.sentence = sentence }
  }
}
