// Finds the format and the samples in a RIFF/WAVE file, trusting none of its sizes.

/// Where the samples of a WAV file lie and how they are coded.
struct WAVHeader: Equatable {
  enum Encoding: Equatable {
    case unsigned8, signed16, signed24, signed32, float32, muLaw, aLaw

    var bytes: Int {
      switch self {
      case .unsigned8, .muLaw, .aLaw: 1
      case .signed16: 2
      case .signed24: 3
      case .signed32, .float32: 4
      }
    }
  }

  var encoding: Encoding
  var channels: Int
  var sampleRate: UInt32
  /// Position of the first sample in the file, in bytes.
  var dataOffset: Int64
  /// Bytes of samples that are really there: whole sample frames, never past the end of the file.
  var dataBytes: Int64

  /// The reader's and the writer's limit: sizes above it do not fit the signed 32-bit fields that many programs use.
  static let maxFileBytes: Int64 = 1 << 31

  /// A real file has a handful of chunks; a file of nothing but empty ones must not keep us busy.
  private static let maxChunks = 1_000

  /// Walks the chunks.
  /// - Parameters:
  ///   - file: name for the error sentences.
  ///   - size: bytes of the whole file.
  ///   - read: answers `count` bytes at an offset, or fewer where the file ends.
  init(file: String, size: Int64, read: (_ offset: Int64, _ count: Int) throws(WAVError) -> [UInt8]) throws(WAVError) {
    guard size > 0 else { throw .empty(file: file) }
    guard size <= Self.maxFileBytes else { throw .tooLarge(file: file, bytes: size) }
    let riff = try read(0, 12)
    guard riff.starts(with: Array("RIFF".utf8)), riff.count < 12 || riff[8...].elementsEqual("WAVE".utf8) else {
      throw .notRIFF(file: file, start: Self.printable(riff.prefix(4)))
    }
    guard riff.count == 12 else { throw .truncated(file: file, part: "the RIFF header") }
    // Only then is an empty data chunk believed; recorders that were killed leave zeros in both places.
    let sizesAreKnown = Int64(u32(riff, 4)) + 8 == size

    var format: Format?
    var offset: Int64 = 12
    for _ in 0..<Self.maxChunks where offset + 8 <= size {
      let chunk = try read(offset, 8)
      guard chunk.count == 8 else { break }
      let body = offset + 8
      let length = Int64(u32(chunk, 4))
      if chunk.starts(with: Array("fmt ".utf8)) {
        let bytes = try read(body, Int(min(length, 40)))
        format = try Format(bytes, file: file)
      } else if chunk.starts(with: Array("data".utf8)) {
        guard let format else { throw .truncated(file: file, part: "the format (\"fmt \" chunk) before the samples") }
        let there = size - body
        let streamed = length > there || (length == 0 && !sizesAreKnown)
        let bytes = streamed ? there : length
        let frame = Int64(format.encoding.bytes * format.channels)
        encoding = format.encoding
        channels = format.channels
        sampleRate = format.sampleRate
        dataOffset = body
        dataBytes = bytes - bytes % frame
        return
      }
      offset = body + length + (length & 1)  // Chunks start at even positions.
    }
    throw .truncated(file: file, part: format == nil ? "the format (\"fmt \" chunk)" : "the part with the samples (\"data\" chunk)")
  }

  struct Format: Equatable {
    var encoding: Encoding
    var channels: Int
    var sampleRate: UInt32

    /// - Parameter bytes: the body of the "fmt " chunk, however short.
    init(_ bytes: [UInt8], file: String) throws(WAVError) {
      guard bytes.count >= 16 else { throw .truncated(file: file, part: "the format (\"fmt \" chunk)") }
      var tag = u16(bytes, 0)
      let bits = u16(bytes, 14)
      if tag == 0xFFFE {  // WAVE_FORMAT_EXTENSIBLE: the real tag is the start of the sub-format GUID.
        guard bytes.count >= 26 else { throw .truncated(file: file, part: "the extensible format's sub-format") }
        tag = u16(bytes, 24)
      }
      switch (tag, bits) {
      case (1, 8): encoding = .unsigned8
      case (1, 16): encoding = .signed16
      case (1, 24): encoding = .signed24
      case (1, 32): encoding = .signed32
      case (3, 32): encoding = .float32
      case (6, 8): encoding = .aLaw
      case (7, 8): encoding = .muLaw
      default: throw .unsupported(file: file, what: "format \(tag) with \(bits) bits")
      }
      channels = Int(u16(bytes, 2))
      guard channels == 1 || channels == 2 else { throw .unsupported(file: file, what: "a recording of \(channels) channels") }
      sampleRate = u32(bytes, 4)
      guard (4_000...192_000).contains(sampleRate) else { throw .unsupported(file: file, what: "a sample rate of \(sampleRate) Hz") }
      let align = u16(bytes, 12)
      guard align == encoding.bytes * channels else {
        throw .unsupported(file: file, what: "a sample frame of \(align) bytes for \(channels) x \(bits) bits")
      }
    }
  }

  /// Foreign bytes go into a sentence on somebody's terminal: everything unprintable becomes a dot.
  static func printable(_ bytes: some Sequence<UInt8>) -> String {
    String(decoding: bytes.map { (0x20...0x7E).contains($0) && $0 != 0x22 ? $0 : 0x2E }, as: UTF8.self)
  }
}

private func u16(_ bytes: [UInt8], _ at: Int) -> UInt16 { UInt16(bytes[at]) | UInt16(bytes[at + 1]) << 8 }
private func u32(_ bytes: [UInt8], _ at: Int) -> UInt32 { UInt32(u16(bytes, at)) | UInt32(u16(bytes, at + 2)) << 16 }
