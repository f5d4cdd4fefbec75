// Finds the samples in WAV sound that streams in, whatever its sizes say and wherever its pieces are cut.

import Glibc

/// A stream of WAV bytes, or of raw ones, turned into 16-bit mono samples at one rate.
///
/// Voices write headers before they know how long they will speak (sizes of 0, 0x7FFFFFFF or 0xFFFFFFFF), put chunks of their own before
/// the sound, send one file behind the other, and cut pieces within a sample. So a size is believed only while nothing speaks against it,
/// a header may stand anywhere, and what is no whole sample yet waits for the next piece. One owner at a time, any thread.
public struct WAVStream {
  /// A chunk that stood before the sound.
  public struct Chunk: Hashable, Sendable {
    public let name: String
    public let bytes: [UInt8]
  }

  /// Hz of what comes out.
  public let rate: UInt32
  /// Hz of what comes in; 0 until that is known.
  public private(set) var sourceRate: UInt32 = 0
  /// The chunks that were asked for, in their order.
  public private(set) var chunks: [Chunk] = []
  /// Samples taken so far at the source's rate, one per channel and moment: the measure of what a voice has made.
  public private(set) var sourceFrames = 0

  private let raw: UInt32?
  private let kept: Set<String>
  private var state = State.start
  private var pending: [UInt8] = []
  private var format = WAVHeader.Format(raw: 0)
  private var resampler: Resampler?

  private enum State {
    case start
    case chunkHead
    case chunk(name: String, size: Int)
    case skip(Int)
    /// `left` is what the header promises; nil when it promises nothing.
    case sound(left: Int?)
    /// All that was promised is here.
    case after
  }

  /// Labels and cues of some minutes of speech; a header that is longer is none.
  private static let maxChunk = 1 << 20
  /// Promises beyond an hour of sound at 48 kHz are those of a voice that does not know yet.
  private static let maxPromise = 1 << 29
  /// What may follow the sound of a file; anything else is more sound.
  private static let trailers: Set<String> = ["LIST", "list", "id3 ", "ID3 ", "cue ", "fact", "JUNK", "bext", "smpl"]
  private static let name = "the voice's sound"

  /// - Parameters:
  ///   - rate: Hz of what comes out.
  ///   - raw: Hz of 16-bit little-endian mono that begins without a header; nil refuses such a stream.
  ///   - keeping: the names of chunks before the sound that are wanted.
  public init(rate: UInt32, raw: UInt32? = nil, keeping: Set<String> = []) {
    self.rate = rate
    self.raw = raw
    kept = keeping
  }

  /// Takes the next bytes; answers the samples that became whole.
  ///
  /// - Throws: one sentence when this is no WAV sound or none that can be read; the stream is of no more use then.
  public mutating func feed(_ bytes: ArraySlice<UInt8>) throws(WAVError) -> [Int16] {
    pending += bytes
    return try advance(isLast: false)
  }

  /// As above.
  public mutating func feed(_ bytes: [UInt8]) throws(WAVError) -> [Int16] { try feed(bytes[...]) }

  /// No bytes follow; answers the last samples.
  ///
  /// - Throws: `truncated` when the stream ended before its sound began.
  public mutating func finish() throws(WAVError) -> [Int16] {
    let samples = try advance(isLast: true)
    if sourceFrames == 0 {
      switch state {
      case .start where pending.isEmpty, .sound, .after: break
      default: throw .truncated(file: Self.name, part: "the header")
      }
    }
    pending = []
    return samples
  }

  private mutating func advance(isLast: Bool) throws(WAVError) -> [Int16] {
    var samples: [Int16] = []
    var at = 0
    while try step(&at, isLast, &samples) {}
    pending.removeFirst(at)
    return samples
  }

  /// One step from `at`; false when more bytes are needed.
  private mutating func step(_ at: inout Int, _ isLast: Bool, _ samples: inout [Int16]) throws(WAVError) -> Bool {
    let there = pending.count - at
    switch state {
    case .start:
      guard there >= 4 else { return false }
      if pending[at...].starts(with: Self.riff) {
        guard there >= 12 else { return false }
        guard pending[(at + 8)...].starts(with: Self.wave) else { throw .notRIFF(file: Self.name, start: "RIFF") }
        at += 12
        state = .chunkHead
      } else {
        guard let raw else { throw .notRIFF(file: Self.name, start: WAVHeader.printable(pending[at..<at + 4])) }
        try begin(WAVHeader.Format(raw: raw))
        state = .sound(left: nil)
      }
    case .chunkHead:
      guard there >= 8 else { return false }
      try beginChunk(at)
      at += 8
    case .chunk(let name, let size):
      guard there >= size else { return false }
      let body = Array(pending[at..<at + size])
      if name == "fmt " { try begin(WAVHeader.Format(body, file: Self.name)) } else { chunks.append(Chunk(name: name, bytes: body)) }
      at += size
      state = size % 2 == 1 ? .skip(1) : .chunkHead
    case .skip(let left):
      let count = min(left, there)
      at += count
      state = count == left ? .chunkHead : .skip(left - count)
      return count == left
    case .sound(let left): return sound(&at, left, isLast, &samples)
    case .after:
      guard there >= 4 else { return false }
      let name = String(decoding: pending[at..<at + 4], as: UTF8.self)
      state = pending[at...].starts(with: Self.riff) ? .start : Self.trailers.contains(name) ? .chunkHead : .sound(left: nil)
    }
    return true
  }

