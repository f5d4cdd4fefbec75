// Reads WAV files of every common kind as 16-bit mono, piece by piece, without loading them whole.

import Glibc

/// An open WAV file whose samples come out as 16-bit mono at the file's own rate; two channels are averaged.
///
/// Reads block on the disk: use it on a thread that may wait. One owner at a time. The file is closed when the reader goes away.
public final class WAVReader {
  /// Hz, 4,000 to 192,000.
  public let sampleRate: UInt32
  /// Mono samples in the file. Sizes in the header are not trusted: a streamed or cut file counts what is really there.
  public let sampleCount: Int

  private let file: String
  private let descriptor: Int32
  private let header: WAVHeader
  private var position: Int64 = 0
  private let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 16 * 1_024, alignment: 8)

  /// Opens `path` and reads its header; throws one sentence for everything that is not a usable WAV file.
  public init(path: String) throws(WAVError) {
    // Without O_NONBLOCK, opening a named pipe would wait for its writer for ever.
    let fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard fd >= 0 else { throw .cannotOpen(file: path, reason: String(cString: strerror(errno))) }
    do throws(WAVError) {
      header = try Self.header(of: fd, file: path)
    } catch {
      close(fd)
      scratch.deallocate()
      throw error
    }
    file = path
    descriptor = fd
    sampleRate = header.sampleRate
    sampleCount = Int(header.dataBytes) / (header.encoding.bytes * header.channels)
  }

  deinit {
    close(descriptor)
    scratch.deallocate()
  }

  /// Fills `samples` from the front with the next samples.
  /// - Returns: how many; fewer than asked only at the end of the file, then 0.
  public func read(into samples: UnsafeMutableBufferPointer<Int16>) throws(WAVError) -> Int {
    let frame = header.encoding.bytes * header.channels
    var filled = 0
    while filled < samples.count, position < header.dataBytes {
      let wanted = min(Int64((samples.count - filled) * frame), header.dataBytes - position, Int64(scratch.count / frame * frame))
      let piece = UnsafeMutableRawBufferPointer(rebasing: scratch[..<Int(wanted)])
      let got = try Self.fill(piece, from: descriptor, at: header.dataOffset + position, file: file) / frame
      guard got > 0 else { break }  // The file became shorter while we read it.
      for i in 0..<got { samples[filled + i] = mono(at: i * frame) }
      filled += got
      position += Int64(got * frame)
    }
    return filled
  }

  /// The whole file at once, for tools and tests.
  public static func samples(path: String) throws(WAVError) -> (samples: [Int16], sampleRate: UInt32) {
    let reader = try WAVReader(path: path)
    var samples = [Int16](repeating: 0, count: reader.sampleCount)
    let got = try samples.withUnsafeMutableBufferPointer { buffer throws(WAVError) in try reader.read(into: buffer) }
    samples.removeLast(samples.count - got)
    return (samples, reader.sampleRate)
  }

  private func mono(at offset: Int) -> Int16 {
    guard header.channels == 2 else { return sample(at: offset) }
    return Int16((Int32(sample(at: offset)) + Int32(sample(at: offset + header.encoding.bytes))) >> 1)
  }

  private func sample(at offset: Int) -> Int16 { header.encoding.sample(in: UnsafeRawBufferPointer(scratch), at: offset) }

  private static func header(of fd: Int32, file: String) throws(WAVError) -> WAVHeader {
    var status = stat()
    guard fstat(fd, &status) == 0 else { throw .cannotRead(file: file, reason: String(cString: strerror(errno))) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile(file: file) }
    return try WAVHeader(file: file, size: Int64(status.st_size)) { offset, count throws(WAVError) in
      var bytes = [UInt8](repeating: 0, count: count)
      let got = try bytes.withUnsafeMutableBufferPointer { buffer throws(WAVError) in
        try fill(UnsafeMutableRawBufferPointer(buffer), from: fd, at: offset, file: file)
      }
      bytes.removeLast(count - got)
      return bytes
    }
  }

  /// `pread` until the buffer is full or the file ends.
  private static func fill(
    _ buffer: UnsafeMutableRawBufferPointer, from fd: Int32, at offset: Int64, file: String
  ) throws(WAVError) -> Int {
    var got = 0
    while got < buffer.count {
      let n = pread(fd, buffer.baseAddress.map { $0 + got }, buffer.count - got, off_t(offset) + off_t(got))
      if n == 0 { break }
      if n < 0 {
        if errno == EINTR { continue }
        throw .cannotRead(file: file, reason: String(cString: strerror(errno)))
      }
      got += n
    }
    return got
  }
}
