// Appends to one segment file: a batch is on disk as a whole, or the file is as it was before.

import Base
import Glibc

/// The two calls by which bytes reach the disk, so that a test can let them fail.
struct Disk: Sendable {
  /// As `write(2)`: bytes taken, or -1 with `errno` set.
  var write: @Sendable (Int32, UnsafeRawBufferPointer) -> Int
  /// As `fdatasync(2)`.
  var sync: @Sendable (Int32) -> Int32

  static let real = Disk(write: { Glibc.write($0, $1.baseAddress, $1.count) }, sync: { fdatasync($0) })
}

/// The segment being written. Used by the journal's writer thread alone.
final class SegmentWriter {
  let segment: JournalFolder.Segment
  /// The length of what is known to be on disk, in bytes.
  private(set) var bytes: Int
  private let file: Int32
  private let disk: Disk

  /// Opens a segment that was read up to `bytes`, and cuts off what stands behind; a new one is made with `bytes` 0.
  init(_ segment: JournalFolder.Segment, bytes: Int, folder: JournalFolder, disk: Disk) throws(Problem) {
    self.segment = segment
    self.disk = disk
    self.bytes = bytes
    file = open(segment.path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    if file < 0 { throw .system("open \(segment.path)", errno) }
    try rewind()
    if bytes < Frame.magic.count {
      self.bytes = 0
      try rewind()
      try append(Frame.magic)
      folder.sync()
    }
  }

  deinit { close(file) }

  /// Writes `batch` and waits until it is on disk.
  /// - Throws: when the disk refuses; nothing of the batch remains then, as far as the disk still obeys.
  func append(_ batch: [UInt8]) throws(Problem) {
    do throws(Problem) {
      try write(batch)
      if disk.sync(file) != 0 { throw Problem.system("sync \(segment.path)", errno) }
    } catch {
      // After a failed sync the kernel may have dropped the pages, so the batch is cut off and written again as a whole.
      try? rewind()
      throw error
    }
    bytes += batch.count
  }

  private func write(_ batch: [UInt8]) throws(Problem) {
    var done = 0
    while done < batch.count {
      let count = batch.withUnsafeBytes { disk.write(file, UnsafeRawBufferPointer(rebasing: $0[done...])) }
      if count < 0, errno == EINTR { continue }
      if count <= 0 { throw .system("write to \(segment.path)", count == 0 ? ENOSPC : errno) }
      done += count
    }
  }

  private func rewind() throws(Problem) {
    if ftruncate(file, off_t(bytes)) != 0 || lseek(file, off_t(bytes), SEEK_SET) < 0 {
      throw .system("shorten \(segment.path)", errno)
    }
  }
}
