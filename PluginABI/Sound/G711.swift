// Companding of ITU-T G.711: 16-bit linear samples to the 8-bit mu-law and A-law of telephone lines, and back.

/// One of the two laws of ITU-T G.711 (11/88). Pure arithmetic without tables: nothing to load, nothing shared, any thread.
///
/// Linear samples are 16 bits wide; the laws define 14 (mu) and 13 (A) of them. The lower bits are dropped from the magnitude, so that
/// encoding is symmetric around zero.
public enum G711: Sendable {
  /// North America and Japan; silence is 0xFF.
  case muLaw
  /// The rest of the world; silence is 0xD5.
  case aLaw

  /// The code of one sample. Never fails: beyond the law's range it saturates.
  @inlinable public func encode(_ sample: Int16) -> UInt8 {
    switch self {
    case .muLaw: Self.muLaw(sample)
    case .aLaw: Self.aLaw(sample)
    }
  }

  /// The sample that a code stands for. Every one of the 256 codes is valid.
  @inlinable public func decode(_ code: UInt8) -> Int16 {
    switch self {
    case .muLaw: Self.linear(muLaw: code)
    case .aLaw: Self.linear(aLaw: code)
    }
  }

  /// Encodes as many samples as both buffers hold.
  /// - Returns: how many were encoded, the smaller of the two counts.
  @discardableResult
  public func encode(_ samples: UnsafeBufferPointer<Int16>, into codes: UnsafeMutableBufferPointer<UInt8>) -> Int {
    let count = min(samples.count, codes.count)
    switch self {
    case .muLaw: for i in 0..<count { codes[i] = Self.muLaw(samples[i]) }
    case .aLaw: for i in 0..<count { codes[i] = Self.aLaw(samples[i]) }
    }
    return count
  }

  /// Decodes as many codes as both buffers hold.
  /// - Returns: how many were decoded, the smaller of the two counts.
  @discardableResult
  public func decode(_ codes: UnsafeBufferPointer<UInt8>, into samples: UnsafeMutableBufferPointer<Int16>) -> Int {
    let count = min(samples.count, codes.count)
    switch self {
    case .muLaw: for i in 0..<count { samples[i] = Self.linear(muLaw: codes[i]) }
    case .aLaw: for i in 0..<count { samples[i] = Self.linear(aLaw: codes[i]) }
    }
    return count
  }

  /// 132 is the law's bias of 33 on its 14-bit scale; it puts the segment ends on powers of two. 32,635 is the highest magnitude whose
  /// biased value still lies in the last segment.
  @usableFromInline static func muLaw(_ sample: Int16) -> UInt8 {
    let biased = min(sample.magnitude, 32_635) + 132
    let segment = 8 - biased.leadingZeroBitCount
    let step = UInt8(truncatingIfNeeded: biased >> UInt16(truncatingIfNeeded: segment + 3)) & 0x0F
    let sign: UInt8 = sample < 0 ? 0x80 : 0
    return ~(sign | UInt8(truncatingIfNeeded: segment << 4) | step)
  }

  @usableFromInline static func linear(muLaw code: UInt8) -> Int16 {
    let bits = ~code
    let magnitude = ((Int16(bits & 0x0F) << 3) + 132) << Int16((bits >> 4) & 7) - 132
    return bits & 0x80 == 0 ? magnitude : -magnitude
  }

  /// Segments 0 and 1 share one step size, hence the special case. Even bits are inverted (0x55); the sign bit is set for positive samples.
  @usableFromInline static func aLaw(_ sample: Int16) -> UInt8 {
    let magnitude = min(sample.magnitude, 32_767)
    let segment = max(8 - magnitude.leadingZeroBitCount, 0)
    let shift = segment == 0 ? 4 : segment + 3
    let step = UInt8(truncatingIfNeeded: magnitude >> UInt16(truncatingIfNeeded: shift)) & 0x0F
    let sign: UInt8 = sample < 0 ? 0 : 0x80
    return (sign | UInt8(truncatingIfNeeded: segment << 4) | step) ^ 0x55
  }

  @usableFromInline static func linear(aLaw code: UInt8) -> Int16 {
    let bits = code ^ 0x55
    let segment = Int16((bits >> 4) & 7)
    let middle = (Int16(bits & 0x0F) << 4) + 8
    let magnitude = segment == 0 ? middle : (middle + 256) << (segment - 1)
    return bits & 0x80 == 0 ? -magnitude : magnitude
  }
}
