// What a webhook or an MCP trigger asks for before it lets anybody in.

public import Vox

/// A credential, as the node's own is set up. Sources: docs.n8n.io, "Webhook credentials" and "MCP Server Trigger node"; the webhook
/// node's source for what it compares.
public struct Credential: Sendable {
  public enum Kind: String, Sendable { case none, basic, header, bearer, jwt }

  private let kind: Kind
  /// The user's name (basic), or the header's (header).
  private let name: String
  /// The password, the header's value, the token, or the passphrase.
  private let secret: String
  private let claims: [String: JSONValue]
  private let lifetimeS: Int64

  /// - Parameters:
  ///   - secretName: what the secret is called in the provider's file.
  ///   - lifetimeS: how long a JSON Web Token may be used.
  /// - Throws: class `auth` when the secret is missing, `invalid` when the header's name is none.
  public init(
    _ kind: Kind, name: String = "", secret: String, secretName: String, claims: [String: JSONValue] = [:], lifetimeS: Int = 60
  ) throws(ProviderError) {
    if kind != .none, secret.isEmpty {
      throw ProviderError(
        .auth, "The secret '\(secretName)' is missing: what the authentication '\(kind.rawValue)' is made of.", scope: .account,
        code: "secret_missing")
    }
    if kind == .header, name.isEmpty || !name.utf8.allSatisfy({ Self.isToken($0) }) {
      throw ProviderError(.invalid, "'\(name)' is no name of a header.", scope: .account, code: "bad_setting")
    }
    self.kind = kind
    self.name = name
    self.secret = secret
    self.claims = claims
    self.lifetimeS = Int64(lifetimeS)
  }

  /// The header that carries it; nil for none.
  ///
  /// - Parameter nowS: seconds since 1970.
  public func header(nowS: Int64) -> (name: String, value: String)? {
    switch kind {
    case .none: nil
    case .basic: ("Authorization", "Basic " + Base64.text(Array("\(name):\(secret)".utf8)))
    case .header: (name, secret)
    case .bearer: ("Authorization", "Bearer " + secret)
    case .jwt: ("Authorization", "Bearer " + token(nowS: nowS))
    }
  }

  /// A JSON Web Token signed with HS256 (RFC 7519; RFC 7515, appendix A.1).
  private func token(nowS: Int64) -> String {
    let times: [String: JSONValue] = ["iat": .int(nowS), "exp": .int(nowS + lifetimeS)]
    let payload = JSONValue.object(claims.merging(times) { $1 })
    let header: JSONValue = ["alg": "HS256", "typ": "JWT"]
    let parts = [header, payload].map { Base64.text(Array($0.text.utf8), forURLs: true) }.joined(separator: ".")
    return parts + "." + Base64.text(HMACSHA256.code(Array(secret.utf8), Array(parts.utf8)), forURLs: true)
  }

  /// RFC 9110, section 5.6.2.
  private static func isToken(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }
}
