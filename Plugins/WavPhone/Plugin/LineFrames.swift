// The clock thread's working space.

/// Buffers of one frame, the largest a line can have, used by one call after the other. Belongs to the clock's thread.
final class LineFrames {
  /// 20 ms at 16 kHz.
  private static let samples = 320

  private let heard = UnsafeMutableBufferPointer<Int16>.allocate(capacity: samples)
  private let said = UnsafeMutableBufferPointer<Int16>.allocate(capacity: samples)

  deinit {
    heard.deallocate()
    said.deallocate()
  }

  /// What the caller hears, `count` samples.
  func heard(_ count: Int) -> UnsafeMutableBufferPointer<Int16> { UnsafeMutableBufferPointer(rebasing: heard[..<min(count, heard.count)]) }
  /// What the caller says, `count` samples.
  func said(_ count: Int) -> UnsafeMutableBufferPointer<Int16> { UnsafeMutableBufferPointer(rebasing: said[..<min(count, said.count)]) }
}
