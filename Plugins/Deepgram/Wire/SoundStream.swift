// Raw sound that comes in pieces cut anywhere, as whole samples.

/// Keeps the byte of a sample that is cut in two, and skips a WAV header that should not be there: it would be heard as a click.
public struct SoundStream: Sendable {
  /// A header as Deepgram writes it has 44 bytes; one that is not over by then is none.
  private static let longestHeader = 512
  /// What was taken is let go of when it is so much, so that no byte is moved often.
  private static let compactAt = 64 << 10

  private var bytes: [UInt8] = []
  /// Where the first byte stands that was not taken.
  private var head = 0
  private var mayHaveHeader = true
  private var isFinished = false

  public init() {}

  /// Bytes that wait.
  public var count: Int { bytes.count - head }

  /// - Parameter piece: signed 16-bit little-endian samples, cut anywhere.
  public mutating func append(_ piece: [UInt8]) { bytes += piece }

  /// The stream has ended: half a sample is dropped, a header that never ended is taken for sound.
  public mutating func finish() { isFinished = true }

  /// The next whole samples, at most `limit`; empty when there are none yet.
  public mutating func take(atMost limit: Int) -> [Int16] {
    if mayHaveHeader {
      guard isFinished || isHeaderDecided() else { return [] }
      mayHaveHeader = false
    }
    let samples = (0..<min(count / 2, max(limit, 0))).map { i in
      Int16(bitPattern: UInt16(bytes[head + 2 * i]) | UInt16(bytes[head + 2 * i + 1]) << 8)
    }
    head += 2 * samples.count
    if head == bytes.count || head >= Self.compactAt {
      bytes.removeFirst(head)
      head = 0
    }
    return samples
  }

  /// Skips a header that is whole; false while it cannot be told whether there is one.
  private mutating func isHeaderDecided() -> Bool {
    guard bytes.count >= 4 else { return false }
    guard bytes.starts(with: "RIFF".utf8) else { return true }
    // The samples begin after the name of their chunk and four bytes of size.
    let names = 12..<max(min(bytes.count, Self.longestHeader) - 7, 12)
    if let at = names.first(where: { bytes[$0..<($0 + 4)].elementsEqual("data".utf8) }) {
      head = at + 8
      return true
    }
    return bytes.count >= Self.longestHeader
  }
}
