// Where an MCP server is, and how it is spoken to.

import Glibc
import N8NWire
import PluginKit
import Vox

struct MCPServer: Sendable {
  let url: String
  /// The older transport (2024-11-05): answers come on one stream, whatever they answer.
  let isSSE: Bool
  /// Of the protocol.
  let version: String
  let credential: Credential
  let userAgent: String
  let connectMs: Int
  let maxAnswerBytes: Int

  /// What every request carries.
  var headers: [Header] {
    var headers = [Header("User-Agent", userAgent)]
    if let credential = credential.header(nowS: wallMs() / 1000) { headers.append(Header(credential.name, credential.value)) }
    return headers
  }

  /// The address that messages go to, out of what the stream tells: a path, or a whole address, of the same server only.
  ///
  /// - Throws: code `garbled` for any other, which would be given our credential.
  func endpoint(_ told: String) throws(ProviderError) -> String {
    let origin = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).prefix(3).joined(separator: "/")
    if told.hasPrefix("/"), !told.hasPrefix("//") { return origin + told }
    guard told.hasPrefix(origin + "/") else { throw N8NError.garbled("its messages are to go to another server") }
    return told
  }
}

/// Milliseconds since 1970.
func wallMs() -> Int64 {
  var time = timespec()
  clock_gettime(CLOCK_REALTIME, &time)
  return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
}
