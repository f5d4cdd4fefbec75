// What leaves for a webhook: addresses, bodies, credentials, signatures.

import N8NWire
import Testing
import Vox

struct RequestTests {
  private static let nowMs: Int64 = 1_700_000_000_123

  private func tool(_ name: String, _ json: JSONValue = [:]) throws -> WebhookTool {
    try WebhookTool(name, json, isTest: false, timeoutMs: 1000)
  }

  private func site(_ credential: Credential? = nil, secret: String = "") throws -> Site {
    let none = try Credential(.none, secret: "", secretName: "credential")
    var site = Site(base: "https://n8n.test", credential: credential ?? none, headerPrefix: "X-Clinic", userAgent: "Clinic/1")
    site.signingSecret = secret
    return site
  }

  private func request(
    _ name: String, _ json: JSONValue = [:], _ arguments: JSONValue = [:], id: String = "c1/1/t1", context: JSONValue = [:],
    site: Site? = nil
  ) throws -> WebhookRequest {
    try WebhookRequest(
      try tool(name, json), arguments: arguments, id: id, context: context, site: try site ?? self.site(), nowMs: Self.nowMs)
  }

  private func header(_ request: WebhookRequest, _ name: String) -> String? { request.headers.first { $0.name == name }?.value }
  private func body(_ request: WebhookRequest) -> String { String(decoding: request.body, as: UTF8.self) }

