// Memory that the host and a worker both map.

import CLinux
import Glibc

/// A block of memory of fixed size with a descriptor to hand to the other process. Unmapped when nobody holds it any more.
final class SharedMemory: @unchecked Sendable {
  let address: UnsafeMutableRawPointer
  private let bytes: Int
  private(set) var descriptor: Int32

  /// New memory, all zero; nil when the system has none.
  init?(name: String, bytes: Int) {
    let fd = clinux_shared_memory(name, UInt64(bytes))
    guard fd >= 0 else { return nil }
    guard let mapped = clinux_map(fd, 0, UInt64(bytes)) else {
      Glibc.close(fd)
      return nil
    }
    (descriptor, address, self.bytes) = (fd, mapped, bytes)
  }

  /// The other side's view: takes the descriptor over.
  init?(adopting fd: Int32, bytes: Int) {
    guard let mapped = clinux_map(fd, 0, UInt64(bytes)) else {
      Glibc.close(fd)
      return nil
    }
    (descriptor, address, self.bytes) = (fd, mapped, bytes)
  }

  /// Closes the descriptor; the memory stays mapped.
  func closeDescriptor() {
    if descriptor >= 0 { Glibc.close(descriptor) }
    descriptor = -1
  }

  deinit {
    clinux_unmap(address, UInt64(bytes))
    closeDescriptor()
  }
}

/// A stretch of shared memory mapped twice in a row, so that a record which wraps around lies in one piece.
final class RingBytes: @unchecked Sendable {
  let address: UnsafeMutableRawPointer
  let capacity: Int

  /// - Parameter capacity: a power of two and a multiple of the page.
  init?(descriptor: Int32, offset: Int, capacity: Int) {
    guard let mapped = clinux_map_twice(descriptor, UInt64(offset), UInt64(capacity)) else { return nil }
    (address, self.capacity) = (mapped, capacity)
  }

  deinit { clinux_unmap(address, UInt64(2 * capacity)) }
}
