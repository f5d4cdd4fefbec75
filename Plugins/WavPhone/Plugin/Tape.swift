// A recording in the making: filled by the clock, emptied to a WAV file by the disk's thread, neither waiting for the other.

import Sound
import Synchronization

/// A lock-free ring of two seconds between one writer and one reader. When the disk is slower than that, what does not fit
/// becomes silence of the same length, so that the recording stays true to the time.
final class Tape: @unchecked Sendable {
  let path: String
  private let rate: UInt32
  private let ring: UnsafeMutableBufferPointer<Int16>
  private let written = Atomic(0)
  private let read = Atomic(0)
  /// The clock's alone: samples of silence still owed to the ring.
  private var owed = 0
  /// The disk's alone.
  private var writer: WAVWriter?
  private var problem: WAVError?

  init(path: String, rate: UInt32) {
    self.path = path
    self.rate = rate
    ring = .allocate(capacity: Int(rate) * 2)
  }

  deinit { ring.deallocate() }

  /// Takes a frame. On the clock's thread; no allocation, no lock.
  func append(_ frame: UnsafeBufferPointer<Int16>) {
    var end = written.load(ordering: .relaxed)
    var room = ring.count - (end - read.load(ordering: .acquiring))
    while owed > 0, room > 0 {
      ring[end % ring.count] = 0
      (end, room, owed) = (end + 1, room - 1, owed - 1)
    }
    if room < frame.count {
      owed += frame.count
    } else {
      for (i, sample) in frame.enumerated() { ring[(end + i) % ring.count] = sample }
      end += frame.count
    }
    written.store(end, ordering: .releasing)
  }

  /// Creates the file. On the disk's thread, as are the next two.
  func open() {
    do throws(WAVError) { writer = try WAVWriter(path: path, sampleRate: rate) } catch { problem = error }
  }

  /// Moves what has come to the file.
  func drain() {
    let end = written.load(ordering: .acquiring)
    var at = read.load(ordering: .relaxed)
    while at < end {
      let start = at % ring.count
      let count = min(end - at, ring.count - start)
      if let writer, problem == nil {
        do throws(WAVError) {
          try writer.append(UnsafeBufferPointer(rebasing: ring[start..<(start + count)]))
        } catch { problem = error }
      }
      at += count
    }
    read.store(at, ordering: .releasing)
  }

  /// Completes the file.
  /// - Returns: what went wrong since `open`, if anything did.
  func close() -> WAVError? {
    drain()
    do throws(WAVError) { try writer?.close() } catch { problem = problem ?? error }
    writer = nil
    return problem
  }
}
