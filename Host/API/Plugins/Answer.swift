// What becomes of a request that a plugin was asked to answer.

import HTTPTypes
import Hummingbird
import NIOCore
import PluginABI
import Vox

/// The end of a request.
enum Answer: Sendable {
  case response(Response)
  /// The plugin takes the WebSocket.
  case accepted(SocketConnection)
  /// Nobody answered in time.
  case late
  /// The provider stopped, or cannot be asked.
  case gone

  /// What the peer is told. A WebSocket that was accepted is told elsewhere.
  var response: Response {
    switch self {
    case .response(let response): response
    case .late: .problem(.serviceUnavailable, "timeout", "the provider did not answer in time")
    case .gone, .accepted: .problem(.serviceUnavailable, "unavailable", "the provider cannot answer now")
    }
  }
}

extension Response {
  /// These belong to the connection, which is the host's.
  private static let ownHeaders: Set<String> = [
    "connection", "content-length", "date", "keep-alive", "server", "transfer-encoding", "upgrade",
  ]

  /// A plugin's response, copied out of the ABI; nil when it breaks the contract.
  init?(_ response: vox_response) {
    guard (200...599).contains(response.status), response.body.len <= UInt64(Limits.responseBytes),
      Int(response.nheaders) <= Limits.headers, response.nheaders == 0 || response.headers != nil
    else { return nil }
    var fields = HTTPFields()
    for i in 0..<Int(response.nheaders) {
      guard let pair = response.headers?[i], pair.value.len <= UInt64(Limits.headerBytes),
        let name = HTTPField.Name(pair.name.string), case let value = pair.value.string, HTTPField.isValidValue(value)
      else { return nil }
      if !Self.ownHeaders.contains(name.canonicalName) { fields.append(HTTPField(name: name, value: value)) }
    }
    self.init(
      status: HTTPResponse.Status(code: Int(response.status)), headers: fields,
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: response.body.bytes)))
  }
}
