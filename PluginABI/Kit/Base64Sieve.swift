// Takes sound out of JSON while it streams in, so that megabytes of base64 are never parsed at once on a call's thread.

public import Vox

/// Replaces every long base64 string (RFC 4648, section 4) of a JSON text by a short name, and keeps its bytes under that name.
///
/// What is left is small and can be parsed whole; server-sent events with JSON in them pass as well. Feed it the body as it comes.
public struct Base64Sieve: Sendable {
  /// Shorter strings stay where they are.
  private static let longEnough = 512
  private static let mark = "base64#"

  private let limit: Int
  private var blobs: [String: [UInt8]] = [:]
  private var count = 0
  private var size = 0
  private var state = State.outside
  /// The string so far, while it may still be text.
  private var held: [UInt8] = []
  private var blob: [UInt8] = []
  private var bits: UInt32 = 0
  private var sextets = 0

  private enum State { case outside, string, text, blob, escape, blobEscape }

  /// - Parameter limit: bytes that may be kept at a time, decoded.
  public init(limit: Int) { self.limit = limit }

  /// Takes the next bytes; answers the JSON without what was taken out.
  ///
  /// - Throws: class `unavailable`, code `bad_base64` or `sound_too_long`; the sieve is of no more use then.
  public mutating func feed(_ bytes: some Sequence<UInt8>) throws(ProviderError) -> [UInt8] {
    let bytes = Array(bytes)
    var out: [UInt8] = []
    var at = 0
    while at < bytes.count {
      if state == .blob { decodeGroups(bytes, &at) }
      guard at < bytes.count else { break }
      let byte = bytes[at]
      at += 1
      switch state {
      case .outside:
        out.append(byte)
        if byte == 0x22 { state = .string }
      case .string: take(byte, &out)
      case .text:
        out.append(byte)
        if byte == 0x22 || byte == 0x0A { state = .outside } else if byte == 0x5C { state = .escape }
      case .escape:
        out.append(byte)
        state = .text
      case .blob:
        if byte == 0x5C { state = .blobEscape } else if byte == 0x22 { endBlob(&out) } else { try decode(byte) }
      case .blobEscape:
        // Some writers escape the slash; nothing else of base64 can be.
        guard byte == 0x2F else { throw Self.unreadable }
        try decode(byte)
        state = .blob
      }
    }
    try checkSize()
    return out
  }

  /// The bytes that a string of the JSON stands for: those kept under this name, which are given away, or the decoded string itself.
  /// Nil when it is neither.
  public mutating func bytes(_ value: String) -> [UInt8]? {
    if let blob = blobs.removeValue(forKey: value) {
      size -= blob.count
      return blob
    }
    if value.hasPrefix(Self.mark) { return nil }
    var other = Base64Sieve(limit: limit)
    do {
      for byte in value.utf8 { try other.decode(byte) }
      other.endGroup()
      return other.blob
    } catch {
      return nil
    }
  }

  /// A byte of a string that is short so far.
  private mutating func take(_ byte: UInt8, _ out: inout [UInt8]) {
    held.append(byte)
    if byte == 0x22 || byte == 0x0A || Self.values[Int(byte)] == 255 {
      out += held
      held.removeAll(keepingCapacity: true)
      state = byte == 0x22 || byte == 0x0A ? .outside : byte == 0x5C ? .escape : .text
    } else if held.count == Self.longEnough {
      state = .blob
      for byte in held { append(Self.values[Int(byte)]) }
      held.removeAll(keepingCapacity: true)
    }
  }

  private mutating func decode(_ byte: UInt8) throws(ProviderError) {
    let value = Self.values[Int(byte)]
    guard value != 255 else { throw Self.unreadable }
    append(value)
  }

  private func checkSize() throws(ProviderError) {
    guard size + blob.count <= limit else {
      throw ProviderError(
        .unavailable, "the provider sent more than \(limit) bytes of sound at once", effects: .maybe, code: "sound_too_long")
    }
  }

  /// Whole groups of four without padding, which is nearly all there is: a piece of 16 KiB must not cost a call's thread a millisecond.
  private mutating func decodeGroups(_ bytes: [UInt8], _ at: inout Int) {
    guard sextets == 0 else { return }
    let (count, start) = ((bytes.count - at) / 4, at)
    let values = Self.values
    var groups = 0
    let decoded = [UInt8](unsafeUninitializedCapacity: count * 3) { out, made in
      bytes.withUnsafeBufferPointer { bytes in
        values.withUnsafeBufferPointer { values in
          while groups < count {
            let from = start + groups * 4
            let (a, b) = (values[Int(bytes[from])], values[Int(bytes[from + 1])])
            let (c, d) = (values[Int(bytes[from + 2])], values[Int(bytes[from + 3])])
            guard a | b | c | d < 64 else { break }
            out[groups * 3] = a << 2 | b >> 4
            out[groups * 3 + 1] = b << 4 | c >> 2
            out[groups * 3 + 2] = c << 6 | d
            groups += 1
          }
        }
      }
      made = groups * 3
    }
    blob += decoded
    at = start + groups * 4
  }

  /// 64 stands for the padding, which ends a group.
  private mutating func append(_ value: UInt8) {
    guard value < 64 else { return endGroup() }
    bits = bits << 6 | UInt32(value)
    sextets += 1
    guard sextets == 4 else { return }
    blob.append(UInt8(truncatingIfNeeded: bits >> 16))
    blob.append(UInt8(truncatingIfNeeded: bits >> 8))
    blob.append(UInt8(truncatingIfNeeded: bits))
    (bits, sextets) = (0, 0)
  }

  /// Two sextets are a byte, three are two; a single one is nothing.
  private mutating func endGroup() {
    if sextets == 2 { blob.append(UInt8(truncatingIfNeeded: bits >> 4)) }
    if sextets == 3 {
      blob.append(UInt8(truncatingIfNeeded: bits >> 10))
      blob.append(UInt8(truncatingIfNeeded: bits >> 2))
    }
    (bits, sextets) = (0, 0)
  }

  private mutating func endBlob(_ out: inout [UInt8]) {
    endGroup()
    let name = "\(Self.mark)\(count)"
    count += 1
    size += blob.count
    blobs[name] = blob
    blob = []
    out += name.utf8
    out.append(0x22)
    state = .outside
  }

  private static let unreadable = ProviderError(
    .unavailable, "the provider sent sound that is no base64", effects: .maybe, code: "bad_base64")

  /// By character; 64 is the padding, 255 no character of base64.
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 255, count: 256)
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    for (value, character) in alphabet.utf8.enumerated() { values[Int(character)] = UInt8(value) }
    values[0x3D] = 64
    return values
  }()
}
