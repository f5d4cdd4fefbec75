// Sound as it streams in: 16-bit samples, with a WAV header before them or without.

public import Vox

/// Takes bytes split anywhere and gives whole samples. A header is believed about the rate and the channels, and never about sizes,
/// because a streamed file does not know them (RIFF, Microsoft and IBM 1991: chunks of a name, a size and a body, padded to even).
public struct SoundReader: Sendable {
  private enum State { case start, chunk, skipping(Int), samples }

  /// Hz: as expected, until a header says otherwise.
  public private(set) var rate: Int
  private var channels = 1
  private var hasFormat = false
  private var state = State.start
  /// Bytes that are not enough for what is to come next.
  private var rest: [UInt8] = []

  private static let longestFormat = 64

  /// - Parameter rate: of samples without a header, Hz.
  public init(rate: Int) { self.rate = rate }

  /// - Throws: class `unavailable`, code `bad_sound`, for a header of sound that is not 16-bit PCM.
  public mutating func take(_ bytes: [UInt8]) throws(ProviderError) -> [Int16] {
    rest += bytes
    while true {
      switch state {
      case .start:
        guard rest.count >= 4 else { return [] }
        guard rest.starts(with: Array("RIFF".utf8)) else {
          state = .samples
          continue
        }
        guard rest.count >= 12 else { return [] }
        rest.removeFirst(12)
        state = .chunk
      case .chunk:
        guard try readChunk() else { return [] }
      case .skipping(let count):
        let skipped = min(count, rest.count)
        rest.removeFirst(skipped)
        state = count > skipped ? .skipping(count - skipped) : .chunk
        if count > skipped { return [] }
      case .samples: return samples()
      }
    }
  }

  /// False when it is not whole yet.
  private mutating func readChunk() throws(ProviderError) -> Bool {
    guard rest.count >= 8 else { return false }
    let size = Int(word(4)) | Int(word(6)) << 16
    if rest.starts(with: Array("data".utf8)) {
      guard hasFormat else { throw OpenAIError.garbled("a WAV file without a format", code: "bad_sound") }
      rest.removeFirst(8)
      state = .samples
      return true
    }
    guard rest.starts(with: Array("fmt ".utf8)) else {
      rest.removeFirst(8)
      state = .skipping(size + size % 2)
      return true
    }
    guard size >= 16, size <= Self.longestFormat else { throw OpenAIError.garbled("a WAV format of \(size) bytes", code: "bad_sound") }
    guard rest.count >= 8 + size else { return false }
    try readFormat(size)
    rest.removeFirst(8)
    state = .skipping(size + size % 2)
    return true
  }

  private mutating func readFormat(_ size: Int) throws(ProviderError) {
    // 0xFFFE: the real number begins the sub-format.
    let codec = word(8) == 0xFFFE && size >= 26 ? word(8 + 24) : word(8)
    let rate = Int(word(12)) | Int(word(14)) << 16
    guard codec == 1, word(22) == 16, (1...2).contains(word(10)), (8_000...192_000).contains(rate) else {
      throw OpenAIError.garbled("sound of format \(codec) with \(word(22)) bits at \(rate) Hz, not 16-bit PCM", code: "bad_sound")
    }
    (self.rate, channels, hasFormat) = (rate, Int(word(10)), true)
  }

  private mutating func samples() -> [Int16] {
    let frame = 2 * channels
    let count = rest.count / frame
    var samples = [Int16](repeating: 0, count: count)
    for i in 0..<count {
      let left = Int16(bitPattern: word(i * frame))
      samples[i] = channels == 1 ? left : Int16((Int32(left) + Int32(Int16(bitPattern: word(i * frame + 2)))) >> 1)
    }
    rest.removeFirst(count * frame)
    return samples
  }

  private func word(_ at: Int) -> UInt16 { UInt16(rest[at]) | UInt16(rest[at + 1]) << 8 }
}
