// Fields of a call between host and worker, lent where they lie instead of copied.

import PluginABI
import Vox

/// Reads what `ServiceCall` wrote, in the same order. A field that is not there makes it, and all that follow, zero or empty, and
/// `isAtEnd` false. The views are good for as long as the bytes.
struct BorrowedFields {
  private var rest: UnsafeRawBufferPointer
  private var isSound = true
  private static let maxPairs = 256

  init(_ bytes: UnsafeRawBufferPointer) { rest = bytes }

  var isAtEnd: Bool { isSound && rest.isEmpty }

  mutating func number() -> UInt64 {
    guard let field = take(8) else { return 0 }
    return UInt64(littleEndian: field.loadUnaligned(as: UInt64.self))
  }

  mutating func view() -> vox_view {
    let count = number()
    guard count <= UInt64(rest.count), let field = take(Int(count)) else {
      isSound = false
      return vox_view(ptr: nil, len: 0)
    }
    return vox_view(ptr: count == 0 ? nil : field.baseAddress?.assumingMemoryBound(to: UInt8.self), len: count)
  }

  mutating func pairs() -> [vox_pair] {
    let count = number()
    guard count <= UInt64(Self.maxPairs) else {
      isSound = false
      return []
    }
    return (0..<count).map { _ in
      let name = view()
      return vox_pair(name: name, value: view())
    }
  }

  private mutating func take(_ count: Int) -> UnsafeRawBufferPointer? {
    guard isSound, count <= rest.count else {
      isSound = false
      return nil
    }
    defer { rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count)) }
    return UnsafeRawBufferPointer(rebasing: rest.prefix(count))
  }
}

/// Writes the fields of a call. One that can never be sent makes the call invalid.
struct ServiceCall {
  private(set) var packer = Packer()
  private(set) var isValid = true
  /// A response of 8 MiB with its headers.
  private static let maxBytes = ControlSocket.maxPayload - 4096

  mutating func number(_ n: some FixedWidthInteger) { packer.number(n) }

  mutating func view(_ view: vox_view) {
    let room = UInt64(max(Self.maxBytes - packer.bytes.count, 0))
    guard view.len <= room, view.len == 0 || view.ptr != nil else { return isValid = false }
    packer.block(UnsafeRawBufferPointer(start: view.ptr, count: Int(view.len)))
  }

  mutating func pairs(_ first: UnsafePointer<vox_pair>?, _ count: UInt32) {
    guard count == 0 || first != nil else { return isValid = false }
    number(count)
    for i in 0..<Int(count) where isValid {
      guard let pair = first?[i] else { return }
      view(pair.name)
      view(pair.value)
    }
  }
}
