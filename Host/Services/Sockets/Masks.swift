// What frames to a server are masked with.

import Glibc

/// Masks nobody may guess (RFC 6455, section 5.3): the kernel's randomness, taken for many frames at a time. On the network's thread.
final class Masks {
  /// 256 bytes, as many as the kernel gives at once without fail (getentropy(3)).
  private var words = [UInt32](repeating: 0, count: 64)
  private var left = 0

  func take() -> UInt32 {
    if left == 0 {
      _ = words.withUnsafeMutableBytes { getentropy($0.baseAddress, $0.count) }
      left = words.count
    }
    left -= 1
    return words[left]
  }
}
