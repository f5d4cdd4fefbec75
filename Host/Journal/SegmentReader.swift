// Reads one segment file from its start, record by record, and finds the way past damage.

import Base
import Glibc

/// A cursor in one segment. Not thread-safe; holds one file descriptor and at most `Limits.recordBytes` of buffer.
final class SegmentReader {
  enum Step {
    /// The payload of a good record.
    case record([UInt8])
    /// Nothing more, now; a live segment may grow.
    case end
    /// What stands at `offset` is not a whole record: the torn tail of a host that died, a write in progress, or damage.
    case broken
  }

  let segment: JournalFolder.Segment
  /// Where the next record begins, in bytes from the start of the file.
  private(set) var offset = Frame.magic.count
  private let file: Int32
  private var window: [UInt8] = []
  private var windowStart = 0

  init(_ segment: JournalFolder.Segment) throws(Problem) {
    self.segment = segment
    file = open(segment.path, O_RDONLY | O_CLOEXEC)
    if file < 0 { throw .system("open \(segment.path)", errno) }
  }

  deinit { close(file) }

  /// The file's length now.
  var size: Int {
    var status = stat()
    return fstat(file, &status) == 0 ? Int(status.st_size) : offset
  }

  /// False when the file does not open as a segment should; its records may still be good.
  func opensWell() -> Bool {
    let head = bytes(at: 0, atLeast: Frame.magic.count)
    return head.count < Frame.magic.count || head.prefix(Frame.magic.count).elementsEqual(Frame.magic)
  }

  func next() -> Step {
    var wanted = Frame.headBytes
    while true {
      let view = bytes(at: offset, atLeast: wanted)
      if view.isEmpty { return .end }
      switch view.withUnsafeBytes(Frame.parse) {
      case .record(let length):
        let start = view.startIndex + Frame.headBytes
        offset += Frame.headBytes + length
        return .record(Array(view[start..<(start + length)]))
      case .short(let needed):
        if needed <= wanted { return .broken }
        wanted = needed
      case .invalid:
        return .broken
      }
    }
  }

  /// What `next` would answer, without moving.
  func peek() -> Step {
    let here = offset
    defer { offset = here }
    return next()
  }

  /// Forgets what was read ahead, so that `next` sees what a writer has added since.
  func refresh() { window.removeAll(keepingCapacity: true) }

  /// Looks for the next good record behind a broken one and moves there.
  /// - Returns: how many bytes were passed over; nil when there is no good record, and then nothing moves.
  func resynchronise() -> Int? {
    let rest = bytes(at: offset, atLeast: .max)
    let found = rest.withUnsafeBytes { all -> Int? in
      for at in stride(from: 1, to: all.count, by: 1) {
        if case .record = Frame.parse(UnsafeRawBufferPointer(rebasing: all[at...])) { return at }
      }
      return nil
    }
    if let found { offset += found }
    return found
  }

  /// The bytes from `start` on, at least so many unless the file ends before.
  private func bytes(at start: Int, atLeast wanted: Int) -> ArraySlice<UInt8> {
    let have = windowStart + window.count - start
    if start < windowStart || have < wanted { load(from: start, atLeast: wanted) }
    let from = min(max(0, start - windowStart), window.count)
    return window[from...]
  }

  private func load(from start: Int, atLeast wanted: Int) {
    windowStart = start
    window.removeAll(keepingCapacity: true)
    var chunk = [UInt8](repeating: 0, count: Limits.readBytes)
    while window.count < wanted {
      let count = pread(file, &chunk, chunk.count, off_t(start + window.count))
      if count < 0, errno == EINTR { continue }
      if count <= 0 { return }
      window.append(contentsOf: chunk[..<count])
    }
  }
}
