// A call of a webhook tool as an HTTP request: address, headers, body, signature.

public import Vox

/// Where the webhooks of an n8n instance are, and how they are called.
public struct Site: Sendable {
  /// Without a slash at its end.
  public var base: String
  /// `N8N_ENDPOINT_WEBHOOK` and `N8N_ENDPOINT_WEBHOOK_TEST` of the instance.
  public var prefix = "webhook"
  public var testPrefix = "webhook-test"
  public var credential: Credential
  /// Empty = requests are not signed.
  public var signingSecret = ""
  /// Of our own headers, such as `X-Patchbay`.
  public var headerPrefix: String
  /// Nodes may refuse what looks like a robot.
  public var userAgent: String

  public init(base: String, credential: Credential, headerPrefix: String, userAgent: String) {
    self.base = base
    self.credential = credential
    self.headerPrefix = headerPrefix
    self.userAgent = userAgent
  }
}

/// A request, ready to be sent.
public struct WebhookRequest: Sendable {
  public let method: String
  public let url: String
  public let headers: [(name: String, value: String)]
  public let body: [UInt8]
  /// Of the call, as it stands in headers and body.
  public let id: String

  /// - Parameters:
  ///   - arguments: an object.
  ///   - id: the idempotency key, equal for the same call tried again; also the id of the call in the body.
  ///   - context: of the session; pseudonyms.
  ///   - nowMs: since 1970.
  /// - Throws: class `invalid` when an argument that the path needs is missing.
  public init(_ tool: WebhookTool, arguments: JSONValue, id: String, context: JSONValue, site: Site, nowMs: Int64) throws(ProviderError) {
    let id = Self.key(id)
    self.id = id
    let carriesBody = tool.method != "GET" && tool.method != "DELETE"
    let content = Self.content(tool, arguments, id, context, nowMs)
    var query = ""
    if !carriesBody {
      let members = (content.object ?? [:]).sorted { $0.key < $1.key }
      query = members.map { "\(Self.escaped($0.key))=\(Self.escaped($0.value.string ?? $0.value.text))" }.joined(separator: "&")
    }
    method = tool.method
    let path = try Self.path(tool.path, arguments)
    url = "\(site.base)/\(tool.isTest ? site.testPrefix : site.prefix)/\(path)" + (query.isEmpty ? "" : "?\(query)")
    body = carriesBody ? Array(content.text.utf8) : []
    var headers = [
      (name: "User-Agent", value: site.userAgent), ("Accept", "application/json, text/*"), ("\(site.headerPrefix)-Event", "tool.call"),
    ]
    if carriesBody { headers.append(("Content-Type", "application/json")) }
    if !id.isEmpty { headers.append(("Idempotency-Key", id)) }
    if let credential = site.credential.header(nowS: nowMs / 1000) { headers.append(credential) }
    if !site.signingSecret.isEmpty {
      headers += Self.signature(carriesBody ? body : Array(query.utf8), tool.form, site, nowMs)
    }
    self.headers = headers
  }

  // MARK: Content

  private static func content(
    _ tool: WebhookTool, _ arguments: JSONValue, _ id: String, _ context: JSONValue, _ nowMs: Int64
  ) -> JSONValue {
    let name = JSONValue.string(tool.description.name)
    // A query is read by people who ask for it by name.
    if tool.method == "GET" || tool.method == "DELETE" { return arguments }
    switch tool.form {
    case .plain: return arguments
    case .retell: return ["name": name, "args": arguments, "call": context]
    case .call:
      return ["id": .string(id), "type": "tool.call", "call": context, "tool": ["name": name, "arguments": arguments]]
    case .vapi:
      let call: JSONValue = [
        "id": .string(id), "type": "function", "name": name, "arguments": arguments, "function": ["name": name, "arguments": arguments],
      ]
      return ["message": ["type": "tool-calls", "timestamp": .int(nowMs), "toolCallList": [call], "call": context]]
    }
  }

  /// Timestamp and code: `v1=` HMAC-SHA256 of seconds, a dot, and the raw body, or the query of a request that has none. Workflows
  /// made for Retell find its own header, with milliseconds behind the body.
  private static func signature(_ signed: [UInt8], _ form: WebhookTool.Form, _ site: Site, _ nowMs: Int64) -> [(
    name: String, value: String
  )] {
    if form == .retell {
      let code = HMACSHA256.hex(site.signingSecret, signed + Array(String(nowMs).utf8))
      return [("X-Retell-Signature", "v=\(nowMs),d=\(code)")]
    }
    let stamp = String(nowMs / 1000)
    let code = HMACSHA256.hex(site.signingSecret, Array("\(stamp).".utf8) + signed)
    return [("\(site.headerPrefix)-Timestamp", stamp), ("\(site.headerPrefix)-Signature", "v1=\(code)")]
  }

  // MARK: Text from outside, made fit for where it goes

  private static let longestKey = 200

  /// Models choose a part of the key: what a header cannot carry is replaced by its code.
  private static func key(_ id: String) -> String {
    let isPlain = id.utf8.count <= longestKey && id.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    return isPlain ? id : HMACSHA256.hex("", Array(id.utf8))
  }

  private static func path(_ path: String, _ arguments: JSONValue) throws(ProviderError) -> String {
    var parts: [String] = []
    for part in path.split(separator: "/") {
      guard part.hasPrefix(":") else {
        parts.append(String(part))
        continue
      }
      let name = String(part.dropFirst())
      // A dot segment would lead to another path.
      guard let value = arguments[name].map({ $0.string ?? $0.text }), !value.isEmpty, value != ".", value != ".." else {
        throw ProviderError(.invalid, "the argument '\(name)' is missing", code: "bad_arguments")
      }
      parts.append(escaped(value))
    }
    return parts.joined(separator: "/")
  }

  /// RFC 3986, section 2.3: everything but these is escaped.
  private static func escaped(_ text: String) -> String {
    let hex = Array("0123456789ABCDEF".utf8)
    var out: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
        out.append(byte)
      default: out += [UInt8(ascii: "%"), hex[Int(byte >> 4)], hex[Int(byte & 15)]]
      }
    }
    return String(decoding: out, as: UTF8.self)
  }
}
