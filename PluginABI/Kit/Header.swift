// Header lines on their way through the ABI.

import PluginABI
import Synchronization
import Vox

/// One header line.
public struct Header: Hashable, Sendable {
  public var name: String
  public var value: String

  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

extension [Header] {
  /// The value of the first line of that name, in any case; nil when there is none.
  public subscript(_ name: String) -> String? { first { $0.name.lowercased() == name.lowercased() }?.value }

  /// Copies the lines of an event.
  init(_ first: UnsafePointer<vox_pair>?, _ count: UInt32) {
    self = (0..<Int(count)).compactMap { i in first.map { Header($0[i].name.string, $0[i].value.string) } }
  }

  /// Lends the lines in the form of the ABI for the length of `body`.
  func withPairs<R>(_ body: (UnsafeBufferPointer<vox_pair>) -> R) -> R {
    // All texts stand end to end in one buffer, so that all views are lent at once.
    var texts: [UInt8] = []
    for header in self { texts += Array<UInt8>(header.name.utf8) + Array<UInt8>(header.value.utf8) }
    return texts.withUnsafeBufferPointer { texts in
      var at = 0
      func take(_ text: String) -> vox_view {
        defer { at += text.utf8.count }
        return vox_view(ptr: texts.baseAddress.map { $0 + at }, len: UInt64(text.utf8.count))
      }
      let pairs = map { vox_pair(name: take($0.name), value: take($0.value)) }
      return pairs.withUnsafeBufferPointer(body)
    }
  }
}

/// Names requests and sockets that the kit makes. They begin above what a plugin is likely to number its own sockets with.
enum ServiceToken {
  private static let last = Atomic<UInt64>(1 << 32)
  static func next() -> UInt64 { last.wrappingAdd(1, ordering: .relaxed).newValue }
}