  /// HMAC-SHA256 gives the codes of RFC 4231, test cases 1, 2 and 6 (a key longer than a block).
  @Test func codes() {
    #expect(
      HMACSHA256.hex(String(repeating: "\u{0B}", count: 20), Array("Hi There".utf8))
        == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
    #expect(
      HMACSHA256.hex("Jefe", Array("what do ya want for nothing?".utf8))
        == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    let code = HMACSHA256.code(
      [UInt8](repeating: 0xAA, count: 131), Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8))
    #expect(code.prefix(4) == [0x60, 0xE4, 0x31, 0x59] && code.suffix(2) == [0x7F, 0x54])
    #expect(HMACSHA256.code([], []).count == 32)
  }

  /// Each authentication puts the right header into the request; basic has the example of RFC 7617, the token was made with openssl.
  @Test func credentials() throws {
    func sent(_ kind: Credential.Kind, _ name: String, _ secret: String, claims: [String: JSONValue] = [:]) throws -> String? {
      let found = try Credential(kind, name: name, secret: secret, secretName: "credential", claims: claims).header(nowS: 1_700_000_000)
      return found.map { "\($0.name): \($0.value)" }
    }
    #expect(try sent(.none, "", "") == nil)
    #expect(try sent(.basic, "Aladdin", "open sesame") == "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
    #expect(try sent(.basic, "a", "b") == "Authorization: Basic YTpi")
    #expect(try sent(.basic, "a", "bc") == "Authorization: Basic YTpiYw==")
    #expect(try sent(.header, "X-Key", "k") == "X-Key: k")
    #expect(try sent(.bearer, "", "k") == "Authorization: Bearer k")
    #expect(
      try sent(.jwt, "", "emulator-key", claims: ["iss": "clinic", "exp": 1])
        == "Authorization: Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
        + ".eyJleHAiOjE3MDAwMDAwNjAsImlhdCI6MTcwMDAwMDAwMCwiaXNzIjoiY2xpbmljIn0.wvH1b9yHnUwMSPIV-c63KCpJU-sgKe4FO5mFq3U5pKg")
  }

  /// A missing secret, and a name that is no header's, are refused with a sentence.
  @Test func badCredentials() {
    let missing = #expect(throws: ProviderError.self) { try Credential(.jwt, secret: "", secretName: "mcp_credential") }
    #expect(missing?.cls == .auth && missing?.message.contains("mcp_credential") == true && missing?.scope == .account)
    #expect(throws: ProviderError.self) { try Credential(.header, name: "X Key\r\n", secret: "k", secretName: "credential") }
  }

  /// Every form has the body that its platform's workflows read.
  @Test func forms() throws {
    let context: JSONValue = ["call": "c1"]
    #expect(
      body(try request("t", [:], ["day": "friday"], context: context))
        == #"{"call":{"call":"c1"},"id":"c1/1/t1","tool":{"arguments":{"day":"friday"},"name":"t"},"type":"tool.call"}"#)
    #expect(body(try request("t", ["form": "plain"], ["day": "friday"])) == #"{"day":"friday"}"#)
    #expect(body(try request("t", ["form": "retell"], ["a": 1], context: context)) == #"{"args":{"a":1},"call":{"call":"c1"},"name":"t"}"#)
    let vapi = try JSONValue(parsing: body(try request("t", ["form": "vapi"], ["a": 1])))["message"]
    #expect(vapi?["type"] == "tool-calls" && vapi?["timestamp"] == .int(Self.nowMs))
    #expect(vapi?["toolCallList"]?.array?.first?["id"] == "c1/1/t1" && vapi?["toolCallList"]?.array?.first?["arguments"] == ["a": 1])
  }

  /// Production, test, parameters of the path, and a query in place of a body.
  @Test func addresses() throws {
    #expect(try request("book").url == "https://n8n.test/webhook/book")
    #expect(try request("book", ["path": "a1/b", "test": true]).url == "https://n8n.test/webhook-test/a1/b")
    #expect(try request("t", ["path": "u1/users/:id"], ["id": "../x y"]).url == "https://n8n.test/webhook/u1/users/..%2Fx%20y")
    #expect(try request("t", ["path": "u1/:n"], ["n": 7]).url == "https://n8n.test/webhook/u1/7")
    for bad: JSONValue in [[:], ["n": ""], ["n": ".."]] {
      let error = #expect(throws: ProviderError.self) { try request("t", ["path": "u1/:n"], bad) }
      #expect(error?.cls == .invalid && error?.code == "bad_arguments")
    }
    let got = try request("t", ["method": "GET"], ["q": "a&b=c", "n": 2, "on": true])
    #expect(got.url == "https://n8n.test/webhook/t?n=2&on=true&q=a%26b%3Dc" && got.body.isEmpty && got.method == "GET")
    #expect(header(got, "Content-Type") == nil)
  }

  /// Signatures are over the exact bytes that leave; the codes were computed with `openssl dgst -sha256 -hmac s3cret`.
  @Test func signatures() throws {
    let site = try site(secret: "s3cret")
    let signed = try request("t", ["form": "plain"], ["x": 1], site: site)
    #expect(header(signed, "X-Clinic-Timestamp") == "1700000000")
    #expect(header(signed, "X-Clinic-Signature") == "v1=53d22a53a449c8eab33f527b26c0b13af91a3b37fce85ffe71404534449f336d")
    #expect(
      header(try request("t", ["form": "retell"], site: site), "X-Retell-Signature")
        == "v=1700000000123,d=40c218293a2b55f60703ebb71f34f10a643db22e03fd3967517479c9459483e2")
    #expect(
      header(try request("t", ["method": "GET"], ["a b": 1], site: site), "X-Clinic-Signature")
        == "v1=18a4634578001373047eaa4702482eb3ebaffdcac859a4fc2572eefbe8c8f64b")
    #expect(header(try request("t"), "X-Clinic-Signature") == nil)
  }

  /// A key that no header can carry is replaced, the same way each time; it cannot bring in a header of its own.
  @Test func keys() throws {
    #expect(header(try request("t"), "Idempotency-Key") == "c1/1/t1")
    #expect(header(try request("t", id: ""), "Idempotency-Key") == nil)
    #expect(
      header(try request("t", id: "café 1"), "Idempotency-Key") == "ad90a1e10be5397804d9359c80a1a5dd2bc72062d8661fed7601dd3ec9cab6fc")
    for hostile in ["a\r\nX-Evil: 1", "ä", String(repeating: "k", count: 5000)] {
      let request = try request("t", id: hostile)
      #expect(header(request, "Idempotency-Key")?.utf8.count == 64 && request.id == header(request, "Idempotency-Key"))
    }
  }

  /// Arguments that do not fit are refused in words from which a model can learn; a schema that cannot be used is refused at once.
  @Test func schemas() throws {
    let book = try tool("book", ["schema": ["type": "object", "properties": ["day": ["type": "string"]], "required": ["day"]]])
    try book.check(["day": "friday"])
    let error = #expect(throws: ProviderError.self) { try book.check([:]) }
    #expect(error?.code == "bad_arguments" && error?.effects == SideEffects.none && error?.message.contains("day") == true)
    #expect(throws: ProviderError.self) { try tool("x", ["schema": ["type": "object", "$ref": "#/x"]]) }
  }
}
