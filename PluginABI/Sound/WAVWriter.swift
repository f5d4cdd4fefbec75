// Writes 16-bit mono WAV files piece by piece, so that what was flushed survives the death of the process.

import Glibc

/// A WAV file being written: 16-bit mono PCM. Every flush also patches the sizes in the header, so the file is
/// complete and playable up to the last flush whatever happens to the process afterwards.
///
/// Writes block on the disk: use it on a thread that may wait. One owner at a time.
public final class WAVWriter {
  private let file: String
  private var descriptor: Int32
  private var pending: [UInt8] = []
  private var writtenBytes: Int64 = 0

  private static let headerBytes = 44
  /// 64 kB is four seconds at 8 kHz: few system calls, little to lose.
  private static let flushBytes = 64 * 1_024

  /// Creates or overwrites `path`.
  /// - Parameter sampleRate: Hz.
  public init(path: String, sampleRate: UInt32) throws(WAVError) {
    file = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw .cannotOpen(file: path, reason: String(cString: strerror(errno))) }
    pending.reserveCapacity(Self.flushBytes + 4_096)
    do {
      try write(Self.header(sampleRate: sampleRate), at: 0)
    } catch {
      Glibc.close(descriptor)
      descriptor = -1
      throw error
    }
  }

  deinit {
    try? close()
  }

  /// Appends samples; they reach the disk with the next flush, which happens by itself every 64 kB.
  /// Throws when the disk is full or the file would pass 2 GB; what was flushed stays valid.
  public func append(_ samples: UnsafeBufferPointer<Int16>) throws(WAVError) {
    let total = writtenBytes + Int64(pending.count) + Int64(samples.count) * 2 + Int64(Self.headerBytes)
    guard total <= WAVHeader.maxFileBytes else { throw .tooLarge(file: file, bytes: total) }
    for sample in samples {
      pending.append(UInt8(truncatingIfNeeded: sample))
      pending.append(UInt8(truncatingIfNeeded: sample >> 8))
    }
    if pending.count >= Self.flushBytes { try flush() }
  }

  /// Appends samples; see the buffer version.
  public func append(_ samples: [Int16]) throws(WAVError) {
    try samples.withUnsafeBufferPointer { buffer throws(WAVError) in try append(buffer) }
  }

  /// Writes everything appended so far, then the sizes. After a failure nothing is forgotten: the next flush tries again.
  public func flush() throws(WAVError) {
    guard descriptor >= 0 else { throw .cannotWrite(file: file, reason: "it is already closed") }
    guard !pending.isEmpty else { return }
    try write(pending, at: Int64(Self.headerBytes) + writtenBytes)
    writtenBytes += Int64(pending.count)
    pending.removeAll(keepingCapacity: true)
    try write(Self.little(UInt32(writtenBytes + 36)), at: 4)
    try write(Self.little(UInt32(writtenBytes)), at: 40)
  }

  /// Flushes and closes; a second close does nothing.
  public func close() throws(WAVError) {
    guard descriptor >= 0 else { return }
    defer {
      Glibc.close(descriptor)
      descriptor = -1
    }
    try flush()
  }

  private func write(_ bytes: [UInt8], at offset: Int64) throws(WAVError) {
    var done = 0
    while done < bytes.count {
      let n = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done, off_t(offset) + off_t(done)) }
      if n < 0 {
        if errno == EINTR { continue }
        throw .cannotWrite(file: file, reason: String(cString: strerror(errno)))
      }
      done += n
    }
  }

  private static func header(sampleRate: UInt32) -> [UInt8] {
    var bytes = Array("RIFF".utf8) + little(36) + Array("WAVEfmt ".utf8) + little(16)
    bytes += [1, 0, 1, 0] + little(sampleRate) + little(sampleRate &* 2) + [2, 0, 16, 0]  // PCM, mono, 2 bytes a sample.
    return bytes + Array("data".utf8) + little(0)
  }

  private static func little(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
}
