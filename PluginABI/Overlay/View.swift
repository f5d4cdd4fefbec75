// Borrowed bytes of the ABI as Swift values, and back.

public import PluginABI

extension vox_view {
  /// The borrowed bytes; valid only as long as the call they came with. A length without a pointer reads as empty.
  public var bytes: UnsafeBufferPointer<UInt8> {
    guard let ptr, let count = Int(exactly: len) else { return UnsafeBufferPointer(start: nil, count: 0) }
    return UnsafeBufferPointer(start: ptr, count: count)
  }

  /// A copy as text; bytes that are not UTF-8 become U+FFFD.
  public var string: String { String(decoding: bytes, as: UTF8.self) }

  /// The JSON in this view; an empty view reads as an empty object.
  public func json() throws(JSONError) -> JSONValue {
    len == 0 ? .object([:]) : try JSONValue(parsing: bytes)
  }

  /// A view of constant text, valid for ever.
  public init(_ text: StaticString) {
    self.init(ptr: text.utf8Start, len: UInt64(text.utf8CodeUnitCount))
  }
}

/// Lends `text` as a view for the length of `body`.
@inlinable public func withView<R>(_ text: String, _ body: (vox_view) -> R) -> R {
  var text = text
  return text.withUTF8 { body(vox_view(ptr: $0.baseAddress, len: UInt64($0.count))) }
}

/// Text that lives as long as the process, for manifests and other constants that cross the ABI.
public func immortalView(_ text: String) -> vox_view {
  let bytes = Array(text.utf8)
  let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(bytes.count, 1))
  _ = copy.initialize(from: bytes)
  return vox_view(ptr: UnsafePointer(copy.baseAddress), len: UInt64(bytes.count))
}
