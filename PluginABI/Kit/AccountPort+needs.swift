// What an account cannot do without: services of the host, and a secret.

public import Vox

extension AccountPort {
  /// The host's HTTP client.
  ///
  /// - Throws: class `invalid`, code `service_missing`, on a host that offers none.
  public func httpClient() throws(ProviderError) -> HTTPClient { try needed(HTTPClient(host), "vox.http/0") }

  /// The host's WebSocket client.
  ///
  /// - Throws: class `invalid`, code `service_missing`, on a host that offers none.
  public func webSocketClient() throws(ProviderError) -> WebSocketClient { try needed(WebSocketClient(host), "vox.websocket/0") }

  /// A secret that the operator must give.
  ///
  /// - Parameter what: completes the sentence that says it is missing, such as "a key of the vendor's console".
  /// - Throws: class `auth`, scope `account`, code `secret_missing`.
  public func secret(_ name: String, _ what: String) throws(ProviderError) -> String {
    if let secret = secrets[name], !secret.isEmpty { return secret }
    throw ProviderError(.auth, "The secret '\(name)' is missing: \(what).", scope: .account, code: "secret_missing")
  }

  private func needed<Service>(_ service: Service?, _ id: String) throws(ProviderError) -> Service {
    if let service { return service }
    throw ProviderError(
      .invalid, "The plugin needs the host's service \(id), and this host has none.", scope: .provider, code: "service_missing")
  }
}
