// One coded sample of a WAV file as 16-bit linear.

extension WAVHeader.Encoding {
  /// The sample that begins at byte `offset`; `bytes` hold all of it.
  func sample(in bytes: UnsafeRawBufferPointer, at offset: Int) -> Int16 {
    func byte(_ i: Int) -> UInt8 { bytes[offset + i] }
    func high16(_ i: Int) -> Int16 { Int16(bitPattern: UInt16(byte(i)) | UInt16(byte(i + 1)) << 8) }
    switch self {
    case .unsigned8: return (Int16(byte(0)) - 128) << 8
    case .signed16: return high16(0)
    case .signed24: return high16(1)
    case .signed32: return high16(2)
    case .muLaw: return G711.muLaw.decode(byte(0))
    case .aLaw: return G711.aLaw.decode(byte(0))
    case .float32:
      let bits = UInt32(UInt16(bitPattern: high16(0))) | UInt32(UInt16(bitPattern: high16(2))) << 16
      return PCM.sample(Float(bitPattern: bits))
    }
  }
}
