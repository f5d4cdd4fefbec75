// A plugin's request, copied and checked.

import PluginABI
import Vox

/// What is to be sent. Made on the plugin's thread, then handed over.
final class HTTPRequest: @unchecked Sendable {
  let method: String
  let address: Address
  let headers: [(name: String, value: String)]
  /// Stays where it is until the transfer is over.
  let body: UnsafeMutableRawBufferPointer
  let connectMs: Int
  let firstByteMs: Int
  let stallMs: Int
  let totalMs: Int
  /// Nil = as much as comes.
  let credit: Int?

  /// Nil when the plugin broke the contract.
  init?(_ r: vox_http_request) {
    guard r.struct_size == UInt32(MemoryLayout<vox_http_request>.size), r.zero == 0, r.body.len <= UInt64(Limits.bodyBytes),
      r.body.len == 0 || r.body.ptr != nil, let headers = HeaderLines.read(r.headers, r.nheaders), r.url.len <= UInt64(Limits.urlBytes),
      let address = Address(r.url.string), HeaderLines.isToken(r.method.bytes), r.method.len <= 32
    else { return nil }
    method = r.method.string
    self.address = address
    self.headers = headers
    body = .allocate(byteCount: Int(r.body.len), alignment: 1)
    body.copyBytes(from: r.body.bytes)
    connectMs = Self.ms(r.connect_ms, Limits.connectMs)
    firstByteMs = Self.ms(r.first_byte_ms, Limits.firstByteMs)
    stallMs = Self.ms(r.stall_ms, Limits.stallMs)
    totalMs = Self.ms(r.total_ms, Limits.totalMs)
    credit = r.credit == 0 ? nil : Int(r.credit)
  }

  /// A request without credentials that leaves an open connection behind.
  init(warming address: Address) {
    method = "HEAD"
    self.address = address
    headers = []
    body = .allocate(byteCount: 0, alignment: 1)
    connectMs = Limits.warmMs
    firstByteMs = Limits.warmMs
    stallMs = Limits.warmMs
    totalMs = Limits.warmMs
    credit = nil
  }

  deinit { body.deallocate() }

  private static func ms(_ asked: UInt32, _ otherwise: Int) -> Int { asked == 0 ? otherwise : min(Int(asked), Limits.longestMs) }

  func value(of name: String) -> String? { headers.first { $0.name.lowercased() == name }?.value }
}