  private mutating func beginChunk(_ at: Int) throws(WAVError) {
    let name = String(decoding: pending[at..<at + 4], as: UTF8.self)
    let size = (4..<8).reduce(0) { $0 | Int(pending[at + $1]) << (8 * ($1 - 4)) }
    if name == "data" {
      guard sourceRate > 0 else { throw .truncated(file: Self.name, part: "the format (\"fmt \" chunk) before the samples") }
      state = .sound(left: size == 0 || size > Self.maxPromise ? nil : size)
      return
    }
    guard size <= Self.maxChunk else {
      throw .unsupported(file: Self.name, what: "a chunk \"\(WAVHeader.printable(name.utf8))\" of \(size) bytes")
    }
    state = name == "fmt " || kept.contains(name) ? .chunk(name: name, size: size) : .skip(size + size % 2)
  }

  private mutating func begin(_ format: WAVHeader.Format) throws(WAVError) {
    self.format = format
    if format.sampleRate == sourceRate { return }
    do {
      resampler = format.sampleRate == rate ? nil : try Resampler(from: format.sampleRate, to: rate)
    } catch {
      throw .unsupported(file: Self.name, what: "a sample rate of \(format.sampleRate) Hz")
    }
    sourceRate = format.sampleRate
  }

  /// Decodes up to the next header, the end of what was promised, or the end of the bytes.
  private mutating func sound(_ at: inout Int, _ left: Int?, _ isLast: Bool, _ samples: inout [Int16]) -> Bool {
    let frame = format.encoding.bytes * format.channels
    let bytes = pending[at..<min(pending.count, left.map { at + $0 } ?? pending.count)]
    let (end, isHeader) = Self.header(in: bytes, isLast)
    let count = (end - at) / frame
    let taken = decode(at, count)
    sourceFrames += count
    samples += resampled(taken)
    let rest = left.map { $0 - count * frame }
    at += count * frame
    state = .sound(left: rest)
    if isHeader {
      at = end
      state = .start
    } else if let rest, rest < frame, pending.count - at >= rest {
      // An odd byte that completes no sample is no sound.
      at += rest
      state = .after
    } else {
      return false
    }
    return true
  }

  private func decode(_ at: Int, _ count: Int) -> [Int16] {
    let (encoding, width, channels) = (format.encoding, format.encoding.bytes, format.channels)
    return pending.withUnsafeBytes { bytes in
      [Int16](unsafeUninitializedCapacity: count) { out, made in
        if encoding == .signed16, channels == 1 {
          // What nearly every server sends lies as the machines here have it in memory: little-endian.
          UnsafeMutableRawBufferPointer(out).copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[at..<at + count * 2]))
          made = count
          return
        }
        for i in 0..<count {
          let first = encoding.sample(in: bytes, at: at + i * width * channels)
          out[i] =
            channels == 1
            ? first : Int16((Int32(first) + Int32(encoding.sample(in: bytes, at: at + i * width * channels + width))) >> 1)
        }
        made = count
      }
    }
  }

  private func resampled(_ samples: [Int16]) -> [Int16] {
    guard let resampler, !samples.isEmpty else { return samples }
    let room = resampler.maxOutput(for: samples.count)
    return [Int16](unsafeUninitializedCapacity: room) { out, made in
      samples.withUnsafeBufferPointer { made = resampler.process($0, into: out).produced }
    }
  }

  private static let riff = Array("RIFF".utf8)
  private static let wave = Array("WAVE".utf8)

  /// Where the next header begins in `bytes`, or may begin when more come; their end when there is none.
  private static func header(in bytes: ArraySlice<UInt8>, _ isLast: Bool) -> (at: Int, isWhole: Bool) {
    var from = bytes.startIndex
    while let at = place(of: riff[0], in: bytes[from...]) {
      from = at + 1
      // Sound is full of the first letter.
      guard from == bytes.endIndex || bytes[from] == riff[1] else { continue }
      let rest = bytes[at...].prefix(12)
      let tail = rest.dropFirst(8)
      if rest.prefix(4).elementsEqual(riff.prefix(rest.count)), tail.elementsEqual(wave.prefix(tail.count)) {
        if rest.count == 12 { return (at, true) }
        if !isLast { return (at, false) }
      }
    }
    return (bytes.endIndex, false)
  }

  /// As `firstIndex`, but every byte of the sound passes here, and the C library looks at many of them at once.
  private static func place(of byte: UInt8, in bytes: ArraySlice<UInt8>) -> Int? {
    bytes.withUnsafeBytes { part in
      guard let base = part.baseAddress, let found = memchr(base, Int32(byte), part.count) else { return nil }
      return bytes.startIndex + (UnsafeRawPointer(found) - base)
    }
  }
}

extension WAVHeader.Format {
  /// 16-bit little-endian mono.
  fileprivate init(raw rate: UInt32) {
    encoding = .signed16
    channels = 1
    sampleRate = rate
  }
}
