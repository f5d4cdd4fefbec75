// A plugin's wish for a WebSocket, copied and checked.

import PluginABI
import Vox

struct WebSocketRequest: Sendable {
  let address: Address
  let headers: [(name: String, value: String)]
  let connectMs: Int
  let pingMs: Int
  let maxMessage: Int

  /// Nil when the plugin broke the contract.
  init?(_ r: vox_websocket_request) {
    guard r.struct_size == UInt32(MemoryLayout<vox_websocket_request>.size), r.zero == 0, r.url.len <= UInt64(Limits.urlBytes),
      let headers = HeaderLines.read(r.headers, r.nheaders), let address = Address(r.url.string),
      !headers.contains(where: {
        ["sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions"].contains($0.name.lowercased())
      })
    else { return nil }
    self.address = address
    self.headers = headers
    connectMs = r.connect_ms == 0 ? Limits.handshakeMs : min(Int(r.connect_ms), Limits.longestMs)
    pingMs = r.ping_ms == 0 ? Limits.pingMs : min(max(Int(r.ping_ms), 100), Limits.longestMs)
    maxMessage = r.max_message == 0 ? Limits.messageBytes : min(Int(r.max_message), Limits.messageBytes)
  }
}
