// What n8n's failures mean: an answer that is no success, a line of a stream, an error of JSON-RPC.

public import Vox

/// Errors of webhooks and of the MCP trigger. Sources: docs.n8n.io, "Webhook node"; the node's source for statuses and bodies;
/// jsonrpc.org, section 5.1, and modelcontextprotocol.io, "Streamable HTTP". Wordings are not stable, so they never decide.
public enum N8NError {
  /// An answer whose status is no success.
  ///
  /// - Parameters:
  ///   - body: as much of it as was kept: `{"code","message","hint"}`, an error of JSON-RPC, plain text, or whatever a proxy says.
  ///   - retryAfter: the header of that name.
  ///   - isChallenge: there is a `WWW-Authenticate`, which the node sends with everything that is wrong with a credential.
  public static func answered(status: Int, body: [UInt8], retryAfter: String? = nil, isChallenge: Bool = false) -> ProviderError {
    let json = JSONValue(bytes: body) ?? .null
    let told = json["error"]?.object == nil ? json : json["error"] ?? .null
    let text = told["message"]?.string ?? (json.isNull && !body.starts(with: Array("<".utf8)) ? String(decoding: body, as: UTF8.self) : "")
    let code = told["code"]?.string ?? told["code"]?.int.map { String($0) } ?? ""
    var error = ProviderError(httpStatus: status, text.short, code: code, retryAfter: retryAfter)
    error.detail = told["hint"]?.string?.short ?? ""
    if status == 500 {
      // The workflow has run and failed, unless the node never let the request in because its own credential is empty.
      error.code = "http_500"
      if isChallenge { (error.cls, error.scope, error.effects) = (.auth, .account, .none) } else { error.cls = .internal }
    }
    // The trigger has forgotten the session, as after a restart: a new one may be begun.
    if status == 404, code == Self.lostSession { error.cls = .unavailable }
    return error
  }

  /// What is told for a session that the trigger does not know (the server library of the protocol).
  static let lostSession = "-32001"

  /// A chunk of type `error` in a stream whose status was 200.
  public static func streamed(_ chunk: JSONValue) -> ProviderError {
    let text = chunk["content"]?.string?.short ?? ""
    return ProviderError(
      .internal, text.isEmpty ? "the workflow failed" : text, effects: .maybe, code: "error", wireStatus: 200,
      detail: chunk["metadata"]?["nodeName"]?.string ?? "")
  }

  /// An error of JSON-RPC.
  public static func rpc(_ error: JSONValue) -> ProviderError {
    let code = error["code"]?.int ?? 0
    let text = error["message"]?.string?.short ?? ""
    // Parse error, invalid request, unknown method, invalid parameters: nothing was begun.
    let isOurs = code == -32_700 || (-32_602 ... -32_600).contains(code)
    return ProviderError(
      isOurs ? .invalid : .internal, text.isEmpty ? "the server answered with error \(code)" : text, effects: isOurs ? .none : .maybe,
      code: String(code), wireStatus: 200)
  }

  /// A tool of the MCP trigger says that it failed.
  public static func toolFailed(_ text: String) -> ProviderError {
    ProviderError(
      .internal, text.isEmpty ? "the workflow failed" : text.short, effects: .maybe, code: "isError", wireStatus: 200)
  }

  /// The workflow has run, and what it answered is of no use.
  public static func unusable(_ what: String, code: String) -> ProviderError {
    ProviderError(.internal, "the workflow's answer \(what)", effects: .yes, code: code, wireStatus: 200)
  }

  /// What came is not what the protocol says.
  public static func garbled(_ what: String) -> ProviderError {
    ProviderError(.unavailable, "the server's answer cannot be read: \(what)", effects: .maybe, code: "garbled", wireStatus: 200)
  }
}

extension String {
  /// Enough of a text from outside for a sentence.
  var short: String { String(prefix(500)) }
}

extension JSONValue {
  /// Nil when the bytes are no JSON.
  init?(bytes: [UInt8]) {
    guard let value = try? bytes.withUnsafeBufferPointer({ try JSONValue(parsing: $0) }) else { return nil }
    self = value
  }
}
