// Header lines as they cross the ABI, both ways.

import PluginABI
import Vox

/// Header lines of the ABI.
enum HeaderLines {
  /// Lines that say how the message is framed or whom it is for; these are the host's to write.
  private static let reserved: Set<String> = [
    "host", "connection", "content-length", "transfer-encoding", "te", "upgrade", "expect", "keep-alive", "proxy-connection", "trailer",
  ]

  /// Copies lines; nil when there are too many, or one is malformed or the host's own affair.
  static func read(_ first: UnsafePointer<vox_pair>?, _ count: UInt32) -> [(name: String, value: String)]? {
    guard count <= UInt32(Limits.requestHeaders), count == 0 || first != nil else { return nil }
    var lines: [(name: String, value: String)] = []
    var total = 0
    for i in 0..<Int(count) {
      guard let pair = first?[i], pair.name.len <= 256, pair.value.len <= UInt64(Limits.headerBytes), isToken(pair.name.bytes),
        pair.value.bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 })
      else { return nil }
      total += Int(pair.name.len + pair.value.len)
      let name = pair.name.string
      guard total <= Limits.headerBytes, !reserved.contains(name.lowercased()) else { return nil }
      lines.append((name, pair.value.string))
    }
    return lines
  }

  /// Whether bytes are a token of RFC 9110, section 5.6.2.
  static func isToken(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    !bytes.isEmpty
      && bytes.allSatisfy {
        switch $0 {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-.^_`|~".utf8.contains($0)
        }
      }
  }

  /// Lends lines in the form of the ABI for the length of `body`.
  static func lend<R>(_ lines: [(name: String, value: String)], _ body: (UnsafeBufferPointer<vox_pair>) -> R) -> R {
    // All texts stand end to end in one buffer, so that all views are lent at once.
    var texts: [UInt8] = []
    for line in lines {
      texts += Array(line.name.utf8)
      texts += Array(line.value.utf8)
    }
    return texts.withUnsafeBufferPointer { texts in
      var at = 0
      func take(_ text: String) -> vox_view {
        defer { at += text.utf8.count }
        return vox_view(ptr: texts.baseAddress.map { $0 + at }, len: UInt64(text.utf8.count))
      }
      let pairs = lines.map { vox_pair(name: take($0.name), value: take($0.value)) }
      return pairs.withUnsafeBufferPointer(body)
    }
  }
}
